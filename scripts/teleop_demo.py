"""Show teleoperation on a real clip: camera node -> capture -> retarget -> a simulated robot, all over DDS.

Run it with `make teleop-demo`. The nodes are processes of their own, remapped as teleop.launch.py does it; this one
holds the dead-man's switch, watches, and writes out/teleop.mp4 and out/teleop.json. Exit code 1 when a limit was
passed, the robot touched itself, or hardly followed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))

import cv2
import numpy as np
import rclpy
from rich.console import Console
from rich.table import Table
from teleop_checks import numbers
from teleop_film import write_film
from teleop_listener import Operator

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_robot.profile.model import draft_robot
from vtm_ros.nodes.programs import node_command, running
from vtm_tools.robot.skin import read_skin

ROOT = Path(__file__).resolve().parent.parent
CLIP = Path(sys.prefix) / "share/vtm/clips/pose2sim/cam03.mp4"
ROBOT = Path(sys.prefix) / "share/vtm/robots/jvrc1.urdf"
LARGEST = 960
LEAST_S = 1.0
"""A robot that followed for less has not shown anything."""
START_WITHIN_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Let a simulated robot follow the person in a clip, through ROS 2.")
    parser.add_argument("--clip", type=Path, default=CLIP, help="video file (default: one that the set-up fetched)")
    parser.add_argument("--robot", type=Path, default=ROBOT, help="its URDF (default: JVRC-1)")
    parser.add_argument("--rounds", type=int, default=2, help="how often the clip is played there and back")
    parser.add_argument("--rate", type=float, default=15.0, help="frames per second; less for a busy machine")
    parser.add_argument("--pose-model", default="full", choices=("lite", "full", "heavy"), help="2D pose network")
    parser.add_argument("--stale-after", type=float, default=0.4, help="oldest image that is followed, seconds")
    parser.add_argument("--prediction-ms", type=int, default=0, help="how far the capture looks ahead")
    parser.add_argument("--command-rate", type=float, default=30.0, help="commands per second")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="folder for the results (default: out)")
    options = parser.parse_args()
    console = Console()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        return run(options, console)
    except (VtmError, OSError) as fault:
        Console(stderr=True).print(f"[red]demo failed:[/red] {fault}", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130


def run(options: argparse.Namespace, console: Console) -> int:
    model, _ = draft_robot(options.robot)
    pictures = there_and_back(options.clip, options.rounds)
    rclpy.init()
    operator = Operator(model.tree)
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as processes:
            clip = write_clip(Path(folder) / "clip.mp4", pictures, options.rate)
            log = processes.enter_context((options.out / "teleop.log").open("w"))
            output = {"stdout": log, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
            *commands, camera_command = programs(options, clip)
            for command in commands:
                processes.enter_context(running(command, **output))
            wait(operator, operator.hears_robot, f"robot or retarget did not start; see {log.name}")
            wait(operator, operator.hears_camera_node, f"capture did not start; see {log.name}")
            camera = processes.enter_context(running(camera_command, **output))
            deadline = time.monotonic() + START_WITHIN_S + 10 * len(pictures) / options.rate
            while camera.poll() is None and time.monotonic() < deadline:
                rclpy.spin_once(operator, timeout_sec=0.05)
            wait(operator, lambda: operator.state[0] == "HOLD", f"the robot does not stop; see {log.name}")
        watched = operator.watched
    finally:
        operator.destroy_node()
        rclpy.try_shutdown()
    found = numbers(model, watched)
    skin = read_skin(options.robot, model.tree)
    write_film(options.out / "teleop.mp4", model, skin, watched, pictures, options.rate)
    with atomic_file(options.out / "teleop.json") as part:
        part.write_text(json.dumps(found, indent=2) + "\n")
    console.print(table(found))
    console.print(f"written: teleop.mp4 and teleop.json in {options.out}", highlight=False, soft_wrap=True)
    if found["followed_s"] < LEAST_S:
        console.print("It hardly followed: what is late is not followed. Play it slower: --rate 10 --stale-after 0.5")
    wrong = found["joints_beyond_their_range"] + found["commands_beyond_limits"] + found["self_collisions"]
    return int(bool(wrong) or found["followed_s"] < LEAST_S)


def there_and_back(clip: Path, rounds: int) -> list[np.ndarray]:
    """The pictures of `clip`, at most LARGEST pixels large, so that none jumps. Raises VtmError."""
    capture = cv2.VideoCapture(str(clip))
    pictures = []
    while (picture := capture.read()[1]) is not None:
        scale = min(1.0, LARGEST / max(picture.shape[:2]))
        pictures.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    if not pictures:
        raise VtmError(f"cannot read the clip {clip}; name another with --clip")
    return (pictures + pictures[-2:0:-1]) * rounds


def write_clip(path: Path, pictures: list[np.ndarray], rate: float) -> Path:
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, (width, height))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def programs(options: argparse.Namespace, clip: Path) -> list[list[str]]:
    """The commands of robot, retarget, capture and camera."""
    simulated = [sys.executable, str(Path(__file__).parent / "simulated_robot.py"), str(options.robot)]
    nodes: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        (
            "retarget_node",
            {
                "output": "trajectory",
                "min_quality": "degraded",
                "start_within": 180.0,
                "stale_after": options.stale_after,
                "rate": options.command_rate,
            },
            {
                "robot/joint_states": "/joint_states",
                "robot/robot_description": "/robot_description",
                "~/joint_trajectory": "/joint_trajectory_controller/joint_trajectory",
            },
        ),
        ("capture_node", {"prediction_ms": options.prediction_ms, "pose_model": options.pose_model}, {}),
        ("video_camera", {"video": str(clip), "rate": options.rate}, {}),
    ]
    commands = [simulated]
    for module, parameters, remapped in nodes:
        renamed = [word for name, topic in remapped.items() for word in ("-r", f"{name}:={topic}")]
        commands.append(node_command(module, parameters, "-r", "__ns:=/person", *renamed))
    return commands


def wait(operator: Operator, condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            raise VtmError(f"{complaint} (last: {operator.state})")
        rclpy.spin_once(operator, timeout_sec=0.05)


def spelled(times_ms: dict[str, float]) -> str:
    return ", ".join(f"{share} {value:.1f} ms" for share, value in times_ms.items())


def table(found: dict[str, Any]) -> Table:
    shown = Table(f"{found['robot']}, simulated", "")
    for name, spread in (found["arms_off_deg"] or {}).items():
        shown.add_row(f"{name.replace('_', ' ')} off by", f"{spread['mean']:.1f}°, 95 % within {spread['p95']:.1f}°")
    rows = {
        "followed": f"{found['followed_s']:g} s",
        "joints beyond their range, commands beyond limits": (
            f"{found['joints_beyond_their_range']}, {found['commands_beyond_limits']}"
        ),
        "self-collisions, least clearance": f"{found['self_collisions']}, {1000 * found['least_clearance_m']:.0f} mm",
        "image stamp to pose": spelled(found["pose_latency_ms"]),
        "image stamp to command": spelled(found["latency_ms"]),
        "a command takes": spelled(found["command_ms"]),
        "held": "; ".join(found["interruptions"]) or "never",
    }
    for name, value in rows.items():
        shown.add_row(name, value)
    return shown


if __name__ == "__main__":
    sys.exit(main())
