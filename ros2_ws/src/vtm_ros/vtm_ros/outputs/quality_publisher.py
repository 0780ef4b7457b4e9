"""The latched topic `quality`: whether the motion can be relied on, and why not; said whenever it changes."""

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.node import Node

from vtm_ros.outputs.motion_publisher import LATCHED
from vtm_trt.postprocess.quality import Level, Quality

LEVELS = {Level.GOOD: DiagnosticStatus.OK, Level.DEGRADED: DiagnosticStatus.WARN, Level.LOST: DiagnosticStatus.STALE}


class QualityPublisher:
    """Publishes the quality of the motion, and a number of whose it is, whenever they change.

    Args:
        node: What publishes.
        name: Of the status, as in /diagnostics.
        topic: That it is published on.
    """

    def __init__(self, node: Node, name: str, topic: str = "quality"):
        self._node = node
        self._publisher = node.create_publisher(DiagnosticStatus, topic, LATCHED)
        self._name = name
        self._said: tuple[Quality, int] | None = None

    def say(self, quality: Quality, person: int) -> None:
        """Publish `quality` of the motion of `person` if it is another one than before."""
        if (quality, person) == self._said:
            return
        self._said = quality, person
        reasons = [KeyValue(key=f"reason {number}", value=reason) for number, reason in enumerate(quality.reasons, 1)]
        values = [*reasons, KeyValue(key="person", value=str(person))]
        self._publisher.publish(
            DiagnosticStatus(level=LEVELS[quality.level], name=self._name, message=quality.level.name, values=values)
        )

    def close(self) -> None:
        """Destroy the publisher."""
        self._node.destroy_publisher(self._publisher)
