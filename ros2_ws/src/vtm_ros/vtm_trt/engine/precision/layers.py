"""The layers of a network that have weights, and which of them are its heads."""

import onnx

LAYERS = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


def weighted_layers(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Nodes of LAYERS whose weights are plain tensors of the file, in the order of the file."""
    stored = {tensor.name for tensor in graph.initializer}
    return [node for node in graph.node if node.op_type in LAYERS and node.input[1] in stored]


def heads(graph: onnx.GraphProto) -> set[str]:
    """First outputs of the layers from which no other layer is reached."""
    layers = {node.output[0] for node in weighted_layers(graph)}
    lead_on: set[str] = set()
    last = set()
    for node in reversed(graph.node):
        followed = not lead_on.isdisjoint(node.output)
        layer = node.output[0] in layers
        if layer and not followed:
            last.add(node.output[0])
        if layer or followed:
            lead_on.update(node.input)
    return last
