"""The body of REP-155, and our pose projected onto its joints: pure, no node, no clock.

Links, joints, their names and axes are those of the package human_description; the lengths are the person's own. Its
trunk is one rigid piece that only bends forward over the hips, arms and legs are a ball joint and a hinge each, hands
and feet are missing. So limbs and head point exactly where ours do, while a bent or turned trunk leaves a residual.
"""

from typing import NamedTuple

import numpy as np

from vtm.body.joint_angles import ANGLE_LIMIT
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import joint_angles_from_matrix, matrix_from_quat, quat_normalize
from vtm.body.skeleton import HEAD_TOP, JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS, stature


class Joint(NamedTuple):
    """A joint from the link `parent` to the link `child`; its axis is a unit vector, None for a fixed joint."""

    name: str
    parent: str
    child: str
    axis: tuple[int, int, int] | None = None


def _arm(side: str, out: int) -> tuple[Joint, ...]:
    """out: 1 to the left, -1 to the right."""
    return (
        Joint(f"{side}_y_shoulder", "torso", f"{side}_y_shoulder", (0, 0, -out)),
        Joint(f"{side}_p_shoulder", f"{side}_y_shoulder", f"{side}_p_shoulder", (out, 0, 0)),
        Joint(f"{side}_r_shoulder", f"{side}_p_shoulder", f"{side}_shoulder", (0, 0, out)),
        Joint(f"{side}_elbow", f"{side}_shoulder", f"{side}_elbow", (0, -1, 0)),
        Joint(f"{side}_wrist", f"{side}_elbow", f"{side}_wrist"),
    )


def _leg(side: str, out: int) -> tuple[Joint, ...]:
    return (
        Joint(f"{side}_y_hip", "body", f"{side}_y_hip", (0, 0, -1)),
        Joint(f"{side}_p_hip", f"{side}_y_hip", f"{side}_p_hip", (out, 0, 0)),
        Joint(f"{side}_r_hip", f"{side}_p_hip", f"{side}_hip", (0, -1, 0)),
        Joint(f"{side}_knee", f"{side}_hip", f"{side}_knee", (0, -1, 0)),
        Joint(f"{side}_ankle", f"{side}_knee", f"{side}_ankle"),
    )


JOINTS = (
    Joint("waist", "body", "waist", (0, 1, 0)),
    Joint("torso", "waist", "torso"),
    Joint("r_head", "torso", "r_head", (1, 0, 0)),
    Joint("y_head", "r_head", "y_head", (0, 0, 1)),
    Joint("p_head", "y_head", "p_head", (0, -1, 0)),
    Joint("head", "p_head", "head"),
    *_arm("l", 1),
    *_arm("r", -1),
    *_leg("l", 1),
    *_leg("r", -1),
)
"""From the link `body` outwards. With all angles zero the person stands, arms hanging, facing x."""
ANGLE_NAMES = tuple(joint.name for joint in JOINTS if joint.axis)
"""The 20 revolute joints."""

_STRAIGHT = np.sin(np.radians(10.0))
"""A limb bent by less has no plane of its own, and takes that of its upper bone; one bent by twice as much keeps it."""
_USUAL_SHOULDER = np.array([0.4, 1.45, -0.1])
"""Middle of human_description's shoulder limits: it decides which of two equal descriptions the first sample takes."""
_HEAD_SIGNS = np.array([1.0, 1.0, -1.0])


class Projection(NamedTuple):
    """Our pose on the REP-155 body.

    Attributes:
        angles: (20,) rad in the order of ANGLE_NAMES.
        residual_deg: Mean angle between our bones and the model's, degrees.
    """

    angles: np.ndarray
    residual_deg: float


def body_origin(offsets: np.ndarray) -> np.ndarray:
    """Origin (3,) m of the link `body`, midway between the hips, in the pelvis' frame, from `offsets` (22, 3) m.

    The axes of both are the same.
    """
    return (offsets[JOINT_INDEX["left_hip"]] + offsets[JOINT_INDEX["right_hip"]]) / 2


def origins(offsets: np.ndarray) -> dict[str, np.ndarray]:
    """Where each joint sits in its parent link, (3,) m, for a person with `offsets` (22, 3) m."""
    still = np.broadcast_to(np.eye(3), (NUM_JOINTS, 3, 3))
    rest = _Places(forward_kinematics(still, np.asarray(offsets, float), np.zeros(3))[1])
    skull = HEAD_TOP / 2 * stature(offsets) / stature(VIRTUAL_OFFSETS)
    found: dict[str, np.ndarray] = {joint.name: np.zeros(3) for joint in JOINTS}
    found["torso"] = np.array([0, 0, np.linalg.norm(rest.trunk)])
    found["r_head"] = np.array([0, 0, np.linalg.norm(rest.neck)])
    found["head"] = np.array([skull / 2, 0, skull])
    for side, name, out in (("l", "left", 1), ("r", "right", -1)):
        found[f"{side}_y_shoulder"] = np.array([0, out * np.linalg.norm(rest.shoulders) / 2, 0])
        found[f"{side}_y_hip"] = np.array([0, out * np.linalg.norm(rest.hips) / 2, 0])
        for end, start, joint in (
            ("elbow", "shoulder", "elbow"), ("wrist", "elbow", "wrist"), ("knee", "hip", "knee"),
            ("ankle", "knee", "ankle"),
        ):  # fmt: skip
            length = np.linalg.norm(rest.bone(f"{name}_{start}", f"{name}_{end}"))
            found[f"{side}_{joint}"] = np.array([0, 0, -length])
    return found


def project(quat_local: np.ndarray, offsets: np.ndarray, previous: np.ndarray | None = None) -> Projection:
    """Our pose on the REP-155 body.

    Args:
        quat_local: (22, 4) xyzw relative to the parent.
        offsets: (22, 3) m of the person.
        previous: (20,) rad of the sample before; of equivalent angles the nearest are taken.
    """
    local = matrix_from_quat(quat_normalize(np.asarray(quat_local, float)))
    local[0] = np.eye(3)
    turns, joints = forward_kinematics(local, np.asarray(offsets, float), np.zeros(3))
    ours = _Places(joints)
    waist = np.arctan2(ours.trunk[0], ours.trunk[2])
    torso = np.array([[np.cos(waist), 0, np.sin(waist)], [0, 1, 0], [-np.sin(waist), 0, np.cos(waist)]])
    bones = [(ours.hips, np.array([0.0, 1, 0])), (ours.shoulders, torso[:, 1])]
    bones += [(ours.trunk, torso[:, 2]), (ours.neck, torso[:, 2])]

    angles: np.ndarray = np.zeros(len(ANGLE_NAMES))
    angles[0] = waist
    before = None if previous is None else _HEAD_SIGNS * previous[1:4]
    angles[1:4] = _HEAD_SIGNS * joint_angles_from_matrix(torso.T @ turns[JOINT_INDEX["head"]], "xzy", before)
    for first, (limb, parent) in zip(
        (4, 8, 12, 16),
        ((("left", "shoulder", "elbow", "wrist"), torso), (("right", "shoulder", "elbow", "wrist"), torso),
         (("left", "hip", "knee", "ankle"), np.eye(3)), (("right", "hip", "knee", "ankle"), np.eye(3))),
        strict=True,
    ):  # fmt: skip
        side, start, middle, end = limb
        upper = ours.bone(f"{side}_{start}", f"{side}_{middle}")
        lower = ours.bone(f"{side}_{middle}", f"{side}_{end}")
        turn, hinge = _ball_and_hinge(upper, lower, turns[JOINT_INDEX[f"{side}_{start}"], :, 0])
        before = None if previous is None else previous[first : first + 3]
        ball = _shoulder if start == "shoulder" else _hip
        angles[first : first + 3] = ball(parent.T @ turn, 1 if side == "left" else -1, before)
        angles[first + 3] = hinge
        bones += [(upper, -turn[:, 2]), (lower, turn @ [np.sin(hinge), 0, -np.cos(hinge)])]
    angles = np.where(np.abs(angles) > ANGLE_LIMIT, np.remainder(angles + np.pi, 2 * np.pi) - np.pi, angles)
    true, model = (np.array(directions) for directions in zip(*bones, strict=True))
    apart = np.arctan2(np.linalg.norm(np.cross(true, model), axis=-1), (true * model).sum(-1))
    return Projection(angles, float(np.degrees(apart.mean())))


class _Places:
    """Joint positions (22, 3) by name, and what the REP-155 body measures between them."""

    def __init__(self, joints: np.ndarray):
        self._joints = joints
        self.hips = self.bone("right_hip", "left_hip")
        self.shoulders = self.bone("right_shoulder", "left_shoulder")
        middle = self["right_shoulder"] + self.shoulders / 2
        self.trunk = middle - self["right_hip"] - self.hips / 2
        self.neck = self["head"] - middle

    def __getitem__(self, name: str) -> np.ndarray:
        return self._joints[JOINT_INDEX[name]]

    def bone(self, start: str, end: str) -> np.ndarray:
        return self[end] - self[start]


def _ball_and_hinge(upper: np.ndarray, lower: np.ndarray, forward: np.ndarray) -> tuple[np.ndarray, float]:
    """Rotation (3, 3) of a limb's upper bone, z against it and x where the limb bends to, and the angle of its hinge.

    forward: (3,) the side of the upper bone that the lower one bends to or away from, perpendicular to it.
    """
    upper, lower = upper / np.linalg.norm(upper), lower / np.linalg.norm(lower)
    bent = lower - (lower @ upper) * upper
    sine = np.linalg.norm(bent)
    own = np.clip(sine / _STRAIGHT - 1, 0, 1)
    x = (1 - own) * forward + own * np.copysign(1, bent @ forward) * bent / max(sine, _STRAIGHT)
    x /= np.linalg.norm(x)
    z = -upper
    return np.stack([x, np.cross(z, x), z], axis=1), float(np.arctan2(lower @ x, lower @ upper))


def _hip(turn: np.ndarray, out: int, previous: np.ndarray | None) -> np.ndarray:
    signs = np.array([-1.0, out, -1.0])
    return signs * joint_angles_from_matrix(turn, "zxy", None if previous is None else signs * previous)


def _shoulder(turn: np.ndarray, out: int, previous: np.ndarray | None) -> np.ndarray:
    """Angles about z, x and z again; where the arm hangs straight down, only the sum of the outer two is determined."""
    signs = out * np.array([-1.0, 1.0, 1.0])
    before = signs * (_USUAL_SHOULDER if previous is None else previous)
    middle = np.arctan2(np.hypot(turn[0, 2], turn[1, 2]), turn[2, 2])
    if np.sin(middle) > 1e-7:
        first, last = np.arctan2(turn[0, 2], -turn[1, 2]), np.arctan2(turn[2, 0], turn[2, 1])
    else:
        first = before[0]
        last = np.sign(turn[2, 2]) * (np.arctan2(turn[1, 0], turn[0, 0]) - first)
    both = np.array([[first, middle, last], [first + np.pi, -middle, last + np.pi]])
    both -= 2 * np.pi * np.round((both - before) / (2 * np.pi))
    return signs * both[np.argmin(((both - before) ** 2).sum(-1))]
