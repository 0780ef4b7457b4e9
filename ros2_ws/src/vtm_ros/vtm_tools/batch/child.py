"""The process that captures: python -m vtm_tools.batch.child SOCKET.

It takes jobs from the socket, and answers each with BEGAN, with READY once all is loaded, with the length of the video
or piece in seconds, and with the outcome, which may come earlier. It ends with the program at the other end, and when
it has had nothing to do for a while.
"""

import hashlib
import os
import select
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from vtm.errors import VtmError
from vtm_tools.batch.job import Job, Outcome, Status, failed

BEGAN, READY = "began", "ready"
IDLE_S = 300.0


def main(socket: int) -> None:
    """Capture what is asked for until nobody asks any more.

    Args:
        socket: Descriptor of one end of a `multiprocessing.Pipe`.
    """
    Thread(target=_end_with_the_other, args=(socket,), daemon=True).start()
    with suppress(OSError):  # where memory runs out this process ends, and not the one that waits for it
        Path("/proc/self/oom_score_adj").write_text("500")
    connection: Connection[Any, Any] = Connection(socket)
    captors: dict[Any, Any] = {}
    with suppress(EOFError):
        while connection.poll(IDLE_S):
            job = connection.recv()
            connection.send(BEGAN)
            connection.send(_outcome(job, captors, connection))


def _end_with_the_other(socket: int) -> None:
    hung_up = select.poll()
    hung_up.register(socket, 0)
    hung_up.poll()
    os._exit(1)


def _outcome(job: Job, captors: dict[Any, Any], connection: "Connection[Any, Any]") -> Outcome:
    """Capture one video; `captors` keeps what is loaded."""
    content = ""
    try:
        content = "" if job.piece or job.pieces else sha256(job.video)
        if content and content == job.known:
            return Outcome(Status.SAME, sha256=content)
        from vtm_tools.batch.one_video import Captor

        how = (job.settings, job.threads, job.backend)
        if how not in captors:
            captors.clear()
            try:
                captors[how] = Captor(*how)
            except VtmError as fault:
                return failed(str(fault), stops=True)
        connection.send(READY)
        outcome = captors[how](job, connection.send)
    except VtmError as fault:
        outcome = failed(str(fault))
    except OSError as fault:
        outcome = failed(f"{job.video} cannot be read: {fault.strerror or fault}; check the disk that it is on")
    except Exception as fault:  # a mistake of ours, or of a library: it must not touch the next video
        traceback.print_exc()
        captors.clear()
        outcome = failed(f"{type(fault).__name__}: {fault}")
    return replace(outcome, sha256=content)


def sha256(path: Path) -> str:
    """Of a file's content."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()


if __name__ == "__main__":
    main(int(sys.argv[1]))
