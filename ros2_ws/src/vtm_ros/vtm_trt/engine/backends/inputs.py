"""What a network is given, checked: a wrong array would otherwise fail deep inside a library, or be read as garbage."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from vtm.errors import VtmError

Shapes = dict[str, tuple[int, ...]]


def input_shapes(path: Path, declared: Iterable[tuple[str, Sequence, bool]]) -> Shapes:
    """The shapes of a network's inputs.

    Args:
        path: The network, for messages.
        declared: Name, shape, and whether it is float32, of each.

    Raises:
        VtmError: An input is not float32 or has a size that is not fixed.
    """
    shapes = {}
    for name, shape, is_float32 in declared:
        if not is_float32 or not all(isinstance(size, int) and size > 0 for size in shape):
            raise VtmError(f"the input '{name}' of {path} is not float32 of fixed size; export the network so")
        shapes[name] = tuple(shape)
    return shapes


def check_inputs(inputs: Mapping[str, np.ndarray], shapes: Shapes) -> None:
    """Check what a network is given.

    Args:
        inputs: They must be C-contiguous float32 arrays, one for each name in `shapes`, of that shape.
        shapes: Of the network's inputs.

    Raises:
        VtmError: They are not.
    """
    if inputs.keys() != shapes.keys():
        raise VtmError(f"the network was given {_listed(inputs)}; give exactly its inputs: {_listed(shapes)}")
    for name, shape in shapes.items():
        array = inputs[name]
        if array.shape != shape or array.dtype != np.float32 or not array.flags.c_contiguous:
            order = "" if array.flags.c_contiguous else " that is not C-contiguous"
            raise VtmError(
                f"the network's input '{name}' was given as {array.dtype} {array.shape}{order}; "
                f"give C-contiguous float32 {shape}"
            )


def check_state(state: Iterable[str], memory: Iterable[str]) -> None:
    """Check the state that a network is given.

    Args:
        state: Names of its parts.
        memory: Names of the inputs that the network remembers.

    Raises:
        VtmError: The two differ.
    """
    if set(state) != set(memory):
        raise VtmError(f"the network was given the state {_listed(state)}; give the one it made, of {_listed(memory)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
