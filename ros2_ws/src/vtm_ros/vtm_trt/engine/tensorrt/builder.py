"""Builds a plan in a process of its own and follows it: its crash is an error here, not the end."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, Any

from vtm_trt.engine.tensorrt.engine import PlanFault

Progress = Callable[[float | None], None]
"""Called once a second while a plan is built, with the share 0..1 that is done, None where TensorRT does not tell."""
LOG_S = 15.0
_log = logging.getLogger("vtm")


def build_plan(network: Path, precision: str, timing: Path | None, progress: Progress) -> bytes:
    """Build the plan of a network in a process of its own, which takes minutes.

    Args:
        network: The ONNX file.
        precision: One of PRECISIONS.
        timing: File with what earlier builds learned about the GPU; grows by what this one learns.
        progress: Told how far it is.

    Raises:
        PlanFault: There is no plan.
    """
    with TemporaryDirectory(prefix="vtm-build-") as folder:
        plan, errors = Path(folder, "plan"), Path(folder, "errors")
        program = [sys.executable, "-m", "vtm_trt.engine.tensorrt.build", str(network), precision, str(plan)]
        program.append(str(timing or Path(folder, "timing")))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with (
            errors.open("wb") as log,
            subprocess.Popen(
                program, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            ) as child,
        ):
            try:
                assert child.stdout
                said = _follow(child.stdout, progress)
            except BaseException:
                child.kill()
                raise
        if child.returncode:
            raise PlanFault(said.get("fault") or _death(network.name, child.returncode, errors))
        return plan.read_bytes()


def _follow(lines: IO[bytes], progress: Progress) -> dict[str, Any]:
    """All that the child says, until it has closed its output."""
    queue: Queue[dict[str, Any] | None] = Queue()
    Thread(target=_read, args=(lines, queue), daemon=True).start()
    said: dict[str, Any] = {}
    told = time.monotonic()
    while True:
        try:
            line = queue.get(timeout=1)
            if line is None:
                return said
            said |= line
        except Empty:
            pass
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            progress(said.get("share"))


def _read(lines: IO[bytes], queue: Queue[dict[str, Any] | None]) -> None:
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if isinstance(said, dict):
            queue.put(said)
        else:
            _log.debug("the build of an engine says %r", line)
    queue.put(None)


def _death(name: str, code: int, errors: Path) -> str:
    """Why a child ended that could not tell."""
    if code == -signal.SIGKILL:
        return f"the build of {name} was killed, probably for want of memory; close other programs or add swap"
    last = errors.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    how = f"died of {signal.Signals(-code).name}" if code < 0 else f"failed with exit code {code}"
    return f"the build of {name} {how}: {last[0]}; choose another backend"


class LogProgress:
    """Tells the log that a build goes on, every LOG_S seconds."""

    def __init__(self, name: str):
        self._name, self._start = name, time.monotonic()
        self._told = self._start

    def __call__(self, share: float | None) -> None:
        """Tell the log, if it is time to."""
        now = time.monotonic()
        if now - self._told >= LOG_S:
            self._told = now
            done = "" if share is None else f"{share:.0%}, "
            _log.warning("building the engine of %s: %s%.0f s so far", self._name, done, now - self._start)
