"""The REP-155 view of the people, /humans/bodies/..., for programs that know no other: the parameter `hri`."""

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
    joint_states: Publisher
    skeleton: Publisher
    roi: Publisher
    urdf: Publisher
    seen: float = 0.0
    offsets: np.ndarray | None = None
    angles: np.ndarray | None = None

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        return self.joint_states, self.skeleton, self.roi, self.urdf


class HriView:
    """Everybody who is tracked as a REP-155 body: the list of ids, joint states, URDF, TF, 2D skeleton and box.

    Args:
        node: What publishes.
        timeout_s: Seconds without a motion after which somebody is not tracked.
        most: Bodies that have topics at a time; another one takes the place of the one that was seen longest ago.

    Attributes:
        residual_deg: Degrees, of the last projection (`hri_body`), NaN before.

    Raises:
        VtmError: hri_msgs is not installed.
    """

    def __init__(self, node: Node, timeout_s: float, most: int = 1):
        self._kinds = hri_messages.kinds()
        self._node, self._timeout_s, self._most = node, timeout_s, most
        self._tracked = node.create_publisher(self._kinds.IdsList, f"{BODIES}/tracked", LATCHED)
        self._tf = node.create_publisher(TFMessage, "/tf", TF_DEPTH)
        self._bodies: dict[int, _Body] = {}
        self._retired: list[Publisher] = []
        self._listed: list[str] = []
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
        header = Header(stamp=time_from_ns(motion.stamp_ns), frame_id=root.frame)
        with self._lock:
            body = self._body_of(person)
            body.seen = time.monotonic()
            self._list(header)
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
            for person in list(self._bodies):
                self._drop(person)
            self._list(self._now())
            self._destroy_retired()
        for publisher in (self._tracked, self._tf):
            self._node.destroy_publisher(publisher)

    def _body_of(self, person: int) -> _Body:
        if person not in self._bodies:
            while len(self._bodies) >= self._most:
                self._drop(min(self._bodies, key=lambda number: self._bodies[number].seen))
            body_id = "".join(random.choices(string.ascii_lowercase, k=ID_LETTERS))
            create, place, kinds = self._node.create_publisher, f"{BODIES}/{body_id}", self._kinds
            self._bodies[person] = _Body(
                body_id,
                create(JointState, f"{place}/joint_states", DEPTH),
                create(kinds.Skeleton2D, f"{place}/skeleton2d", DEPTH),
                create(kinds.NormalizedRegionOfInterest2D, f"{place}/roi", DEPTH),
                create(String, f"{place}/urdf", LATCHED),
            )
        return self._bodies[person]

    def _drop(self, person: int) -> None:
        """From any thread. The topics vanish later: an executor breaks if others destroy what it waits for."""
        self._retired += self._bodies.pop(person).publishers

    def _look(self) -> None:
        with self._lock:
            self._list(self._now())
            self._destroy_retired()

    def _destroy_retired(self) -> None:
        """To be called in the executor's thread."""
        while self._retired:
            self._node.destroy_publisher(self._retired.pop())

    def _list(self, header: Header) -> None:
        """Say who is tracked, if it is not the same as before."""
        since = time.monotonic() - self._timeout_s
        ids = [body.body_id for body in self._bodies.values() if body.seen >= since]
        if ids != self._listed and self._node.context.ok():
            self._tracked.publish(self._kinds.IdsList(header=header, ids=ids))
        self._listed = ids

    def _now(self) -> Header:
        return Header(stamp=self._node.get_clock().now().to_msg())
