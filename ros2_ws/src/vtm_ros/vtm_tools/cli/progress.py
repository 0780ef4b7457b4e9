"""The progress bar."""

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


def progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Count items in a bar on the terminal; silent where standard error is not one.

    Args:
        items: What to iterate over.
        what: Said beside the bar.
        total: How many there are, None when unknown.

    Returns:
        The items.
    """
    console = Console(stderr=True)
    return track(items, what, total, console=console, transient=True, disable=not console.is_terminal)
