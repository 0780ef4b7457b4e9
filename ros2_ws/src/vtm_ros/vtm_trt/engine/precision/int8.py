"""Convolutions in 8-bit integers, for the image networks: QuantizeLinear and DequantizeLinear round what goes in.

Symmetric, weights by channel, inputs by tensor, biases and outputs not at all: what TensorRT wants. Which convolutions
bear it, and how large their inputs become, `models/int8.json` says; `scripts/calibrate_int8.py` measures it.

onnxruntime.quantization is no alternative: it rounds a tensor for all who read it, so residuals would be rounded, too.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from vtm.errors import VtmError
from vtm_trt.engine.models import models_folder
from vtm_trt.engine.precision import CALIBRATION
from vtm_trt.engine.precision.weights import forget_unused

LARGEST = 127
TINY = 1e-12
"""Least scale: channels whose weights are all 0 have one, too."""


def ranges_of(path: str | Path, content: bytes) -> dict[str, float]:
    """Largest magnitude of the input of each convolution to quantise, by the node's name.

    Args:
        path: The network, for messages.
        content: Its ONNX bytes.

    Raises:
        VtmError: The network has no calibration.
    """
    table = json.loads((models_folder() / CALIBRATION).read_text())
    digest = hashlib.sha256(content).hexdigest()
    for entry in table.values():
        if entry["sha256"] == digest:
            return entry["largest_input"]
    raise VtmError(f"{path} has no 8-bit calibration, only {', '.join(table)} have; choose fp16 or fp32")


def to_int8(model: onnx.ModelProto, largest_input: dict[str, float]) -> None:
    """Quantise the convolutions named in `largest_input` of a network with plain weights, in place."""
    graph = model.graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    scales: dict[str, float] = {}
    for node in graph.node:
        if node.name in largest_input:
            scales[node.input[0]] = max(scales.get(node.input[0], TINY), largest_input[node.name] / LARGEST)
    nodes: list[onnx.NodeProto] = []
    rounded: set[str] = set()

    def constant(name: str, values: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def round_input(tensor: str) -> str:
        if tensor not in rounded:
            rounded.add(tensor)
            scale = constant(f"{tensor}_scale", np.array(scales[tensor], np.float32))
            zero = constant(f"{tensor}_zero", np.array(0, np.int8))
            nodes.append(_node("QuantizeLinear", [tensor, scale, zero], f"{tensor}_int8"))
            nodes.append(_node("DequantizeLinear", [f"{tensor}_int8", scale, zero], f"{tensor}_rounded"))
        return f"{tensor}_rounded"

    def round_weights(name: str) -> str:
        if name not in rounded:
            rounded.add(name)
            flat = weights[name].reshape(len(weights[name]), -1)
            scale = np.maximum(np.abs(flat).max(1) / LARGEST, TINY).astype(np.float32)
            small = np.rint(flat / scale[:, None]).astype(np.int8).reshape(weights[name].shape)
            zeros = constant(f"{name}_zero", np.zeros(len(scale), np.int8))
            inputs = [constant(f"{name}_int8", small), constant(f"{name}_scale", scale), zeros]
            nodes.append(_node("DequantizeLinear", inputs, f"{name}_rounded", axis=0))
        return f"{name}_rounded"

    for node in graph.node:
        node = onnx.NodeProto.FromString(node.SerializeToString())
        if node.name in largest_input:
            node.input[0], node.input[1] = round_input(node.input[0]), round_weights(node.input[1])
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    forget_unused(graph)


def _node(operator: str, inputs: list[str], output: str, axis: int | None = None) -> onnx.NodeProto:
    return helper.make_node(operator, inputs, [output], name=f"{operator}_{output}", axis=axis)
