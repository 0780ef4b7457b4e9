"""NVIDIA's own parser and builder take every shipped network in every precision; no GPU is needed for that.

TensorRT for RTX is a younger sibling of the TensorRT that robots have. What TensorRT 10.3 cannot do, the lint knows.
"""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vtm_trt.engine.models import model_path, models_folder, networks
from vtm_trt.engine.precision import CALIBRATION, variant

trt = pytest.importorskip(
    "tensorrt_rtx_bindings",
    reason="TensorRT for RTX is not installed (x86-64: pip install --no-deps -r requirements/nvidia.txt); "
    "test_onnx_lint.py stands in for it",
)

NETWORKS = sorted(path.stem for path in networks())
QUANTISED = sorted(json.loads((models_folder() / CALIBRATION).read_text()))
BUILDS = [(name, precision) for name in NETWORKS for precision in ("fp32", "fp16")]
BUILDS += [(name, "int8") for name in QUANTISED]
TARGET = trt.ComputeCapability.SM86
"""Ampere, like the GPU of a Jetson Orin. Never SM75, which TensorRT for RTX has no single-precision kernels for."""


class Build:
    """content: ONNX. Keeps the parsed `network`, the parser's `errors` and the `engine`, None where it was refused."""

    def __init__(self, content: bytes):
        self._logger = trt.Logger(trt.Logger.INTERNAL_ERROR)
        self._builder = trt.Builder(self._logger)
        flag = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
        self.network = self._builder.create_network(flag)
        parser = trt.OnnxParser(self.network, self._logger)
        parsed = parser.parse(content)
        self.errors = [parser.get_error(i).desc() for i in range(parser.num_errors)]
        config = self._builder.create_builder_config()
        config.num_compute_capabilities = 1
        config.set_compute_capability(TARGET, 0)
        self.engine = self._builder.build_serialized_network(self.network, config) if parsed else None


def types(network) -> set:
    layers = (network.get_layer(i) for i in range(network.num_layers))
    return {layer.get_output(i).dtype for layer in layers for i in range(layer.num_outputs)}


@pytest.mark.parametrize(("name", "precision"), BUILDS)
def test_builds(name, precision):
    path = model_path(name)
    build = Build(variant(path, precision))
    assert not build.errors
    assert build.engine is not None and build.engine.nbytes > 100_000
    network, graph = build.network, onnx.load(path).graph
    tensors = [network.get_input(i) for i in range(network.num_inputs)]
    tensors += [network.get_output(i) for i in range(network.num_outputs)]
    assert {tensor.name: tuple(tensor.shape) for tensor in tensors} == {
        value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.output)
    }
    assert {tensor.dtype for tensor in tensors} == {trt.float32}
    reduced = {"fp32": set(), "fp16": {trt.float16}, "int8": {trt.int8}}[precision]
    assert types(network) & {trt.float16, trt.int8} == reduced


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_file_itself_parses(name):
    """Without the engine's preparation, as other tools would read it."""
    logger = trt.Logger(trt.Logger.INTERNAL_ERROR)
    network = trt.Builder(logger).create_network(0)
    assert trt.OnnxParser(network, logger).parse((model_path(name)).read_bytes())


def small(operator: str, weight_shape: tuple[int, ...]) -> bytes:
    """One node that reads the input x (1, 4, 8) and a weight."""
    weight = numpy_helper.from_array(np.ones(weight_shape, np.float32), "w")
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4, 8]) for name in "xy")
    graph = helper.make_graph([helper.make_node(operator, ["x", "w"], ["y"], name="node")], "small", [x], [y], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8).SerializeToString()


def test_the_gate_can_close():
    """A network that makes no sense is refused, so that the passes above mean something."""
    assert Build(small("Mul", (1, 4, 8))).engine is not None
    for refused in (small("NoSuchOperator", (1, 4, 8)), small("MatMul", (5, 8))):
        build = Build(refused)
        assert build.engine is None and build.errors
