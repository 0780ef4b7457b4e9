"""The lifecycle node `replay`: a recording in, the topics of the node `capture` out, in real time."""

import argparse
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.task import Future
from rclpy.utilities import remove_ros_args

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm.types import Motion
from vtm_ros.inputs.world_alignment import TfAlignment
from vtm_ros.nodes.managed_node import ManagedNode
from vtm_ros.nodes.run import run_nodes
from vtm_ros.outputs.motion_publisher import MotionPublisher
from vtm_ros.parameters import Parameters, ReplayParameters
from vtm_trt.session_log.session import read_session

LOOK_S = 0.05
"""Seconds between looks whether somebody subscribes."""


def load_motions(path: str) -> list[Motion]:
    """The motions of a motion.npz or of a recording (.mcap), in order of time.

    Raises:
        VtmError: It is neither, or shows nobody.
    """
    if not path:
        raise VtmError("no recording is given; name a motion.npz or an .mcap file of the service ~/record")
    recording = Path(path).expanduser()
    clip = recording.suffix.lower() == ".npz"
    motions = MotionClip.load(recording).motions() if clip else read_session(recording).motions
    if not motions:
        raise VtmError(f"{recording} shows nobody; give a recording of a person")
    return motions


class ReplayNode(ManagedNode):
    """Configuring reads the recording, activating plays it from the start, deactivating stops.

    Motions bear the time at which they are published, as if they were seen now.

    Args:
        done: Completed when a recording that does not loop has ended.
        **node_options: Of rclpy's node.
    """

    def __init__(self, done: Future | None = None, **node_options: Any) -> None:
        super().__init__("replay", **node_options)
        self.done = done or Future()
        self._publisher: MotionPublisher | None = None
        self._world: TfAlignment | None = None
        self._motions: list[Motion] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._settings = Parameters(self, ReplayParameters)

    def autostart(self) -> None:
        """Configure and activate, when the parameter `autostart` says so.

        Raises:
            VtmError: The recording cannot be replayed.
        """
        if self._settings.values.autostart:
            load_motions(self._settings.values.recording)
        super().autostart()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the recording and create the publishers."""
        try:
            self._motions = load_motions(self._settings.values.recording)
        except VtmError as fault:
            self.get_logger().error(f"cannot configure: {fault}")
            return TransitionCallbackReturn.FAILURE
        settings = self._settings.values
        hands = any(motion.hands for motion in self._motions)
        self._publisher = MotionPublisher(self, settings.world_frame, hands=hands, hand_points=False)
        self._world = TfAlignment(self, settings) if settings.world_frame else None
        seconds = (self._motions[-1].stamp_ns - self._motions[0].stamp_ns) * 1e-9
        self.get_logger().info(f"{len(self._motions)} motions over {seconds:.1f} s")
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Play the recording from the start."""
        activated = super().on_activate(state)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._play, name="vtm replay", daemon=True)
        self._thread.start()
        return activated

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop."""
        self._stop()
        return super().on_deactivate(state)

    def _play(self) -> None:
        if self._wait_for_subscriber():
            self._play_once()
            while self._settings.values.loop and not self._stopping.is_set():
                self._play_once()
        if not self._stopping.is_set():
            self.get_logger().info("the recording has ended")
            self.done.set_result(None)
            if self.executor:
                self.executor.wake()

    def _wait_for_subscriber(self) -> bool:
        assert self._publisher is not None
        while self._settings.values.wait_for_subscriber and not self._publisher.is_wanted():
            if self._stopping.wait(LOOK_S):
                return False
        return True

    def _play_once(self) -> None:
        began, first_ns = time.monotonic(), self._motions[0].stamp_ns
        for motion in self._motions:
            due = began + (motion.stamp_ns - first_ns) * 1e-9 / self._settings.values.rate
            if self._stopping.wait(max(0.0, due - time.monotonic())):
                return
            self._publish(motion)
        self._stopping.wait(self._usual_step_s() / self._settings.values.rate)

    def _publish(self, motion: Motion) -> None:
        assert self._publisher is not None
        settings = self._settings.values
        now = replace(motion, stamp_ns=self.get_clock().now().nanoseconds)
        try:
            if self._world:
                now = replace(now, camera=self._world.camera(settings.camera_frame, now.stamp_ns))
            self._publisher.publish(now, settings.camera_frame, settings)
        except VtmError as fault:
            self.get_logger().warning(f"no pose published: {fault}", throttle_duration_sec=5.0)
        except Exception:
            if self.context.ok():
                raise
            self._stopping.set()  # a signal has ended ROS 2

    def _usual_step_s(self) -> float:
        return (self._motions[-1].stamp_ns - self._motions[0].stamp_ns) * 1e-9 / max(1, len(self._motions) - 1)

    def _stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def _free(self) -> None:
        self._stop()
        for part in (self._publisher, self._world):
            if part:
                part.close()
        self._publisher, self._world, self._motions = None, None, []


def main(args: list[str] | None = None) -> int:
    """Entry point of the programs `replay` and `vtm_replay`."""
    args = sys.argv if args is None else [sys.argv[0], *args]
    options = _parser().parse_args(remove_ros_args(args)[1:])
    chosen = [Parameter(name, value=value) for name, value in vars(options).items() if value is not None]
    done = Future()

    def make():
        node = ReplayNode(done, parameter_overrides=chosen)
        yield node
        node.autostart()

    return run_nodes(make, args, done)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vtm_replay",
        description="Publish a recorded motion as the topics of the capture node, in real time.",
        epilog="Everything after --ros-args goes to the node, for example: --ros-args -r __ns:=/person -p rate:=0.5",
    )
    parser.add_argument("recording", nargs="?", help="motion.npz, or .mcap of the service ~/record")
    parser.add_argument("--rate", type=float, help="speed (default: 1, real time)")
    parser.add_argument("--loop", action="store_true", default=None, help="start again at the end")
    parser.add_argument("--camera-frame", help="frame of the camera's optical axes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
