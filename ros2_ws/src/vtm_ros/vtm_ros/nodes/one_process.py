"""`vtm_capture`: camera and capture in one process, the same nodes as the launch file starts in two."""

import argparse
import sys

from rclpy.parameter import Parameter
from rclpy.task import Future
from rclpy.utilities import remove_ros_args

from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.run import run_nodes
from vtm_ros.nodes.video_camera import VideoCamera

LAST_FRAME_WITHIN_S = 5.0


def main(args: list[str] | None = None) -> int:
    """Entry point of the program `vtm_capture`."""
    args = sys.argv if args is None else [sys.argv[0], *args]
    options = _parser().parse_args(remove_ros_args(args)[1:])
    chosen = [Parameter(name, value=value) for name, value in vars(options).items() if value is not None]
    done = Future()

    def make():
        camera = VideoCamera(parameter_overrides=chosen)
        yield camera
        capture = CaptureNode()
        yield capture
        capture.autostart()

        def finish(_):
            capture.wait_idle(LAST_FRAME_WITHIN_S)
            done.set_result(None)

        camera.done.add_done_callback(finish)

    return run_nodes(make, args, done)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vtm_capture",
        description="Publish the motion of the person in a video or in front of a camera as ROS 2 topics.",
        epilog="Everything after --ros-args goes to the nodes, for example: "
        "--ros-args -r __ns:=/person -p lookahead:=4",
    )
    parser.add_argument("--video", required=True, help="video file, device path, device number, or URL of a stream")
    parser.add_argument("--rate", type=float, help="frames per second (default: the video's own)")
    parser.add_argument("--loop", action="store_true", default=None, help="start again at the end of the file")
    parser.add_argument("--camera-info-file", help="camera_calibration YAML of the camera")
    parser.add_argument("--frame-id", help="frame of the camera's optical axes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
