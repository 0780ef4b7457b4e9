"""Weights in half precision on disk and single precision at work: half the size, and no second rounding.

The weights are rounded first; what is judged, shipped and run are then the same numbers.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

SMALLEST = 64
"""Tensors with fewer elements stay as they are."""


def round_weights(net: nn.Module) -> None:
    """Round every weight of `net` to the nearest half-precision number, in place."""
    for parameter in net.parameters():
        parameter.data = parameter.data.half().float()


def store_half(model: onnx.ModelProto) -> None:
    """Store weights that half precision holds exactly as such, in place; a Cast, folded at load, gives them back."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if values.size < SMALLEST or not np.array_equal(half.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, name))
        for node in graph.node:
            node.input[:] = [f"{name}_single" if used == name else used for used in node.input]
        casts.append(helper.make_node("Cast", [name], [f"{name}_single"], to=TensorProto.FLOAT))
    changed = {cast.input[0] for cast in casts}
    for info in [info for info in graph.value_info if info.name in changed]:
        graph.value_info.remove(info)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
