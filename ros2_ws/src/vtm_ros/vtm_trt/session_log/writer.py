"""A thread that writes a recording while it goes on, and its motion files when it ends."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vtm.errors import VtmError
from vtm_trt.session_log.lock import mark_written
from vtm_trt.session_log.mcap_file import McapFile
from vtm_trt.session_log.session import write_motion_files
from vtm_trt.session_log.topic import Topic

SYNC_S = 0.4
"""Seconds between two syncs: a kill loses that and what writing takes, less than a second."""
LOOK_S = 0.05
"""Seconds that the thread waits for a message before it looks whether it shall end."""
WAITING = 8192
"""Messages that may wait for a slow disk, about half a minute's."""


class RecordingWriter:
    """Writes a new file; nothing it does delays the caller of `put`.

    Args:
        path: The file.
        ended: Called with this in its thread at the end, of whatever kind.

    Attributes:
        files: What was written, once it has ended.
        fault: Why it ended before it was told to, empty when it did not.
        dropped: Messages that a slow disk cost.

    Raises:
        VtmError: The file exists or cannot be created.
    """

    def __init__(self, path: Path, ended: Callable[["RecordingWriter"], None]):
        self.path, self.fault = path, ""
        self.files: list[Path] = []
        self.dropped = 0
        self._ended = ended
        self._waiting: queue.Queue[tuple[Topic, int, bytes]] = queue.Queue(WAITING)
        self._ending = False
        try:
            self._file = path.open("xb")
        except OSError as fault:
            raise VtmError(f"cannot write {path}: {fault.strerror}; choose another record_directory") from fault
        mark_written(self._file)
        self._thread = threading.Thread(target=self._run, name="vtm recording", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether what is put is still written."""
        return self._thread.is_alive() and not self._ending

    def put(self, topic: Topic, time_ns: int, data: bytes) -> None:
        """Write a message soon; it is dropped and counted while too many wait for the disk."""
        if self.running:
            try:
                self._waiting.put_nowait((topic, time_ns, data))
            except queue.Full:
                self.dropped += 1

    def end(self) -> None:
        """Let what waits be written, then the index and the motion files; `join` waits for it."""
        self._ending = True

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._file:
                self._write()
            self.files = [self.path]
            self.files += write_motion_files(self.path)
        except OSError as fault:
            self.fault = (
                f"the recording {self.path} was cut off: {fault.strerror}; free some space or choose another "
                f"record_directory, then `vtm recover {self.path}` keeps what was written"
            )
        except VtmError as fault:
            self.fault = f"{fault}; then `vtm recover {self.path}` makes the missing files"
        finally:
            self._ended(self)

    def _write(self) -> None:
        mcap = McapFile(self._file)
        mcap.sync()
        sync_at = time.monotonic() + SYNC_S
        while not (self._ending and self._waiting.empty()):
            with suppress(queue.Empty):
                mcap.add(*self._waiting.get(timeout=LOOK_S))
            if time.monotonic() >= sync_at:
                mcap.sync()
                sync_at = time.monotonic() + SYNC_S
        mcap.finish()
