"""The REP-155 view of the person, /humans/bodies/..., for programs that know no other: the parameter `hri`."""

import random
import string
import threading
import time
from dataclasses import dataclass

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState
from std_msgs.msg import Header, String
from tf2_msgs.msg import TFMessage

from vtm.types import Motion
from vtm_ros.conversions.messages import time_from_ns
from vtm_ros.conversions.root_pose import RootPose
from vtm_ros.outputs import hri_messages
from vtm_ros.outputs.hri_body import ANGLE_NAMES, project
from vtm_ros.outputs.hri_urdf import hri_urdf
from vtm_ros.outputs.motion_publisher import DEPTH, LATCHED, TF_DEPTH

BODIES = "/humans/bodies"
ID_LETTERS = 5


@dataclass
class _Body:
    """One person and the topics that bear their id."""

    body_id: str
    person: int
    joint_states: Publisher
    skeleton: Publisher
    roi: Publisher
    urdf: Publisher
    offsets: np.ndarray | None = None
    angles: np.ndarray | None = None

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        return self.joint_states, self.skeleton, self.roi, self.urdf


class HriView:
    """The tracked person as a REP-155 body: its list of ids, joint states, URDF, TF, 2D skeleton and box.

    Args:
        node: What publishes.
        timeout_s: Seconds without a motion after which nobody is tracked.

    Attributes:
        residual_deg: Degrees, of the last projection (`hri_body`), NaN before.

    Raises:
        VtmError: hri_msgs is not installed.
    """

    def __init__(self, node: Node, timeout_s: float):
        self._kinds = hri_messages.kinds()
        self._node, self._timeout_s = node, timeout_s
        self._tracked = node.create_publisher(self._kinds.IdsList, f"{BODIES}/tracked", LATCHED)
        self._tf = node.create_publisher(TFMessage, "/tf", TF_DEPTH)
        self._body: _Body | None = None
        self._listed = False
        self._seen = 0.0
        self._lock = threading.Lock()
        self._timer = node.create_timer(timeout_s / 2, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self.residual_deg = float("nan")

    def publish(self, motion: Motion, root: RootPose, offsets: np.ndarray, person: int, with_tf: bool) -> None:
        """Publish one motion, at the stamp of its image, in the worker's thread.

        Args:
            motion: The motion.
            root: Where the pelvis is.
            offsets: (22, 3) m of the published description.
            person: A number that changes with the person, and with it the id.
            with_tf: Also the frames body_<id> and below.
        """
        with self._lock:
            body = self._body_of(person)
            header = Header(stamp=time_from_ns(motion.stamp_ns), frame_id=root.frame)
            if not self._listed:
                self._list(header, [body.body_id])
            self._seen = time.monotonic()
        if body.offsets is not offsets:
            body.offsets = offsets
            body.urdf.publish(String(data=hri_urdf(offsets, body.body_id)))
        body.angles, self.residual_deg = project(motion.quat_local, offsets, body.angles)
        names = [f"{name}_{body.body_id}" for name in ANGLE_NAMES]
        body.joint_states.publish(JointState(header=header, name=names, position=body.angles.tolist()))
        if with_tf:
            self._tf.publish(hri_messages.transforms(header, root, offsets, body.angles, body.body_id))
        body.skeleton.publish(hri_messages.skeleton2d(self._kinds, header, motion.observation))
        body.roi.publish(hri_messages.roi(self._kinds, header, motion.observation))

    def close(self) -> None:
        """Nobody is tracked any more; destroys publishers and timer."""
        self._node.destroy_timer(self._timer)
        with self._lock:
            self._drop()
        for publisher in (self._tracked, self._tf):
            self._node.destroy_publisher(publisher)

    def _body_of(self, person: int) -> _Body:
        if self._body is None or self._body.person != person:
            self._drop()
            body_id = "".join(random.choices(string.ascii_lowercase, k=ID_LETTERS))
            create, place, kinds = self._node.create_publisher, f"{BODIES}/{body_id}", self._kinds
            self._body = _Body(
                body_id, person,
                create(JointState, f"{place}/joint_states", DEPTH),
                create(kinds.Skeleton2D, f"{place}/skeleton2d", DEPTH),
                create(kinds.NormalizedRegionOfInterest2D, f"{place}/roi", DEPTH),
                create(String, f"{place}/urdf", LATCHED),
            )  # fmt: skip
        return self._body

    def _drop(self) -> None:
        if self._body:
            for publisher in self._body.publishers:
                self._node.destroy_publisher(publisher)
        if self._listed:
            self._list(self._now(), [])
        self._body = None

    def _look(self) -> None:
        with self._lock:
            if self._listed and time.monotonic() - self._seen > self._timeout_s:
                self._list(self._now(), [])

    def _list(self, header: Header, ids: list[str]) -> None:
        if self._node.context.ok():
            self._tracked.publish(self._kinds.IdsList(header=header, ids=ids))
        self._listed = bool(ids)

    def _now(self) -> Header:
        return Header(stamp=self._node.get_clock().now().to_msg())
