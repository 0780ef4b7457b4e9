"""Show the whole product on a real clip: camera node -> DDS -> capture node -> a subscriber that checks what arrives.

Run it with `make demo`. The nodes are processes of their own; this one listens, checks, and writes out/motion.npz,
out/motion.bvh and out/picture.png from nothing but the messages it got. Exit code 1 when a check fails.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))

try:
    import rclpy
    from ament_index_python.packages import get_package_prefix
except ImportError as missing:
    sys.exit(f"error: ROS 2 is not in this environment ({missing}); run `make demo`")
from demo_checks import CheckFailed, check
from demo_listener import Heard, Listener
from lifecycle_msgs.msg import Transition
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from vtm.errors import VtmError
from vtm.files.bvh import write_bvh
from vtm_ros.nodes.programs import running
from vtm_tools.render.overview import draw_motion, example_frames, read_images
from vtm_trt.sources.video import Video

ROOT = Path(__file__).resolve().parent.parent
CLIP = Path(sys.prefix) / "share/vtm/clips/sports2d/demo.mp4"
ANSWER_WITHIN_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a clip through the ROS nodes and check what they publish.")
    parser.add_argument("--clip", type=Path, default=CLIP, help="video file (default: the one the set-up fetched)")
    parser.add_argument("--rate", type=float, default=0.0, help="frames per second (default: the clip's own)")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="folder for the results (default: out)")
    options = parser.parse_args()
    console = Console()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        run(options.clip, options.rate, options.out, console)
    except (VtmError, CheckFailed, OSError) as fault:
        Console(stderr=True).print(f"[red]demo failed:[/red] {fault}", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(clip_file: Path, rate: float, out: Path, console: Console) -> None:
    video = Video(clip_file)
    video.close()
    rate = rate or video.fps
    console.print(f"{clip_file.name}: {video.frame_count} frames of {video.width}x{video.height} at {rate:g} fps")
    log = out / "nodes.log"
    rclpy.init()
    listener = Listener()
    try:
        with log.open("w") as file, node("capture", file, log, "autostart:=false"):
            wait(listener, listener.hears_capture, f"the capture node did not start; see {log}")
            with node("video_camera", file, log, f"video:={clip_file}", f"rate:={rate}") as camera:
                wait(listener, listener.hears_camera, f"the camera node did not start; see {log}")
                wait(listener, listener.change_state(Transition.TRANSITION_CONFIGURE), f"not configured; see {log}")
                wait(listener, listener.hears_motion, f"the capture node does not publish; see {log}")
                wait(listener, listener.change_state(Transition.TRANSITION_ACTIVATE), f"not activated; see {log}")
                follow(listener, camera, video, rate, console)
            ended = time.time_ns()
            wait(listener, lambda: listener.counted_after(ended), "the capture node has fallen silent")
        heard = listener.heard
    finally:
        listener.destroy_node()
        rclpy.try_shutdown()
    for line in check(heard, video.frame_count):
        console.print(f"  [green]ok[/green]  {line}", highlight=False, soft_wrap=True)
    motion = heard.motion_clip(rate)
    motion.save(out / "motion.npz")
    write_bvh(out / "motion.bvh", motion.quat_local, motion.root_cam, motion.offsets, rate)
    frames = example_frames(motion.valid)
    missed = max(video.frame_count - len(motion.valid), 0)
    images = read_images(clip_file, [frame + missed for frame in frames])
    draw_motion(out / "picture.png", motion, frames, images, f"{clip_file.name}, through ROS 2")
    console.print(table(heard))
    console.print(f"written: motion.npz, motion.bvh and picture.png in {out}", highlight=False, soft_wrap=True)


@contextmanager
def node(name: str, output, log: Path, *parameters: str):
    """A node of the package as a process, which must end with exit code 0."""
    program = Path(get_package_prefix("vtm_ros")) / "lib/vtm_ros" / name
    arguments = [program, "--ros-args", *(word for parameter in parameters for word in ("-p", parameter))]
    with running(arguments, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as process:
        yield process
    if process.returncode:
        raise CheckFailed(f"the node {name} ended with exit code {process.returncode}; see {log}")


def wait(listener: Listener, condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            raise CheckFailed(complaint)
        rclpy.spin_once(listener, timeout_sec=0.05)


def follow(listener: Listener, camera: subprocess.Popen, video: Video, rate: float, console: Console) -> None:
    """Listen until the camera has played the whole video."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    within_s = ANSWER_WITHIN_S + 10 * video.frame_count / rate
    deadline = time.monotonic() + within_s
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        sent = bar.add_task("frames sent", total=video.frame_count)
        posed = bar.add_task("poses received", total=video.frame_count)
        while camera.poll() is None:
            if time.monotonic() > deadline:
                raise CheckFailed(f"the camera did not finish within {within_s:.0f} s")
            rclpy.spin_once(listener, timeout_sec=0.05)
            bar.update(sent, completed=len(listener.heard.camera_infos))
            bar.update(posed, completed=len(listener.heard.joint_states))


def table(heard: Heard) -> Table:
    shown = Table("measured by the subscriber", "")
    for name, value in heard.figures().items():
        shown.add_row(name, value)
    return shown


if __name__ == "__main__":
    sys.exit(main())
