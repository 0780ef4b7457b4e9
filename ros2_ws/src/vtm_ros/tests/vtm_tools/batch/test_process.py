"""A video that hangs is blamed for it; whatever ends the process in between is nobody's fault."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from vtm_tools.batch.job import Job, Outcome, Status
from vtm_tools.batch.process import STARTS, Process


@pytest.fixture
def process():
    one = Process()
    yield one
    one.kill()


@pytest.fixture
def endless(tmp_path) -> Path:
    """A file that whoever reads it waits for."""
    os.mkfifo(tmp_path / "pipe.mp4")
    return tmp_path / "pipe.mp4"


def job(video: Path, opens_s: float) -> Job:
    return Job(video, video.parent / "out", "pipe", 0, 0, opens_s=opens_s)


def test_what_hangs_is_ended(process, endless):
    outcome = process.run(job(endless, 0.1))
    assert outcome.status is Status.FAILED and "took too long" in outcome.error
    assert process.pid is None


def test_what_ends_while_it_loads_is_started_again(process, endless):
    ends: list[Outcome] = []
    waiting = Thread(target=lambda: ends.append(process.run(job(endless, 600.0))))
    waiting.start()
    killed = set()
    for _ in range(STARTS):
        with endless.open("wb"):  # waits until a process reads
            killed.add(pid := process.pid)
            os.kill(pid, signal.SIGSEGV)
            with suppress(ChildProcessError):  # it ends before the next one is waited for
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    waiting.join()
    assert len(killed) == STARTS
    assert ends[0].error == "the process that captures does not start: Segmentation fault; it said nothing"
    endless.unlink()
    missing = process.run(job(endless, 600.0))
    assert missing.error == f"{endless} cannot be read: No such file or directory; check the disk that it is on"
    os.kill(process.pid, signal.SIGKILL)  # while it has nothing to do: nobody is to blame
    assert process.run(job(endless, 600.0)).error == missing.error
