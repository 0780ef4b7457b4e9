"""Half precision where it does no harm: in layers with weights and in what lies between them.

Normalisation, softmax, exponentials and reductions stay single, and so do products of two activations, the last
layers (a half-precision keypoint at 200 pixels is a multiple of 1/8) and all of VTM's `decode`, whose geometry would
lose degrees, and memories that are summed over many frames. What leaves a half-precision layer stays half until
something single meets it, as in PyTorch's autocast.

onnxruntime.transformers.float16 is no alternative: it rounds what passes from one single-precision layer to the next.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vtm.errors import VtmError
from vtm_trt.engine.precision.layers import heads, weighted_layers
from vtm_trt.engine.precision.weights import forget_unused

BETWEEN = {
    "Add", "Clip", "Concat", "DepthToSpace", "Div", "Erf", "Gather", "GatherND", "MaxPool", "Mul", "Pad", "Relu",
    "Reshape", "Resize", "Slice", "Split", "Squeeze", "Sub", "Transpose", "Unsqueeze",
}  # fmt: skip
"""In half precision where all that reaches them is."""
ALWAYS_SINGLE = {"Resize": (1, 2)}
"""Inputs that the operator wants in single precision whatever the first one is."""
GEOMETRY = ("net.refine.", "net.ahead.", "net.tpmae.decoder.aggregate.", "net.tpmae.decoder.root_out.",
            "net.tpmae.decoder.contact.", "net.tpmae.decoder.log_error.", "carry.")  # fmt: skip
"""Names of the weights of VTM's `decode` begin like this, and of those that carry the hand lifter's memory on."""
LARGEST = float(np.finfo(np.float16).max)


def to_half(model: onnx.ModelProto) -> None:
    """Rewrite a network with plain single-precision weights, in place. Inputs and outputs stay float32.

    Raises:
        VtmError: Nothing in the network can be half.
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT}
    floats = {name for name, kind in _types(model).items() if kind == TensorProto.FLOAT}
    halves = _half_nodes(graph, weights, floats)
    if not halves:
        raise VtmError("this network has no layer for half precision; choose fp32")
    half_tensors = {name for index in halves for name in graph.node[index].output}
    nodes: list[onnx.NodeProto] = []
    cast: dict[tuple[str, int], str] = {}

    def as_type(name: str, kind: int) -> str:
        """The name under which the float tensor `name` can be read as `kind`."""
        if (TensorProto.FLOAT16 if name in half_tensors else TensorProto.FLOAT) == kind:
            return name
        if (name, kind) not in cast:
            cast[name, kind] = other = f"{name}_{'half' if kind == TensorProto.FLOAT16 else 'single'}"
            if name in weights:
                values = numpy_helper.to_array(weights[name]).astype(np.float16)
                graph.initializer.append(numpy_helper.from_array(values, other))
            else:
                nodes.append(helper.make_node("Cast", [name], [other], name=f"Cast_{other}", to=kind))
        return cast[name, kind]

    for index, node in enumerate(graph.node):
        node = onnx.NodeProto.FromString(node.SerializeToString())
        single = ALWAYS_SINGLE.get(node.op_type, ())
        for place, name in enumerate(node.input):
            if name in floats or name in weights:
                half = index in halves and place not in single
                node.input[place] = as_type(name, TensorProto.FLOAT16 if half else TensorProto.FLOAT)
        nodes.append(node)
    _single_outputs(graph, nodes, half_tensors)
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    forget_unused(graph)


def _types(model: onnx.ModelProto) -> dict[str, int]:
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    return {value.name: value.type.tensor_type.elem_type for value in (*graph.input, *graph.value_info, *graph.output)}


def _half_nodes(graph: onnx.GraphProto, weights: dict[str, onnx.TensorProto], floats: set[str]) -> set[int]:
    """Indices of the nodes that compute in half precision."""
    last = heads(graph)
    layers = {
        node.output[0]
        for node in weighted_layers(graph)
        if node.output[0] not in last and not any(name.startswith(GEOMETRY) for name in node.input)
    }
    halves: set[int] = set()
    half_tensors: set[str] = set()
    for index, node in enumerate(graph.node):
        constants = [numpy_helper.to_array(weights[name]) for name in node.input if name in weights]
        if not all(np.abs(values).max(initial=0) <= LARGEST for values in constants):
            continue
        moving = [name for name in node.input if name in floats and name not in weights]
        between = node.op_type in BETWEEN and bool(moving) and half_tensors.issuperset(moving)
        if between or node.output[0] in layers:
            halves.add(index)
            half_tensors.update(node.output)
    return halves


def _single_outputs(graph: onnx.GraphProto, nodes: list[onnx.NodeProto], half_tensors: set[str]) -> None:
    """Give half-precision outputs of the graph another name inside, and the old one to a Cast."""
    for name in [value.name for value in graph.output if value.name in half_tensors]:
        for node in nodes:
            node.input[:] = [f"{name}_half" if used == name else used for used in node.input]
            node.output[:] = [f"{name}_half" if made == name else made for made in node.output]
        nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], name=f"Cast_{name}", to=TensorProto.FLOAT))
