"""Options that do not go together."""

from collections.abc import Mapping

from vtm.errors import VtmError


def refuse(faults: Mapping[str, object]) -> None:
    """Refuse options, before the work begins.

    Args:
        faults: What is wrong, with its remedy, and whether it is so.

    Raises:
        VtmError: The first of the faults that is so.
    """
    for fault, is_so in faults.items():
        if is_so:
            raise VtmError(fault)
