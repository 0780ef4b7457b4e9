"""How a publisher's topic is described in a ROS 2 bag."""

from functools import lru_cache
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile

from vtm_trt.session_log.topic import Topic

FOREVER = "{sec: 9223372036, nsec: 854775807}"


def recorded_topic(publisher: Publisher) -> Topic:
    """The topic of `publisher` with the definition of its messages, from the installed message packages."""
    package, kind = _package(publisher.msg_type), publisher.msg_type.__name__
    return Topic(publisher.topic_name, f"{package}/msg/{kind}", definition(package, kind), _qos(publisher.qos_profile))


@lru_cache
def definition(package: str, kind: str) -> str:
    """The .msg text of a message and, after lines of `=`, of every message within it."""
    texts: dict[tuple[str, str], str] = {}
    _collect(package, kind, texts)
    (_, first), *within = texts.items()
    return "".join([first, *(f"{'=' * 80}\nMSG: {owner}/{name}\n{text}" for (owner, name), text in within)])


def _collect(package: str, kind: str, texts: dict[tuple[str, str], str]) -> None:
    if (package, kind) in texts:
        return
    text = (Path(get_package_share_directory(package)) / "msg" / f"{kind}.msg").read_text(encoding="utf-8")
    texts[package, kind] = text if text.endswith("\n") else text + "\n"
    for line in text.splitlines():
        field_type = line.split("#")[0].strip().split(" ")[0].split("[")[0]
        owner, slash, name = field_type.rpartition("/")
        if name[:1].isupper():
            _collect(owner if slash else package, name, texts)


def _package(message_type: type) -> str:
    return message_type.__module__.split(".")[0]


def _qos(profile: QoSProfile) -> str:
    """In rosbag2's YAML; every distribution reads the policies as the numbers of rmw."""
    lines = (
        f"history: {int(profile.history)}", f"depth: {profile.depth}", f"reliability: {int(profile.reliability)}",
        f"durability: {int(profile.durability)}", f"deadline: {FOREVER}", f"lifespan: {FOREVER}", "liveliness: 1",
        f"liveliness_lease_duration: {FOREVER}", "avoid_ros_namespace_conventions: false",
    )  # fmt: skip
    return "- " + "\n  ".join(lines) + "\n"
