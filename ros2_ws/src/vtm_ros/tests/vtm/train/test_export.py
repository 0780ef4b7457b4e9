from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from vtm.errors import VtmError
from vtm.nets.vtm import VTM, VtmConfig
from vtm.train.export import INPUTS, OUTPUTS, Step, example, export, load_shipped
from vtm.train.half_weights import round_weights
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path, networks
from vtm_trt.stream.lifter import MEMORY

SMALL = VtmConfig(channels=32, latent=16, window=8, refine_steps=0, image_channels=70)
"""Without corrections towards the keypoints, which are exported with what is trained in another test."""
LOOP_FREE = {
    "Reshape", "Transpose", "Slice", "Mul", "Add", "Conv", "Concat", "Div", "Erf", "LayerNormalization", "Unsqueeze",
    "MatMul", "Sub", "Split", "Gather", "GatherND", "Softmax", "Greater", "Cast", "Exp", "Log", "Sigmoid", "Clip",
    "Gemm", "Neg", "Pow", "ReduceMean", "ReduceSum", "Sqrt", "Squeeze",
}  # fmt: skip


def rounded(config: VtmConfig) -> VTM:
    torch.manual_seed(0)
    net = VTM(config)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    round_weights(net)
    return net


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[VTM, Path]:
    """A network with an image branch, and its file."""
    net, path = rounded(SMALL), tmp_path_factory.mktemp("export") / "vtm.onnx"
    assert export(net, path) < 1e-4
    return net, path


def test_weights_survive_the_file_and_the_image_is_an_input_of_its_own(exported):
    net, path = exported
    loaded = load_shipped(path, SMALL).state_dict()
    for name, value in net.state_dict().items():
        if not name.startswith("tpmae.encode"):
            assert torch.equal(loaded[name], value), name
    with pytest.raises((VtmError, RuntimeError)):
        load_shipped(path, VtmConfig(channels=64, latent=16, window=8))
    inputs = {tensor.name: tensor.type.tensor_type.shape.dim for tensor in onnx.load(path).graph.input}
    assert [d.dim_value for d in inputs["image"]] == [1, 70]


@torch.no_grad()
def test_the_file_streams_as_torch_does(exported):
    """For longer than its window, so that all of the state counts."""
    net, path = exported
    step, runner, given = Step(net).eval(), load_runner(path, "onnxruntime", memory=MEMORY), example(net)
    ours, theirs = runner.blank_state(), torch.zeros(1, net.state_size())
    generator = torch.Generator().manual_seed(1)
    for _ in range(2 * SMALL.window):
        rays = 0.2 * torch.randn(given[0].shape, generator=generator)
        frame = dict(zip(INPUTS, (rays, *given[1:]), strict=True)) | {"state": theirs}
        *wanted, theirs = step(*frame.values())
        found, ours = runner.step({name: x.numpy() for name, x in frame.items() if name != "state"}, ours)
        for name, value in zip(OUTPUTS, wanted, strict=False):
            assert np.allclose(found[name], value, rtol=1e-4, atol=1e-4), name


def test_shipped_network_is_plain():
    """Opset 18 at most, known operators only, static shapes, one state in and out."""
    model = onnx.load(model_path("vtm"))
    onnx.checker.check_model(model, full_check=True)
    assert max(opset.version for opset in model.opset_import) <= 18
    assert {node.op_type for node in model.graph.node} <= LOOP_FREE
    shapes = {
        tensor.name: [d.dim_value for d in tensor.type.tensor_type.shape.dim]
        for tensor in (*model.graph.input, *model.graph.output)
    }
    assert all(np.prod(shape) > 0 for shape in shapes.values())
    assert shapes["state"] == shapes["state_out"]


def test_shipped_networks_tell_nothing_of_the_machine_that_made_them():
    for path in networks():
        content = path.read_bytes()
        assert b".py" not in content and b"stack_trace" not in content, path.name


def test_shipped_weights_are_half_precision():
    weights = onnx.load(model_path("vtm")).graph.initializer
    half = sum(np.prod(tensor.dims) for tensor in weights if tensor.data_type == onnx.TensorProto.FLOAT16)
    assert half > 0.99 * sum(np.prod(tensor.dims) for tensor in weights)
