#!/usr/bin/env python3
"""What each topic of a captured motion costs the node: processor time to make its message, and to send it.

    source .venv/ros_env.sh; .venv/bin/python benchmarks/topic_cost.py

The node's own publishers send the motions of a clip to a subscriber in another process. Only the time of the thread
that publishes is counted, so that it does not matter what else the machine does. `skeleton` costs nothing while nobody
subscribes to it.
"""

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import rclpy
from live_capture import CLIP, WHOLE
from program import keep, start
from rclpy.executors import ExternalShutdownException
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rich.console import Console
from rich.table import Table

from vtm.types import Motion
from vtm_ros.nodes.run import use_shared_memory_profile
from vtm_ros.outputs.motion_publisher import DEPTH, LATCHED, TF_DEPTH, MotionPublisher
from vtm_ros.parameters import BodyParameters, Parameters
from vtm_tools.bench.clip import frames, recorded
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/topic_cost.json"
LISTENS = "--listen"
FOUND_WITHIN_S = 20.0
EVERY_S = 0.005
ANGLES = "joint angles, of which several are made"


class Weighed(MotionPublisher):
    """Notes milliseconds of the processor's time: (to make, to send) of each topic."""

    def __init__(self, node: LifecycleNode, hands: bool):
        super().__init__(node, hands=hands)
        self.ms: dict[str, list[tuple[float, float]]] = defaultdict(list)
        posed = self._body.posed

        def timed(*given: Any) -> Any:
            found = posed(*given)
            self._note(ANGLES, time.thread_time())
            return found

        self._body.posed = timed  # type: ignore[method-assign]

    def publish(self, *given: Any, **named: Any) -> Any:
        self._since = time.thread_time()
        return super().publish(*given, **named)

    def _send(self, publisher: Any, message: Any) -> None:
        made = time.thread_time()
        super()._send(publisher, message)
        self._note(publisher.topic_name.removeprefix("/"), made)

    def _note(self, what: str, made: float) -> None:
        now = time.thread_time()
        self.ms[what].append((1e3 * (made - self._since), 1e3 * (now - made)))
        self._since = now


def motions(most: int, hands: str) -> list[Motion]:
    """Of the sample clip."""
    tracker = PoseTracker("lite", hands=hands)
    stream = MotionStream(tracker, postprocess=PostprocessConfig(), hands=hands != "off")
    given = [stream.step(frame) for frame in frames(recorded(CLIP), min(most + WHOLE.start, WHOLE.stop))]
    return [motion for motion in given[WHOLE.start :] if motion]


def measure(given: list[Motion], rounds: int, hands: bool) -> dict[str, dict[str, float]]:
    """Every topic: milliseconds to make and to send its message, medians, and how many of them a motion has."""
    use_shared_memory_profile()
    rclpy.init(args=[])
    node = LifecycleNode("topic_cost")
    publisher, parameters = Weighed(node, hands), Parameters(node, BodyParameters).values
    node.trigger_configure()
    node.trigger_activate()
    listener = subprocess.Popen([sys.executable, __file__, LISTENS])
    try:
        wait_until(lambda: node.count_subscribers("joint_states") and node.count_subscribers("skeleton"))
        for number in range(rounds + 1):
            if number == 1:
                publisher.ms.clear()
            for motion in given:
                publisher.publish(motion, "camera", parameters)
                time.sleep(EVERY_S)
    finally:
        listener.terminate()
        listener.wait()
        rclpy.try_shutdown()
    count = rounds * len(given)
    return {
        topic: {
            "make_ms": round(median(one for one, _ in spent), 3),
            "send_ms": round(median(two for _, two in spent), 3),
            "per_motion": round(len(spent) / count, 2),
        }
        for topic, spent in sorted(publisher.ms.items(), key=lambda row: -sum(map(sum, row[1])))
    }


def wait_until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + FOUND_WITHIN_S
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit("error: the subscriber is not found; see what it says above")
        time.sleep(0.05)


def listen() -> None:
    """Subscribe to all that a node publishes of a person, until ended."""
    use_shared_memory_profile()
    rclpy.init(args=[])
    node = Node("listener")
    topics = LifecycleNode("topics")
    for publisher in vars(MotionPublisher(topics, hands=True)).values():
        for one in publisher if isinstance(publisher, list) else [publisher]:
            if hasattr(one, "topic_name"):
                profile = {"/tf": TF_DEPTH, "/robot_description": LATCHED}.get(one.topic_name, DEPTH)
                node.create_subscription(one.msg_type, one.topic_name, lambda _: None, profile, raw=True)
    topics.destroy_node()
    with suppress(ExternalShutdownException):
        rclpy.spin(node)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--motions", type=int, default=60, help="of the clip (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--hands", default="off", choices=("off", "lite", "full"), help="(default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default: %(default)s)")
    parser.add_argument(LISTENS, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.listen:
        listen()
        return
    topics = measure(motions(arguments.motions, arguments.hands), arguments.rounds, arguments.hands != "off")
    table = Table("topic", "make, ms", "send, ms", "per motion", title="processor time of the node")
    for topic, row in topics.items():
        table.add_row(topic, f"{row['make_ms']:.3f}", f"{row['send_ms']:.3f}", f"{row['per_motion']:g}")
    Console().print(table)
    ran_on = {"machine": machine(usable_cores()), "versions": versions("vtm_ros", "ros-rclpy", "ros-fastdds")}
    keep({"date": today(), **ran_on, "hands": arguments.hands, "topics": topics}, arguments.out)


if __name__ == "__main__":
    start(main)
