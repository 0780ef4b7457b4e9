"""Networks of a live stream: their threads spin while a frame is computed, where that is quicker.

A thread that sleeps between two operators has to be woken for each, which takes a quarter of a small network's time.
One that spins is there at once; but where other programs want its core, operators wait for a thread that does not run,
and the network takes twice as long. Which of both it is, only time tells, and it changes.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from vtm_trt.engine.backends import Runner, State, load_runner
from vtm_trt.engine.backends.onnxruntime import OnnxRuntimeRunner

PAUSE, LONGEST_PAUSE = 100, 1600
"""Runs until the other way is tried again: the first; where that was in vain twice as many, up to the second."""
PROVEN = 3
"""Runs in a row, each of them quicker than the way in use, that prove the other way."""
FOLLOWS, MOST = 0.2, 2.0
"""Weight of the last run in the mean time of the way in use; a single run counts as no longer than so many means."""


class Quicker:
    """A Runner of a network that can be run in two ways with the same result: it takes the quicker one.

    Args:
        first: One way, with which it begins.
        second: The other.
        clock: Seconds.
    """

    def __init__(self, first: Runner, second: Runner, clock: Callable[[], float] = perf_counter):
        self.input_shapes, self.concurrent = first.input_shapes, first.concurrent and second.concurrent
        self.blank_state, self.describe = first.blank_state, first.describe
        self._used, self._other, self._clock = first, second, clock
        self._used_s, self._other_s = 0.0, float("inf")
        self._pause, self._since, self._proofs = PAUSE, PAUSE - PROVEN, 0

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run a network without memory; see `Runner`."""
        return self.step(inputs, {})[0]

    def step(self, inputs: dict[str, np.ndarray], state: State) -> tuple[dict[str, np.ndarray], State]:
        """Run the next frame of a stream; see `Runner.step`."""
        tries = self._since >= self._pause
        began = self._clock()
        given = (self._other if tries else self._used).step(inputs, state)
        spent = self._clock() - began
        if tries:
            self._judge(spent)
        else:
            self._count(spent)
        return given

    def _count(self, spent: float) -> None:
        """A run of the way in use."""
        self._since += 1
        mean = self._used_s or spent
        self._used_s = mean + FOLLOWS * (min(spent, MOST * mean) - mean)
        if self._used_s > self._other_s:
            self._change(self._other_s)

    def _judge(self, spent: float) -> None:
        """A run of the other way."""
        if spent >= self._used_s:
            self._other_s, self._since, self._proofs = spent, 0, 0
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return
        self._proofs += 1
        if self._proofs == PROVEN:
            self._change(spent)

    def _change(self, seconds: float) -> None:
        """Use the other way, which takes so long."""
        lasted = self._since >= PAUSE
        self._pause = PAUSE if lasted else min(2 * self._pause, LONGEST_PAUSE)
        self._used, self._other = self._other, self._used
        self._used_s, self._other_s = seconds, self._used_s
        self._since = self._proofs = 0


def load_quicker(path: str | Path, backend: str = "auto", threads: int = 2) -> Runner:
    """Load a network without memory for a live stream, as `load_runner` does.

    On ONNX Runtime, on several cores of the processor, it is loaded twice, which takes as much memory again.

    Raises:
        VtmError: As for `load_runner`.
    """
    runner = load_runner(path, backend, threads)
    if threads > 1 and isinstance(runner, OnnxRuntimeRunner) and runner.concurrent:
        return Quicker(runner, OnnxRuntimeRunner(Path(path), threads, {}, spins=True))
    return runner
