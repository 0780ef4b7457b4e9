"""Weights as the tensors that layers read, without the Cast between half precision in the file and single at work.

TensorRT's parser takes what comes out of a Cast for an activation: convolutions would get their weights as a second
input, which older versions run by other, slower kernels.
"""

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper


def plain_weights(model: onnx.ModelProto) -> None:
    """Replace every Cast of an initializer to single precision by the initializer it makes, in place."""
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in stored and _to_single(node)]
    for cast in casts:
        values = numpy_helper.to_array(stored[cast.input[0]]).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(values, cast.output[0]))
        graph.node.remove(cast)
    forget_unused(graph)


def forget_unused(graph: onnx.GraphProto) -> None:
    """Remove the initializers that no node reads, in place."""
    used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _to_single(cast: onnx.NodeProto) -> bool:
    return onnx.helper.get_node_attr_value(cast, "to") == TensorProto.FLOAT
