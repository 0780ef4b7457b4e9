"""One of the cameras: the bodies that its capture node told last, and where it stood then."""

import time
from collections.abc import Callable
from operator import sub
from statistics import median

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray

from vtm.types import Motion
from vtm_ros.conversions.person_from_messages import About
from vtm_ros.conversions.tf_tree import IDENTITY, NoTransform
from vtm_ros.fuse.seen_body import Body, heard_body, seen_from
from vtm_ros.inputs.body_input import NEWEST, BodyInput
from vtm_ros.inputs.tf_listener import TfListener
from vtm_trt.fusion.recordings import motion_at

KEPT = 30
"""Bodies; enough for cameras that come some frames earlier than others."""
USUAL_NS = 33_333_333
"""From frame to frame, until two have come."""


class Camera:
    """Hears a capture node.

    Args:
        node: Whose subscriptions they are.
        name: Namespace of the capture node.
        frame: Of its optical axes; empty: that of its `root_pose`.
        world_frame: In which the pose is looked up.
        poses: What TF tells.
        told: Called with this camera when a body came.

    Attributes:
        name: Of the camera.
        placed: Whether its pose was ever known.
        trouble: Why it does not help; empty while it does.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        frame: str,
        world_frame: str,
        poses: TfListener,
        told: Callable[["Camera"], None],
    ):
        self.name, self.placed, self.trouble = name, False, ""
        self._node, self._frame, self._world_frame, self._poses, self._told = node, frame, world_frame, poses, told
        self._bodies: list[Body] = []
        self._motions: dict[int, Motion] = {}
        self._contacts: np.ndarray = np.zeros(4)
        self._came: float | None = None
        self._input = BodyInput(node, self._on_body, f"/{name}")
        self._feet = node.create_subscription(Float32MultiArray, f"/{name}/contacts", self._on_contacts, NEWEST)

    @property
    def newest_ns(self) -> int:
        """The stamp of the last body, nanoseconds."""
        return self._bodies[-1].motion.stamp_ns

    @property
    def frame_ns(self) -> float:
        """From frame to frame, nanoseconds."""
        stamps = [body.motion.stamp_ns for body in self._bodies]
        return median(map(sub, stamps[1:], stamps)) if len(stamps) > 1 else USUAL_NS

    def is_live(self, stale_after_s: float) -> bool:
        """Whether it told a body within so many seconds; if not, `trouble` says so."""
        if self._came is None:
            self.trouble = f"nothing comes on /{self.name}/joint_states; start its capture node in that namespace"
            return False
        live = time.monotonic() - self._came <= stale_after_s
        if not live:
            self.trouble = "silent; it sees nobody, or its capture node has ended"
        return live

    def is_to_come(self, stamp_ns: int) -> bool:
        """Whether it is worth to wait for more of an instant: for the body, or for the pose where TF told it before."""
        if self.newest_ns < stamp_ns - self.frame_ns / 2:
            return True
        return self.placed and bool(self._place(self._bodies[-1]))

    def at(self, stamp_ns: int) -> Motion | None:
        """What the camera has of an instant, None where that is nothing: `trouble` says why."""
        unplaced = [why for why in map(self._place, self._bodies) if why]
        motion = motion_at([*self._motions.values()], stamp_ns, self.frame_ns)
        self.trouble = ""
        if motion is None:
            off_s = abs(self.newest_ns - stamp_ns) * 1e-9
            apart = f"{off_s:.2f} s apart from the others; let all cameras stamp by one clock"
            self.trouble = unplaced[-1] if unplaced else apart
        return motion

    def close(self) -> None:
        """Unsubscribe."""
        self._input.close()
        self._node.destroy_subscription(self._feet)

    def _place(self, body: Body) -> str:
        """Look up where the camera stood, unless that is known; why that cannot be told, empty where it is."""
        stamp_ns, frame = body.motion.stamp_ns, self._frame or body.frame
        if stamp_ns in self._motions:
            return ""
        if frame == self._world_frame:
            return (
                f"its root_pose is told in {frame}, so that nothing tells which frame the camera is; name it in "
                "camera_frames, or start its capture node without world_frame"
            )
        try:
            place = self._poses.lookup(self._world_frame, frame, stamp_ns, 0.0)
            camera = IDENTITY if frame == body.frame else self._poses.lookup(body.frame, frame, stamp_ns, 0.0)
        except NoTransform as fault:
            return str(fault)
        self._motions = dict(sorted([*self._motions.items(), (stamp_ns, seen_from(body, camera, place))]))
        self.placed = True
        return ""

    def _on_contacts(self, message: Float32MultiArray) -> None:
        if len(message.data) == len(self._contacts):
            self._contacts = np.array(message.data, float)

    def _on_body(self, angles: JointState, root: PoseWithCovarianceStamped, about: About) -> None:
        body = heard_body(angles, root, about, self._contacts)
        if self._bodies and body.motion.stamp_ns <= self.newest_ns:
            self._bodies, self._motions = [], {}  # time began anew
        self._bodies = [*self._bodies, body][-KEPT:]
        oldest = self._bodies[0].motion.stamp_ns
        self._motions = {stamp: motion for stamp, motion in self._motions.items() if stamp >= oldest}
        self._came = time.monotonic()
        self._told(self)
