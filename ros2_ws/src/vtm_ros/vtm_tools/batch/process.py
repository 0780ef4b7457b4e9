"""A process of its own for whatever captures: it may crash or hang, and only its own video is blamed for that."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from vtm_tools.batch.child import BEGAN, READY
from vtm_tools.batch.job import Job, Outcome, failed

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
STARTS = 4
"""How often a process is started for one video before the video is blamed for what ends it while it loads."""
STARTS_S, CLOSES_S = 120.0, 60.0
"""Seconds for the process to answer at all; and for each video beside what its length allows."""
UNKNOWN_S = 3600.0
"""Taken for the length of a video that does not say it, seconds."""
ENDS_S = 10.0
TOLD = 2000
"""Bytes of what the process said at last."""

FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM)
"""What a process ends by that somebody else ended, or that had no memory left."""


class Process:
    """Runs jobs one after the other in a process that is started when needed, and started again after a crash.

    Args:
        owner: The run that it captures for.

    Attributes:
        ended: Whether it takes no more jobs.
    """

    def __init__(self, owner: str = "") -> None:
        self.owner, self.ended = owner, False
        self._child: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()
        self._with: tuple[int, str] = (0, "")

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._child.pid if self._child else None

    def run(self, job: Job, gpu: str = "") -> Outcome:
        """Capture one video, whatever happens.

        Args:
            job: What to capture.
            gpu: The graphics card to use, as CUDA_VISIBLE_DEVICES names it; "" leaves the choice.
        """
        began = monotonic()
        outcome = self._run(job, gpu)
        return replace(outcome, took_s=monotonic() - began, host=socket.gethostname())

    def _run(self, job: Job, gpu: str) -> Outcome:
        told: object = None
        for _ in range(STARTS):
            if self.ended:
                return failed("the run was ended")
            self._be_ready(job.threads, gpu)
            with suppress(OSError, EOFError):
                self._connection.send(job)
                told = self._told(STARTS_S) == BEGAN and self._told(job.opens_s)
                break
            code = self._exit_code()
        else:
            return failed(f"the process that captures does not start: {_cause(code)}; {self._last_words()}")
        try:
            if told == READY:
                told = self._told(job.opens_s)
            if isinstance(told, float):
                told = self._told(CLOSES_S + job.longest * (told or UNKNOWN_S) * job.settings.max_people)
        except (OSError, EOFError):
            code = self._exit_code()
            return failed(f"its process ended: {_cause(code)}; {self._last_words()}", killed=code in FROM_OUTSIDE)
        if isinstance(told, Outcome):
            return told
        self.kill()
        return failed("it took too long and its process was ended; --longest allows more")

    def _be_ready(self, threads: int, gpu: str) -> None:
        if self._child and self._child.poll() is None and self._with == (threads, gpu):
            self._log.seek(0)
            self._log.truncate()
            return
        self.kill()
        environment = os.environ | dict.fromkeys(POOLS, str(threads)) | {"OMP_WAIT_POLICY": "passive"}
        if gpu:
            environment["CUDA_VISIBLE_DEVICES"] = gpu
        ours, theirs = Pipe()
        self._log = tempfile.TemporaryFile()
        self._connection: Connection[Any, Any] = ours
        self._child = subprocess.Popen(
            [sys.executable, "-m", "vtm_tools.batch.child", str(theirs.fileno())], pass_fds=[theirs.fileno()],
            env=environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self._with = (threads, gpu)

    def _told(self, seconds: float) -> object:
        """What the process says next, None when it says nothing for so long."""
        return self._connection.recv() if self._connection.poll(seconds) else None

    def kill(self) -> int:
        """End the process at once; its exit code, 0 where there was none."""
        child, self._child = self._child, None
        if child is None:
            return 0
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        return child.wait()

    def _exit_code(self) -> int:
        """Of the process that ended by itself."""
        if self._child:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(ENDS_S)
        return self.kill()

    def _last_words(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(size - TOLD, 0))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _cause(code: int) -> str:
    if code == -signal.SIGKILL:
        return "killed, as it happens where memory runs out"
    return signal.strsignal(-code) or str(code) if code < 0 else f"exit code {code}"


_mine = threading.local()
_all: set[Process] = set()


def capture_here(job: Job, gpu: str = "") -> Outcome:
    """Run a job in the process that belongs to this thread."""
    process: Process | None = getattr(_mine, "process", None)
    if process is None or process.ended or process.owner != job.run:
        if process:
            _end(process)
        _mine.process = process = Process(job.run)
        _all.add(process)
    return process.run(job, gpu)


def end_all(run: str) -> None:
    """End the processes of all threads that work for a run, whatever they do."""
    for process in [one for one in _all if one.owner == run]:
        _end(process)


def _end(process: Process) -> None:
    _all.discard(process)
    process.ended = True
    process.kill()
