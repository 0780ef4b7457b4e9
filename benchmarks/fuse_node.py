#!/usr/bin/env python3
"""The node `fuse` for real: Pose2Sim's four cameras, a node `capture` for each, all as processes over DDS.

    source .venv/ros_env.sh; .venv/bin/python benchmarks/fuse_node.py --reference reference.npz

This program plays the cameras, which are triggered together and stamp as the clip was taken, 60 frames/s. The next
instant is shown when the motion of the last one came, so that slow cores suffice, or at `--rate`. It tells TF where the
cameras are, and compares what `fuse` publishes with the reference, as `benchmarks/pose2sim_fused.py` does. Latency is
from the moment that the images of an instant are sent.
"""

import argparse
import array
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import numpy as np
import psutil
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped
from pose2sim_fused import SEAT, VIDEOS, judged
from program import keep, start
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import NUM_JOINTS
from vtm.errors import VtmError
from vtm.files.rig_file import RigCamera, load_rig
from vtm.files.shared import share_folder
from vtm.metrics.track import Track
from vtm_ros.conversions.camera_info import camera_info
from vtm_ros.conversions.messages import ns_from_time, time_from_ns
from vtm_ros.conversions.person_from_messages import About, body_of, offsets_of
from vtm_ros.nodes.programs import node_command, running
from vtm_ros.nodes.run import use_shared_memory_profile
from vtm_ros.nodes.spinning import spinning
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_tools.evaluation.pose2sim import truth
from vtm_trt.sources.video import Video

RESULT = Path(__file__).parent / "results/fuse_node.json"
WORLD = "room"
START_WITHIN_S = 180.0
STILL, STILL_NS, STILL_WITHIN_S = 16, 250_000_000, 5.0
"""Before the clip its first instant comes so often, so far apart: for two seconds a description of a person holds."""
LOST_AFTER_S = 10.0
FRAMES = 100
"""Of the clip."""
EVERYTHING = QoSProfile(depth=1000)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Cameras(Node):
    """Cameras that are triggered together."""

    def __init__(self, rig: dict[str, RigCamera]):
        super().__init__("cameras")
        self.videos = {name: Video(VIDEOS / f"{name}.mp4") for name in rig}
        self.sent: dict[int, int] = {}
        self._rig = rig
        self._images = {name: self.create_publisher(Image, f"/{name}/image", 4) for name in rig}
        self._infos = {name: self.create_publisher(CameraInfo, f"/{name}/camera_info", 4) for name in rig}
        places = self.create_publisher(TFMessage, "/tf_static", LATCHED)
        places.publish(TFMessage(transforms=[_place(name, camera) for name, camera in rig.items()]))

    def are_wanted(self) -> bool:
        """Whether every capture node listens."""
        return all(one.get_subscription_count() for one in (*self._images.values(), *self._infos.values()))

    def instants(self) -> Iterator[dict[str, np.ndarray]]:
        """What the cameras see, picture by picture."""
        while True:
            pictures = {name: picture for name, video in self.videos.items() if (picture := video.read()) is not None}
            if len(pictures) < len(self.videos):
                return
            yield pictures

    def show(self, pictures: dict[str, np.ndarray], stamp_ns: int) -> None:
        """Send the pictures of an instant."""
        self.sent[stamp_ns] = time.monotonic_ns()
        for name, picture in pictures.items():
            height, width = picture.shape[:2]
            message = Image(width=width, height=height, encoding="bgr8", step=3 * width)
            message.data = array.array("B")
            message.data.frombytes(np.ascontiguousarray(picture).data)
            info = camera_info(self._rig[name].lens, width, height)
            for header in (message.header, info.header):
                header.stamp, header.frame_id = time_from_ns(stamp_ns), f"{name}_optical"
            self._infos[name].publish(info)
            self._images[name].publish(message)


def _place(name: str, camera: RigCamera) -> TransformStamped:
    message = TransformStamped(child_frame_id=f"{name}_optical")
    message.header.frame_id = WORLD
    for axis, value in zip("xyz", camera.pose.position.tolist(), strict=True):
        setattr(message.transform.translation, axis, value)
    for axis, value in zip("xyzw", quat_from_matrix(camera.pose.rotation).tolist(), strict=True):
        setattr(message.transform.rotation, axis, value)
    return message


class Listener(Node):
    """Hears what all nodes say.

    Attributes:
        joints: Stamp -> (22, 3) m in the world, of `fuse`.
        deviations: Stamp -> (3,) m along the world's axes that `fuse` expects the pelvis to be off by.
        came: Of "person" and every camera: stamp -> when its joint state came, monotonic ns.
        status: Of `fuse`.
    """

    def __init__(self, cameras: list[str]):
        super().__init__("benchmark")
        self.joints: dict[int, np.ndarray] = {}
        self.deviations: dict[int, np.ndarray] = {}
        self.came: dict[str, dict[int, int]] = {name: {} for name in ("person", *cameras)}
        self.status: dict[str, str] = {}
        self._offsets: np.ndarray | None = None
        self._states: dict[int, JointState] = {}
        for name in self.came:
            self.create_subscription(
                JointState, f"/{name}/joint_states", lambda message, name=name: self._heard(name, message), EVERYTHING
            )
        self.create_subscription(PoseWithCovarianceStamped, "/person/root_pose", self._on_root, EVERYTHING)
        self.create_subscription(String, "/person/robot_description", self._on_description, LATCHED)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def _heard(self, name: str, message: JointState) -> None:
        stamp = ns_from_time(message.header.stamp)
        self.came[name][stamp] = time.monotonic_ns()
        if name == "person":
            self._states[stamp] = message

    def _on_root(self, message: PoseWithCovarianceStamped) -> None:
        stamp = ns_from_time(message.header.stamp)
        state = self._states.get(stamp)
        if state is None or self._offsets is None:
            return
        local, at, _ = body_of(state, message, About())
        self.joints[stamp] = forward_kinematics(local, self._offsets, at)[1]
        self.deviations[stamp] = np.sqrt(np.reshape(message.pose.covariance, (6, 6)).diagonal()[:3])

    def _on_description(self, message: String) -> None:
        self._offsets = offsets_of(message.data)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.endswith("fusion"):
                self.status = {"message": status.message, **{pair.key: pair.value for pair in status.values}}


def came(listener: Listener, stamp_ns: int, seconds: float) -> bool:
    """Wait for the motion of an instant; where it does not come for so long, it is lost."""
    deadline = time.monotonic() + seconds
    while stamp_ns not in listener.joints and time.monotonic() < deadline:
        time.sleep(0.005)
    return stamp_ns in listener.joints


def wait(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Until it is so. Raises VtmError where it is not for so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise VtmError(f"{what} within {seconds:g} s; see what the nodes say above")
        time.sleep(0.02)


def play(cameras: Cameras, listener: Listener, nodes: dict[str, psutil.Process], rate: float, fps: float) -> dict:
    """Show the clip; the stamps of its frames, and how long each and the processor's work for it took."""
    wait(cameras.are_wanted, START_WITHIN_S, "the capture nodes do not listen")
    step, instants = round(1e9 / fps), cameras.instants()
    first, stamp, deadline = next(instants), time.time_ns(), time.monotonic() + START_WITHIN_S
    still = 0
    while still < STILL:  # as if the person stood still, until all has begun and bones are known
        if time.monotonic() > deadline:
            raise VtmError(f"no motion comes: {listener.status}; see what the nodes say above")
        cameras.show(first, stamp := stamp + STILL_NS)
        still += came(listener, stamp, STILL_WITHIN_S)
    before, began, stamps = _worked(nodes), time.monotonic(), []
    for row, shown in enumerate(track(chain([first], instants), "frames", FRAMES, console=Console(stderr=True))):
        cameras.show(shown, stamp := stamp + step)
        stamps.append(stamp)
        if rate:
            time.sleep(max(0.0, began + (row + 1) / rate - time.monotonic()))
        else:
            came(listener, stamp, LOST_AFTER_S)
    came(listener, stamp, LOST_AFTER_S)
    took, after = time.monotonic() - began, _worked(nodes)
    told, listener.status = listener.status, {}
    wait(lambda: listener.status, LOST_AFTER_S, f"no diagnostics come any more after {told}")
    worked = {name: 1e3 * (used - before[name]) / len(stamps) for name, used in after.items()}
    return {"stamps": stamps, "instant_ms": 1e3 * took / len(stamps), "processor": worked}


def _worked(nodes: dict[str, psutil.Process]) -> dict[str, float]:
    return {name: sum(process.cpu_times()[:2]) for name, process in nodes.items()}


def figures(listener: Listener, cameras: Cameras, rig: dict[str, RigCamera], stamps: list[int], true: Track) -> dict:
    """What is kept."""
    fps, pose = next(iter(cameras.videos.values())).fps, rig[SEAT].pose
    joints = np.full((len(stamps), NUM_JOINTS, 3), np.nan)
    for row, stamp in enumerate(stamps):
        if stamp in listener.joints:
            joints[row] = (listener.joints[stamp] - pose.position) @ pose.rotation
    late = {name: [(came[stamp] - cameras.sent[stamp]) / 1e6 for stamp in stamps if stamp in came]
            for name, came in listener.came.items()}  # fmt: skip
    deviations = [listener.deviations[stamp] for stamp in stamps if stamp in listener.deviations]
    return {
        "frames": len(stamps),
        **judged(Track(joints), true, fps),
        "expected_root_mm": np.round(1e3 * np.median(deviations, axis=0), 1).tolist(),
        "latency_ms": {name: {f"p{part}": round(float(np.percentile(times, part)), 1) for part in (50, 95)}
                       for name, times in late.items() if times},
        "lost": {name: len(stamps) - len(times) for name, times in late.items()},
        "cameras_per_motion": float(listener.status.get("cameras per motion", "nan")),
        "rays_distance_mm": float(listener.status.get("rays' distance [mm]") or "nan"),
    }  # fmt: skip


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, required=True, help="joints triangulated from all four cameras")
    parser.add_argument("--rate", type=float, default=0.0, help="instants shown per second, 0: one after the other")
    parser.add_argument(
        "--params-file", type=Path, default=share_folder() / "config/fused_camera.yaml",
        help="of the capture nodes (default: fused_camera.yaml)",
    )  # fmt: skip
    parser.add_argument("--speed", default="balanced", help="of the capture nodes (default: %(default)s)")
    parser.add_argument(
        "--wait", type=float, default=1.0,
        help="tf_timeout of fuse, s; so long it waits for a camera that sees nobody (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--cameras", default="", help="some of cam01 to cam04, with blanks between (default: all)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default: %(default)s)")
    arguments = parser.parse_args()
    load, rig = os.getloadavg()[0], load_rig(VIDEOS / "Calib.qca.txt")
    names = arguments.cameras.split() or list(rig)
    if len(names) < 2 or not set(names) <= set(rig):
        raise VtmError(f"--cameras names two or more of {', '.join(rig)}")
    seen = {name: rig[name] for name in names}
    patient = {"timeout": 60.0, "tf_timeout": arguments.wait}
    use_shared_memory_profile()
    rclpy.init(args=[])
    with ExitStack() as stack:
        stack.callback(rclpy.try_shutdown)
        cameras, listener = Cameras(seen), Listener(names)
        stack.enter_context(spinning(cameras, listener))
        told = {"cameras": f"[{', '.join(names)}]", "world_frame": WORLD, "stale_after": 60.0, **patient}
        nodes = {"fuse": stack.enter_context(running(node_command("fuse_node", told, "-r", "__ns:=/person")))}
        for name in names:
            given = {"speed": arguments.speed, "threads": 1, **patient}
            words = ("--params-file", str(arguments.params_file), "-r", f"__ns:=/{name}")
            nodes[name] = stack.enter_context(running(node_command("capture_node", given, *words)))
        watched = {name: psutil.Process(process.pid) for name, process in nodes.items()}
        fps = cameras.videos[names[0]].fps
        played = play(cameras, listener, watched, arguments.rate, fps)
        result = figures(listener, cameras, rig, played["stamps"], truth(arguments.reference, SEAT, fps))
    result["instant_ms"] = round(played["instant_ms"], 1)
    result["processor_ms_per_frame"] = {name: round(spent, 1) for name, spent in played["processor"].items()}
    table = Table("", "", title=" ".join(names))
    for name, value in result.items():
        table.add_row(name, f"{value:.1f}" if isinstance(value, float) else str(value))
    Console().print(table)
    asked = {"speed": arguments.speed, "rate": arguments.rate, "params_file": arguments.params_file.name}
    ran_on = {"machine": machine(usable_cores()), "versions": versions("vtm_ros", "numpy", "onnxruntime", "ros-rclpy")}
    ran_on["load_before"] = round(load, 2)
    keep({"date": today(), **ran_on, **asked, "cameras": names, **result}, arguments.out)


if __name__ == "__main__":
    start(main)
