"""A recording in two threads: each frame is lifted while the next one is looked at and the one after that is read."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from vtm.types import Frame

Seen = TypeVar("Seen")
Given = TypeVar("Given")


def overlapped(
    frames: Iterable[Frame], look: Callable[[Frame], Seen], follow: Callable[[Seen], Given], tell: Callable[[], None]
) -> Iterator[Given]:
    """What `follow` makes of what `look` sees in each of `frames`, in their order.

    Args:
        frames: All there already; a second thread reads them.
        look: Called in the caller's thread, while `follow` is busy with the frame before.
        follow: Called in the second thread.
        tell: Called while neither works: what was followed tells here what the next look has to know.
    """
    left = iter(frames)
    frame = next(left, None)
    waiting: list[Seen] = []

    def beside() -> tuple[list[Given], Frame | None]:
        return [follow(seen) for seen in waiting], next(left, None)

    with ThreadPoolExecutor(1, "lift") as second:
        while frame is not None:
            behind = second.submit(beside)
            seen = look(frame)
            given, frame = behind.result()
            yield from given
            tell()
            waiting = [seen]
    yield from map(follow, waiting)
