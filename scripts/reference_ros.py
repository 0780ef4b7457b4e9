"""What the nodes declare, asked of the nodes themselves: parameters, topics with their QoS, services, diagnostics."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from reference_meanings import (
    DIAGNOSTICS,
    FUSE_DIAGNOSTICS,
    FUSE_TOPICS,
    RETARGET_DIAGNOSTICS,
    RETARGET_SERVICES,
    RETARGET_TOPICS,
    SERVICES,
    TOPICS,
)

from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.fuse_node import FuseNode
from vtm_ros.nodes.retarget_node import RetargetNode
from vtm_ros.parameter_field import valid_values
from vtm_ros.parameters import (
    CaptureParameters,
    FuseParameters,
    ReplayParameters,
    RetargetParameters,
    VideoCameraParameters,
    ViewerParameters,
)

NODES = {
    "capture": CaptureParameters,
    "fuse": FuseParameters,
    "retarget": RetargetParameters,
    "video_camera": VideoCameraParameters,
    "replay": ReplayParameters,
    "viewer": ViewerParameters,
}
EVERYTHING_ON = {
    "autostart": False,
    "imu": True,
    "hands": "lite",
    "record_directory": tempfile.gettempdir(),
    "joy_button": 0,
}
"""Parameters with which a node has all its topics, except those of hri_msgs, which need not be installed."""
MEANINGS = {
    "capture": (TOPICS, SERVICES, DIAGNOSTICS),
    "fuse": (FUSE_TOPICS, {}, FUSE_DIAGNOSTICS),
    "retarget": (RETARGET_TOPICS, RETARGET_SERVICES, RETARGET_DIAGNOSTICS),
}
PROGRAMS = {"capture": CaptureNode, "fuse": FuseNode, "retarget": RetargetNode}
ROBOT = '<robot name="arm"><link name="base"/>{}</robot>'.format(
    "".join(
        f'<link name="l{n}"/><joint name="j{n}" type="revolute"><parent link="{"base" if n == 0 else f"l{n - 1}"}"/>'
        f'<child link="l{n}"/><origin xyz="0.05 0 0.2"/><axis xyz="{"0 1 0" if n % 2 else "0 0 1"}"/>'
        '<limit lower="-2" upper="2" velocity="2" effort="9"/></joint>'
        for n in range(6)
    )
)
"""A robot, so that the node `retarget` publishes."""
OF_EVERY_NODE = ("rcl_interfaces/", "lifecycle_msgs/", "type_description_interfaces/")
DIAGNOSTICS_WITHIN_S = 10.0


def parameter_rows(node: str) -> list[list[str]]:
    """Name, default, valid values, whether it may change at run time, meaning."""
    return [
        [
            f"`{item.name}`",
            f"`{_as_yaml(item.default)}`",
            valid_values(item),
            "yes" if item.metadata["dynamic"] else "",
            item.metadata["text"],
        ]
        for item in fields(NODES[node])
    ]


@contextmanager
def running(name: str) -> Iterator[Node]:
    """The node `name`, active, with nobody to talk to."""
    rclpy.init(args=["--ros-args", "--log-level", "fatal"])
    try:
        known = {item.name for item in fields(NODES[name])}
        chosen = [Parameter(name, value=value) for name, value in EVERYTHING_ON.items() if name in known]
        node = PROGRAMS[name](parameter_overrides=chosen)
        node.trigger_configure()
        node.trigger_activate()
        if isinstance(node, RetargetNode):
            node._on_description(ROBOT)
        yield node
        node.destroy_node()
    finally:
        rclpy.try_shutdown()


def topic_rows(node: Node) -> list[list[str]]:
    """Name, direction, type, QoS, meaning, in the order of the meanings. The graph learns late, the node knows."""
    meanings = MEANINGS[node.get_name()][0]
    ends = [("in", end) for end in node.subscriptions] + [("out", end) for end in node.publishers]
    found = {
        (_short(end.topic_name, node.get_name()), way): [_kind(end.msg_type), _qos(end.qos_profile)]
        for way, end in ends
        if not _kind(end.msg_type).startswith(OF_EVERY_NODE)
    }
    _agree("topic", {" ".join(key) for key in found}, {" ".join(key) for key in meanings})
    return [[f"`{topic}`", way, *found[topic, way], meaning] for (topic, way), meaning in meanings.items()]


def service_rows(node: Node) -> list[list[str]]:
    """Name, type, meaning, in the order of the meanings."""
    meanings, name = MEANINGS[node.get_name()][1], node.get_name()
    kinds = {service.service_name: _kind(service.srv_type) for service in node.services}
    own = {
        service.replace(f"/{name}/", "~/"): kind
        for service, kind in kinds.items()
        if not kind.startswith(OF_EVERY_NODE)
    }
    _agree("service", set(own), set(meanings))
    return [[f"`{service}`", own[service], meaning] for service, meaning in meanings.items()]


def _kind(interface: type) -> str:
    """Such as sensor_msgs/Image."""
    return f"{interface.__module__.split('.')[0]}/{interface.__name__}"


def diagnostics_rows(node: Node) -> list[list[str]]:
    """Key and meaning of every value in /diagnostics, in the order of the meanings."""
    meanings = MEANINGS[node.get_name()][2]
    heard: list[DiagnosticArray] = []
    node.create_subscription(DiagnosticArray, "/diagnostics", heard.append, 10)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    deadline = time.monotonic() + DIAGNOSTICS_WITHIN_S
    while not heard and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
    if not heard:
        raise SystemExit(f"error: the node said nothing on /diagnostics within {DIAGNOSTICS_WITHIN_S:g} s")
    keys = {pair.key for pair in heard[-1].status[0].values}
    always = {key for key in meanings if not key.endswith("*")}
    _agree("key of /diagnostics", keys, always)
    return [[f"`{key.rstrip('*')}`", meaning] for key, meaning in meanings.items()]


def _agree(kind: str, found: set[str], told: set[str]) -> None:
    """Nothing without a meaning, no meaning without its thing."""
    for name in sorted(found - told):
        raise SystemExit(f"error: the {kind} '{name}' has no meaning yet; add it to scripts/reference_meanings.py")
    for name in sorted(told - found):
        raise SystemExit(f"error: there is no {kind} '{name}' any more; take it out of scripts/reference_meanings.py")


def _short(topic: str, node: str) -> str:
    """`/tf` and `/diagnostics` are absolute; all others are relative to the namespace."""
    return topic if topic in ("/tf", "/tf_static", "/diagnostics") else topic.replace(f"/{node}/", "~/").lstrip("/")


def _qos(profile) -> str:
    kind = "best effort" if profile.reliability == ReliabilityPolicy.BEST_EFFORT else "reliable"
    return f"{kind}, transient local" if profile.durability == DurabilityPolicy.TRANSIENT_LOCAL else kind


def _as_yaml(value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_as_yaml, value))}]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
