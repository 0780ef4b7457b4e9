"""Ways to run a network. A backend is one module here and one row in BACKENDS.

A module has `fault() -> str | None`, why it cannot work on this machine and what would change that, asked without
loading anything heavy, and `load(path, threads, memory) -> Runner`.
"""

import logging
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from vtm.errors import VtmError

BACKENDS = ("tensorrt", "onnxruntime_cuda", "onnxruntime", "openvino", "onnxruntime_tensorrt", "torch")
"""Names of the modules of this package that run networks, in order of preference."""
EVERYWHERE = "onnxruntime"
"""Works on every machine, so that `auto` goes no further; those after it are there to be chosen. OpenVINO in float32
spares 4 to 10 % of the processor's time, for five times the time to start and twice the memory."""

Memory = dict[str, str]
"""What a network remembers from one frame to the next: name of an input -> the output that becomes it."""
State = dict[str, Any]
"""What it remembers of one stream, by name of the input: arrays, or tensors on a device, as a Runner makes them."""

_log = logging.getLogger("vtm")


class Runner(Protocol):
    """A loaded network. It remembers nothing itself: whoever follows a stream owns its state, and many may share one.

    Attributes:
        input_shapes: The shape of each input that a caller gives, by name.
        concurrent: Whether any thread may call, and several at a time.
    """

    input_shapes: dict[str, tuple[int, ...]]
    concurrent: bool

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run a network without memory.

        Args:
            inputs: C-contiguous float32 arrays of `input_shapes`.

        Returns:
            All outputs by name. The next call may overwrite them.

        Raises:
            VtmError: The inputs are others.
        """

    def step(self, inputs: dict[str, np.ndarray], state: State) -> tuple[dict[str, np.ndarray], State]:
        """Run the next frame of a stream.

        Args:
            inputs: As above.
            state: Of the stream. It is spent: go on with the one returned.

        Returns:
            The outputs as above, without those remembered, and the state after the frame.

        Raises:
            VtmError: The inputs are others, or the state is not this network's.
        """

    def blank_state(self) -> State:
        """The state of a new stream: zeros."""

    def describe(self) -> str:
        """One line for a log: the library, its version and what it runs on."""


@dataclass(frozen=True)
class BackendStatus:
    """A backend on this machine.

    Attributes:
        name: Of the backend.
        fault: Why it cannot work here, None where it can.
        by_auto: Whether `auto` takes it.
    """

    name: str
    fault: str | None
    by_auto: bool


def choices() -> list[BackendStatus]:
    """Every backend, in order of preference."""
    faults = {name: _module(name).fault() for name in BACKENDS}
    taken = next((name for name in _automatic() if not faults[name]), None)
    return [BackendStatus(name, fault, name == taken) for name, fault in faults.items()]


def load_runner(path: str | Path, backend: str = "auto", threads: int = 2, memory: Memory | None = None) -> Runner:
    """Load a network.

    Args:
        path: The ONNX file.
        backend: One of BACKENDS; `auto` takes the first that works on this machine and logs why.
        threads: Of the processor.
        memory: What the network remembers, None for nothing.

    Raises:
        VtmError: The backend is unknown or cannot work here, or the file is not a network.
    """
    if backend not in ("auto", *BACKENDS):
        raise VtmError(f"unknown backend '{backend}'; choose one of: auto, {', '.join(BACKENDS)}")
    if threads < 1:
        raise VtmError(f"{threads} threads cannot run a network; give 1 or more")
    if not Path(path).is_file():
        raise VtmError(f"there is no network file {path}; check the path")
    if backend == "auto":
        return _first_that_works(Path(path), threads, memory or {})
    if fault := _module(backend).fault():
        raise VtmError(f"the backend {backend} cannot work here: {fault}")
    return _module(backend).load(Path(path), threads, memory or {})


def _first_that_works(path: Path, threads: int, memory: Memory) -> Runner:
    """By `auto`. A backend that should work and fails is a warning while another one can take its place."""
    passed: list[str] = []
    for name in _automatic():
        fault = _module(name).fault()
        if fault is None:
            try:
                runner = _module(name).load(path, threads, memory)
            except VtmError as failure:
                if name == EVERYWHERE:
                    raise
                _say(logging.WARNING, f"the backend {name} failed, another one takes its place: {failure}")
                fault = "failed"
            else:
                _say(logging.INFO, "; ".join([f"networks run on {name}", *passed]))
                return runner
        passed.append(f"not on {name}: {fault}")
    raise VtmError("; ".join(passed))


def _automatic() -> tuple[str, ...]:
    return BACKENDS[: BACKENDS.index(EVERYWHERE) + 1]


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")


@cache
def _say(level: int, text: str) -> None:
    """Once per process."""
    _log.log(level, text)
