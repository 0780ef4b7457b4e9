"""A thread with a one-deep slot: the newest item wins, what it replaces is counted as dropped."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class NewestWorker(Generic[Item]):
    """Calls `handle(item)` in one thread for the newest item put.

    Args:
        handle: Called with the item.
        failed: Called with an exception of `handle`.

    Attributes:
        dropped: How many items were replaced before they were handled.
    """

    def __init__(self, handle: Callable[[Item], None], failed: Callable[[Exception], None]):
        self.dropped = 0
        self._handle, self._failed = handle, failed
        self._slot: list[Item] = []
        self._busy = self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="vtm worker", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Hand over `item`; one that still waits is dropped."""
        with self._changed:
            self.dropped += len(self._slot)
            self._slot = [item]
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nothing waits and nothing runs; False when that takes longer than `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._slot and not self._busy, timeout_s)

    def stop(self) -> None:
        """Let the running item finish, forget the waiting one, and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._slot or self._stopping)
                if self._stopping:
                    return
                item = self._slot.pop()
                self._busy = True
            try:
                self._handle(item)
            except Exception as fault:
                self._failed(fault)
