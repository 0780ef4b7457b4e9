"""A video that hangs or kills its process is blamed for it, and the next one is captured by a new process."""

import os
import signal
from pathlib import Path
from threading import Thread

import pytest

from vtm_tools.batch.job import Job, Outcome, Status
from vtm_tools.batch.process import Process


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


def test_what_is_killed_is_told_from_what_fails(process, endless):
    ends: list[Outcome] = []
    waiting = Thread(target=lambda: ends.append(process.run(job(endless, 600.0))))
    waiting.start()
    writer = endless.open("wb")  # waits until the process reads
    os.kill(process.pid, signal.SIGSEGV)
    waiting.join()
    writer.close()
    assert "its process ended: Segmentation fault" in ends[0].error
    endless.unlink()
    missing = process.run(job(endless, 600.0))
    assert missing.error == f"{endless} cannot be read: No such file or directory; check the disk that it is on"
    os.kill(process.pid, signal.SIGKILL)  # while it has nothing to do: nobody is to blame
    assert process.run(job(endless, 600.0)).error == missing.error
