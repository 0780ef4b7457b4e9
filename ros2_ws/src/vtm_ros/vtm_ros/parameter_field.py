"""One parameter of a node: a dataclass field that says what it means and which values it takes."""

import math
from dataclasses import field
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

_KINDS = {bool: "true or false", int: "an integer", float: "a decimal number", str: "text", tuple: "a list of texts"}


def parameter(
    default,
    description: str,
    low=None,
    high=None,
    choices: tuple = (),
    dynamic: bool = False,
    or_zero: bool = False,
    or_number: bool = False,
) -> Any:
    """A dataclass field that is a ROS parameter.

    Args:
        default: Its value unless set.
        description: For people.
        low: Least valid number.
        high: Greatest valid number.
        choices: Valid words, any where empty.
        dynamic: It may change at run time; others are read-only.
        or_zero: 0 is valid too, although it lies below `low`.
        or_number: A whole number is valid beside the words, as text or as a number.
    """
    valid = dict(low=low, high=high, choices=choices, or_zero=or_zero, or_number=or_number)
    return field(default=default, metadata=dict(text=description, dynamic=dynamic, **valid))


def descriptor(item) -> ParameterDescriptor:
    """What `ros2 param describe` shows of such a field."""
    meta = item.metadata
    told = ParameterDescriptor(
        description=meta["text"], read_only=not meta["dynamic"], dynamic_typing=meta["or_number"]
    )
    if meta["choices"]:
        told.additional_constraints = valid_values(item)
    elif meta["low"] is not None and isinstance(item.default, float):
        low = 0.0 if meta["or_zero"] else meta["low"]
        told.floating_point_range = [FloatingPointRange(from_value=low, to_value=meta["high"])]
        told.additional_constraints = valid_values(item)
    elif meta["low"] is not None:
        told.integer_range = [IntegerRange(from_value=meta["low"], to_value=meta["high"], step=1)]
    return told


def taken(item, value) -> Any:
    """What such a field holds of `value`: a number among words is text."""
    return str(value) if item.metadata["or_number"] else value


def fault(item, value) -> str:
    """Why `value` is not valid for such a field; empty where it is."""
    meta, value = item.metadata, taken(item, value)
    wrong_choice = bool(meta["choices"]) and value not in meta["choices"]
    wrong_choice = wrong_choice and not (meta["or_number"] and value.isdecimal())
    too_low = meta["or_zero"] and value != 0 and value < meta["low"]
    if wrong_choice or too_low or (isinstance(value, float) and not math.isfinite(value)):
        return f"parameter '{item.name}' is {value!r}; it must be {valid_values(item)}"
    return ""


def valid_values(item) -> str:
    """What such a field takes, in words."""
    meta = item.metadata
    if meta["choices"]:
        return f"one of: {', '.join(meta['choices'])}{', or a number' if meta['or_number'] else ''}"
    kind = _KINDS[type(item.default)]
    if meta["low"] is None:
        return kind
    return f"{kind} in {meta['low']}..{meta['high']}{', or 0.0' if meta['or_zero'] else ''}"
