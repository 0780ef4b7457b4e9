"""Where the time of a frame goes: laps between the networks, which all work passes through one after the other."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from vtm_trt.engine.backends import Runner, State
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.person_stream import MotionStream

STAGES = {
    "decode": "video decoding",
    "detector": "person detector, only to find the person",
    "crop": "crop of the person",
    "pose2d_network": "2D pose network",
    "hands": "hand networks, both hands",
    "landmarks": "landmarks to keypoints",
    "vtm_network": "VTM network",
    "hand_lifter": "hand lifter, both hands",
    "people_2d": "2D pose of all people",
    "people_lifted": "VTM network, root and rotations of all people",
    "root_and_rotations": "root and rotations",
    "postprocess": "postprocessing: floor, path, smoothing, feet",
}
"""Every stage of the pipeline, in order, and what it is."""


class Stopwatch:
    """Counts the milliseconds of each stage since `start`, in `ms`."""

    def __init__(self):
        self.start()

    def start(self) -> None:
        """Begin anew."""
        self.ms: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        """The time since the last lap belongs to `stage`."""
        now = perf_counter()
        self.ms[stage] = self.ms.get(stage, 0.0) + (now - self._since) * 1e3
        self._since = now

    def around(self, call: Callable[..., Any], before: str, itself: str) -> Callable[..., Any]:
        """`call` with a lap before and after: `before` ends when it is called, `itself` is the call."""

        def watched(*arguments: Any) -> Any:
            self.lap(before)
            result = call(*arguments)
            self.lap(itself)
            return result

        return watched

    def part(self, stage: str, part: str, ms: float) -> None:
        """Of what `stage` took, so much belongs to `part`."""
        self.ms[stage] -= ms
        self.ms[part] = ms


class Watched:
    """A runner that a stopwatch watches.

    Args:
        runner: The runner.
        stopwatch: Its laps are taken here.
        before: The stage that ends when the runner is called.
        itself: The stage that the call itself is.
    """

    def __init__(self, runner: Runner, stopwatch: Stopwatch, before: str, itself: str):
        self._runner, self._stopwatch, self._before, self._itself = runner, stopwatch, before, itself
        self.input_shapes, self.concurrent = runner.input_shapes, runner.concurrent
        self.blank_state, self.describe = runner.blank_state, runner.describe

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run the network once, without a state."""
        return self.step(inputs, {})[0]

    def step(self, inputs: dict[str, np.ndarray], state: State) -> tuple[dict[str, np.ndarray], State]:
        """Run the network, with a lap before and after."""
        self._stopwatch.lap(self._before)
        outputs, state = self._runner.step(inputs, state)
        self._stopwatch.lap(self._itself)
        return outputs, state


def watch(stream: MotionStream, stopwatch: Stopwatch) -> None:
    """Let a stopwatch watch the networks of a stream and its tracker; what follows the last is the caller's lap.

    Args:
        stream: The stream.
        stopwatch: What watches.
    """
    tracker = stream.tracker
    assert isinstance(tracker, PoseTracker)
    detector, network = tracker._detector, tracker._network
    detector.runner = Watched(detector.runner, stopwatch, "detector", "detector")
    network.runner = Watched(network.runner, stopwatch, "crop", "pose2d_network")
    if hands := tracker._person.hands:
        hands.step = stopwatch.around(hands.step, "landmarks", "hands")  # type: ignore[method-assign]
    stream.lifter.runner = Watched(stream.lifter.runner, stopwatch, "landmarks", "vtm_network")
    for hand in stream._hands._hands if stream._hands else ():
        hand.lifter.runner = Watched(hand.lifter.runner, stopwatch, "root_and_rotations", "hand_lifter")
