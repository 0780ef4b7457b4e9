#!/usr/bin/env python3
"""What each topic of a live capture sends: messages per second, bytes of each, kilobytes per second.

    source .venv/ros_env.sh; .venv/bin/python benchmarks/bandwidth.py

A 720p clip is played by the node `video_camera` at 30 Hz, the node `capture` answers, and this program takes every
topic of both as bytes. These are the messages alone: the middleware adds some 100 bytes to each, and sends it once for
every machine that subscribes. The images are also compressed as JPEG, to tell what they would be.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import cv2
from live_capture import live_capture, make_clip
from program import keep, start
from rclpy.node import Node
from rclpy.qos import HistoryPolicy
from rich.console import Console
from rich.table import Table

from vtm_ros.nodes.spinning import spinning
from vtm_tools.bench.machine import machine, on_cores, today, versions

RESULT = Path(__file__).parent / "results/bandwidth.json"
RATE_HZ = 30.0
JPEG_QUALITY = 95
"""As image_transport's compressed has it by default."""
NODES = ("video_camera", "capture")
OF_EVERY_NODE = ("/rosout", "/parameter_events")


class Scale(Node):
    """Weighs what comes on every topic of some nodes."""

    def __init__(self) -> None:
        super().__init__("scale")
        self.sizes: dict[str, list[int]] = defaultdict(list)
        self.types: dict[str, str] = {}
        for name in NODES:
            for topic, types in self.get_publisher_names_and_types_by_node(name, "/"):
                if topic not in OF_EVERY_NODE and topic not in self.types:
                    self._take(topic, types[0])

    def _take(self, topic: str, kind: str) -> None:
        package, _, message = kind.split("/")
        quality = self.get_publishers_info_by_topic(topic)[0].qos_profile
        quality.history, quality.depth = HistoryPolicy.KEEP_LAST, 100  # DDS does not tell these of a publisher
        self.types[topic] = kind
        of_kind = getattr(import_module(f"{package}.msg"), message)
        self.create_subscription(of_kind, topic, lambda data: self.sizes[topic].append(len(data)), quality, raw=True)


def weigh(clip: Path, seconds: float, parameters: dict[str, object]) -> dict[str, dict]:
    """Every topic: its type, messages per second, mean bytes, kB/s; the heaviest first."""
    with live_capture(clip, RATE_HZ, parameters):
        scale = Scale()
        with spinning(scale):
            time.sleep(2.0)
            before = {topic: len(sizes) for topic, sizes in scale.sizes.items()}
            began = time.monotonic()
            time.sleep(seconds)
            took = time.monotonic() - began
            found = {topic: scale.sizes[topic][before.get(topic, 0) :] for topic in scale.types}
            once = {topic: sizes[:1] for topic, sizes in scale.sizes.items()}
    rows = {
        topic: {
            "type": scale.types[topic],
            "hz": round(len(sizes) / took, 1),
            "bytes": round(sum(sizes or once.get(topic, [])) / max(len(sizes or once.get(topic, [])), 1)),
            "kb_per_s": round(sum(sizes) / took / 1000, 1),
        }
        for topic, sizes in found.items()
    }
    return dict(sorted(rows.items(), key=lambda row: -row[1]["kb_per_s"]))


def jpeg_bytes(clip: Path) -> int:
    """Mean size of the clip's pictures as JPEG."""
    film, sizes = cv2.VideoCapture(str(clip)), []
    while (image := film.read()[1]) is not None:
        sizes.append(len(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]))
    return round(sum(sizes) / len(sizes))


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="(default: %(default)s)")
    parser.add_argument("--hands", default="off", choices=("off", "lite", "full"), help="(default: %(default)s)")
    parser.add_argument(
        "--pose-model", default="lite", choices=("lite", "full", "heavy"), help="(default: %(default)s)"
    )
    parser.add_argument("--cores", type=int, default=2, help="of the processor (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, on_cores(arguments.cores) as cores:
        clip = make_clip(Path(folder))
        hands = f"'{arguments.hands}'"  # YAML takes a plain off for false
        topics = weigh(clip, arguments.seconds, {"pose_model": arguments.pose_model, "hands": hands})
        jpeg = jpeg_bytes(clip)
    table = Table("topic", "type", "Hz", "bytes", "kB/s", title="1280x720")
    for topic, row in topics.items():
        table.add_row(topic, row["type"], str(row["hz"]), str(row["bytes"]), str(row["kb_per_s"]))
    table.add_row("the image as JPEG", "", f"{RATE_HZ}", str(jpeg), f"{jpeg * RATE_HZ / 1000:.1f}")
    Console().print(table)
    keep(
        {
            "date": today(), "machine": machine(cores), "versions": versions("vtm_ros", "ros-rclpy"),
            "size": [1280, 720], "camera_hz": RATE_HZ, "hands": arguments.hands, "topics": topics,
            "jpeg_bytes": jpeg, "jpeg_quality": JPEG_QUALITY,
        },
        arguments.out,
    )  # fmt: skip


if __name__ == "__main__":
    start(main)
