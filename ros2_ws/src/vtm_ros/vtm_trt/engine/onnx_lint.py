"""What an ONNX network must keep to so that every TensorRT from 10.3 on builds it, strongly typed.

The rules follow TensorRT 10.3's parser, the oldest one: the newer one of the compile gate accepts more. A weight behind
a Cast counts as a constant, since the engine removes such Casts before it builds (`vtm_trt.engine.precision`).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vtm_trt.engine.tensorrt_operators import COMPARISONS, INSTEAD, INTEGER_INPUTS, OPERATORS, RESIZE_COORDINATES

OPSETS = range(13, 19)
NEWEST_IR = 10
"""Of ONNX 1.16, with which TensorRT 10.3 was built."""
MOST_DIMENSIONS = 8
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16)


def lint(path: str | Path) -> list[str]:
    """Why TensorRT 10.3 would refuse the network at `path`, or run it badly: a sentence with a remedy each."""
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as fault:
        return [f"{path} is no ONNX network ({fault}); export it again"]
    return lint_model(model)


def lint_model(model: onnx.ModelProto) -> list[str]:
    """`lint` for a network in memory."""
    faults = [*_file(model), *_operators(model)]
    if faults:
        return faults
    try:
        onnx.checker.check_model(model, full_check=True)
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    except Exception as fault:
        return [f"this is no valid network ({fault}); export it again"]
    tensors = _Tensors(model)
    faults = [*_shapes(tensors), *_types(tensors)]
    for node in model.graph.node:
        faults += [
            f"{node.name or node.op_type}: {fault}" for fault in (*_constants(node, tensors), *_own(node, tensors))
        ]
    return faults


class _Tensors:
    """Types, shapes and constants of a network's tensors by name."""

    def __init__(self, model: onnx.ModelProto):
        graph = model.graph
        self.graph = graph
        values = (*graph.input, *graph.value_info, *graph.output)
        self.type = {value.name: value.type.tensor_type.elem_type for value in values}
        self.shape = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim] for value in values}
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.cast_constants: set[str] = set()
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = helper.get_node_attr_value(node, "value")
            elif node.op_type == "Cast" and node.input[0] in self.constants:
                self.cast_constants.add(node.output[0])
        for name, tensor in self.constants.items():
            self.type[name], self.shape[name] = tensor.data_type, list(tensor.dims)
        self.readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)

    def constant(self, name: str) -> bool:
        return name in self.constants or name in self.cast_constants

    def rank(self, node: onnx.NodeProto) -> int:
        """Dimensions of what a node reads first, 0 where that is not known."""
        return len(self.shape.get(node.input[0], [])) if node.input else 0

    def values(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.constants[name])


def _file(model: onnx.ModelProto) -> Iterator[str]:
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    if foreign := sorted(set(opsets) - {"", "ai.onnx"}):
        yield f"it uses operators of {', '.join(foreign)}; use those of ONNX itself only"
    if model.functions:
        yield f"it defines functions ({model.functions[0].name}); export them inlined"
    version = opsets.get("", opsets.get("ai.onnx", 0))
    if version not in OPSETS:
        yield f"it is of opset {version}; export it with {OPSETS[0]} to {OPSETS[-1]}, best {OPSETS[-1]}"
    if model.ir_version > NEWEST_IR:
        yield f"its format is IR {model.ir_version}; store it with ir_version {NEWEST_IR}, which its opset allows"
    if model.graph.sparse_initializer:
        yield "it has sparse weights; write them out"
    outside = [tensor.name for tensor in model.graph.initializer if tensor.data_location == TensorProto.EXTERNAL]
    if outside:
        yield f"{len(outside)} weights are in another file ({outside[0]}); export with external_data=False"


def _operators(model: onnx.ModelProto) -> Iterator[str]:
    for operator in sorted({node.op_type for node in model.graph.node} - OPERATORS):
        yield f"the operator {operator} is not allowed; {INSTEAD.get(operator, 'write it with plain ones')}"
    for node in model.graph.node:
        if node.op_type == "Constant" and [attribute.name for attribute in node.attribute] != ["value"]:
            yield f"{node.name or 'Constant'}: a constant is no tensor; store it as an initializer"


def _shapes(tensors: _Tensors) -> Iterator[str]:
    made = [value.name for value in tensors.graph.input] + [name for node in tensors.graph.node for name in node.output]
    for name in filter(None, made):
        shape = tensors.shape.get(name)
        if shape is None or not all(size > 0 for size in shape):
            yield f"the shape of {name} is open; export with fixed shapes"
        elif len(shape) > MOST_DIMENSIONS:
            yield f"{name} has {len(shape)} dimensions; TensorRT has {MOST_DIMENSIONS} at most: merge some"


def _types(tensors: _Tensors) -> Iterator[str]:
    """Activations are floats; booleans and 8-bit integers only on the way back to them."""
    ends = {value.name for value in (*tensors.graph.input, *tensors.graph.output)}
    for name in sorted(ends):
        if tensors.type[name] != TensorProto.FLOAT:
            yield f"{name} is {_name(tensors.type[name])}; give and take float32"
    for node in tensors.graph.node:
        for name in set(node.output) - ends - tensors.constants.keys() - {""}:
            kind = tensors.type.get(name)
            readers = {reader.op_type for reader in tensors.readers.get(name, ())}
            passing = (node.op_type in COMPARISONS and readers == {"Cast"}) or (
                node.op_type == "QuantizeLinear" and kind == TensorProto.INT8 and readers == {"DequantizeLinear"}
            )
            if kind not in FLOATS and not passing:
                yield f"{name} is {_name(kind)}; compute in floats, with 0.0 and 1.0 for masks"


def _constants(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    """Constants are floats, or integers that say shapes, axes or places."""
    if node.op_type in ("DequantizeLinear", "QuantizeLinear"):
        return
    for place, name in enumerate(node.input):
        kind = tensors.type.get(name)
        if name not in tensors.constants or kind in FLOATS:
            continue
        if place not in INTEGER_INPUTS.get(node.op_type, ()):
            yield f"reads {name}, which is {_name(kind)}; make it a float"
        elif kind not in (TensorProto.INT64, TensorProto.INT32):
            yield f"reads {name}, which is {_name(kind)}; make it an int64"


def _own(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    """What only this kind of node may not do."""
    if node.op_type in _RULES:
        yield from _RULES[node.op_type](node, tensors)


def _convolution(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    if not tensors.constant(node.input[1]) and "kernel_shape" not in _attributes(node):
        yield "its weights are computed and it does not tell its kernel_shape; add that attribute"
    if len(node.input) > 2 and not tensors.constant(node.input[2]):
        yield "its bias is computed; add it afterwards"


def _pooling(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    if tensors.rank(node) not in (4, 5):
        yield f"pools {tensors.rank(node) - 2} dimensions; TensorRT pools 2 or 3: add one"
    if len(node.output) > 1:
        yield "gives indices; TensorRT has none: use the values only"
    if any(step != 1 for step in _attributes(node).get("dilations", [])):
        yield "pools with dilation; TensorRT cannot: slice first"


def _normalisation(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    if len(node.output) > 1:
        yield "gives mean or deviation; TensorRT has only the result: compute them with ReduceMean"


def _depth_and_space(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    if tensors.rank(node) != 4:
        yield f"reads {tensors.rank(node)} dimensions; TensorRT wants 4: reshape first"


def _resize(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    attributes = _attributes(node)
    coordinates = attributes.get("coordinate_transformation_mode", b"half_pixel").decode()
    if coordinates not in RESIZE_COORDINATES:
        yield f"resizes with {coordinates}; use half_pixel"
    if attributes.get("mode", b"nearest") not in (b"nearest", b"linear"):
        yield f"resizes by {attributes['mode'].decode()} interpolation; use linear"
    if attributes.get("antialias"):
        yield "resizes with antialias; blur first"


def _power(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    if tensors.type.get(node.input[0]) != tensors.type.get(node.input[1]):
        yield "base and exponent differ in type, which a strongly typed network may not; cast the exponent"


def _quantisation(node: onnx.NodeProto, tensors: _Tensors) -> Iterator[str]:
    """TensorRT 10.3 knows symmetric int8 with constant, positive scales."""
    scale, zero = node.input[1], node.input[2] if len(node.input) > 2 else ""
    if scale not in tensors.constants or not (tensors.values(scale) > 0).all():
        yield "its scale is not a positive constant; calibrate again"
    if tensors.type.get(zero) != TensorProto.INT8:
        yield "it does not use int8; quantise to int8, symmetrically"
    elif zero not in tensors.constants or tensors.values(zero).any():
        yield "its zero point is not 0; quantise symmetrically"


_RULES = {
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolution),
    **dict.fromkeys(("MaxPool", "AveragePool"), _pooling),
    "LayerNormalization": _normalisation,
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _depth_and_space),
    "Resize": _resize,
    "Pow": _power,
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear"), _quantisation),
}
"""Operator -> what it may not do."""


def _attributes(node: onnx.NodeProto) -> dict:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _name(kind: int | None) -> str:
    return TensorProto.DataType.Name(kind).lower() if kind else "of unknown type"
