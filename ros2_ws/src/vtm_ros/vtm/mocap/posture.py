"""What the places of a person's joints tell, whatever the rest pose and the axes of their file."""

import numpy as np

from vtm.errors import VtmError
from vtm.mocap.recording import Recording
from vtm.mocap.standing import Matches

_SIDES = (("left_", 1), ("right_", -1))
_STRAIGHT = np.cos(np.radians(20.0))
_UPRIGHT = np.cos(np.radians(20.0))
_RAISED, _HANGING = np.cos(np.radians(35.0)), np.cos(np.radians(30.0))
"""Arms of a T- or an A-pose are raised by more than the first, hanging ones by less than the second."""


class Places:
    """Our joints (T, 3) each, in the file's world and unit."""

    def __init__(self, joints: Matches, position: np.ndarray):
        self.joints, self.position = joints, position

    def __contains__(self, name: str) -> bool:
        return name in self.joints

    def __getitem__(self, name: str) -> np.ndarray:
        return self.position[:, self.joints[name][0]]

    def bone(self, start: str, end: str) -> np.ndarray:
        """Unit vectors (T, 3) from one joint to another."""
        return _unit(self[end] - self[start])


def check_handedness(places: Places, recording: Recording) -> None:
    """Make sure that left is left: knees bend so that shins go back, and toes point to the front.

    Where there is no joint at the toes, the tip of the foot tells where it points.

    Raises:
        VtmError: Left and right are exchanged.
    """
    left = _unit(places["left_hip"] - places["right_hip"])
    knees, toes = [], []
    for side, _ in _SIDES:
        thigh, shin = places.bone(f"{side}hip", f"{side}knee"), places.bone(f"{side}knee", f"{side}ankle")
        knees.append(-np.einsum("ti,ti->t", np.cross(left, -thigh), shin).mean())
        foot = _foot(places, recording, side)
        if foot is not None:
            toes.append(np.einsum("ti,ti->t", np.cross(left, -shin), foot).mean())
    bent, forward = float(np.mean(knees)), float(np.mean(toes)) if toes else 0.0
    if (bent < 0.02 and forward < -0.2) or (bent < -0.05 and forward < 0.2):
        raise VtmError(
            "left and right are exchanged: knees or feet point backwards; export the file without mirroring, or name "
            "left and right by --names"
        )


def _foot(places: Places, recording: Recording, side: str) -> np.ndarray | None:
    """Unit vectors (T, 3) from ankle to toes."""
    if f"{side}foot" in places:
        return places.bone(f"{side}ankle", f"{side}foot")
    ankle = places.joints[f"{side}ankle"][0]
    tips = [joint for joint, parent in enumerate(recording.parents) if parent == ankle and not recording.names[joint]]
    return _unit(places.position[:, tips[0]] - places[f"{side}ankle"]) if len(tips) == 1 else None


def standing_frame(places: Places, raised: bool) -> int | None:
    """The frame in which the person stands straightest, arms straight; None if in none.

    Args:
        places: Of the joints.
        raised: Whether the arms are out to the sides, as in a T- or an A-pose, or hang down.
    """
    shoulders = (places["left_shoulder"] + places["right_shoulder"]) / 2
    up = _unit(shoulders - places["pelvis"])
    left = _unit(places["left_hip"] - places["right_hip"] + places["left_shoulder"] - places["right_shoulder"])
    score = np.zeros(len(up))
    good = np.ones(len(up), bool)
    for side, s in _SIDES:
        thigh, shin = places.bone(f"{side}hip", f"{side}knee"), places.bone(f"{side}knee", f"{side}ankle")
        upper = places.bone(f"{side}shoulder", f"{side}elbow")
        for bone in (thigh, shin):
            down = -_dot(bone, up)
            good &= down > _UPRIGHT
            score += down
        straight = [_dot(thigh, shin)]
        if f"{side}wrist" in places:
            straight.append(_dot(upper, places.bone(f"{side}elbow", f"{side}wrist")))
        for cosine in straight:
            good &= cosine > _STRAIGHT
            score += cosine
        hanging, out = -_dot(upper, up), s * _dot(upper, left)
        good &= ((hanging < _RAISED) & (out > 0.5)) if raised else (hanging > _HANGING)
        score += out if raised else hanging
    vertical = np.abs(up).max(1)
    good &= vertical > _UPRIGHT
    return int(np.where(good, score + vertical, -np.inf).argmax()) if good.any() else None


def true_up(places: Places, up: np.ndarray) -> tuple[np.ndarray, bool]:
    """The world's up, that of the rest pose unless the motion contradicts it, and whether the motion tells it surely.

    Some files rest with y up and move with z up. Whoever is upright along another axis in nearly all frames, with the
    ankles at the height 0 along it or no ground along any, is not lying down. Who lies does so on the ground; where
    there is none along the rest pose's up, that is up along which the lowest joint is always next to 0.

    Args:
        places: Of the joints.
        up: (3,) as the rest pose has it.
    """
    ankles = np.stack([places["left_ankle"], places["right_ankle"]])
    rise = _unit(places["head"] - ankles.mean(0))
    mean = rise.mean(0)
    if mean @ up > 0.5:
        return up, True
    low, high = _lowest(places, up)
    grounded = bool(abs(low) < 0.2 and high - low < 1)
    axis = np.eye(3)[np.abs(mean).argmax()] * np.sign(mean[np.abs(mean).argmax()])
    tall = np.median(np.linalg.norm(places["head"] - ankles.mean(0), axis=1))
    ground = np.percentile((ankles @ axis).min(0), 5)
    upright = mean @ axis >= 0.85 and np.percentile(rise @ axis, 10) >= 0.7
    grounds = [other for other in (*np.eye(3), *-np.eye(3)) if _is_ground(places, other)]
    if upright and (abs(ground) < 0.15 * tall or not (grounded or grounds)):
        up = axis
    elif not grounded:
        return (grounds[0], False) if len(grounds) == 1 else (up, False)
    return up, all(other @ up > 0.7 for other in grounds)


def on_a_floor(places: Places, up: np.ndarray) -> bool:
    """Whether the body's lowest joint stays about as high: nobody walks up the air.

    Whoever crawls is upright along the way; but along it, nothing stays where it is. Whoever lies still is upright
    along the body; but along another axis nothing is below zero, and the lowest joint hardly above it.

    Args:
        places: Of the joints.
        up: (3,) that is to be the world's.
    """
    low, high = _lowest(places, up)
    if high - low >= 1:
        return False
    others = [axis for axis in (*np.eye(3), *-np.eye(3)) if abs(axis @ up) < 0.7]
    return abs(low) < 0.2 or not any(_is_ground(places, axis) for axis in others)


def _is_ground(places: Places, axis: np.ndarray) -> bool:
    """Whether hardly anything is below zero along an axis, and the lowest joint hardly ever above it."""
    low, high = _lowest(places, axis)
    return bool(-0.05 < low < high < 0.2)


def _lowest(places: Places, axis: np.ndarray) -> np.ndarray:
    """Along an axis, where the lowest joint is in 5 and in 95 of 100 frames, in lengths of the leg."""
    position = places.position[:, [place for place, _ in places.joints.values()]]
    leg = np.median(np.linalg.norm(places["left_hip"] - places["left_knee"], axis=1)) * 2
    return np.percentile((position @ axis).min(1), (5, 95)) / leg


_ALIKE = np.cos(np.radians(6.0))
"""Limbs of a rest pose that somebody made point the same way, left and right, but for less: CMU's but for 3 degrees."""


def is_symmetric(places: Places) -> bool:
    """Whether a pose, the only one in `places`, has arms and legs of both sides alike, as those that people model."""
    left = _unit(places["left_hip"] - places["right_hip"] + places["left_shoulder"] - places["right_shoulder"])
    for start, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")):
        if f"left_{end}" in places and f"right_{end}" in places:
            own, other = (places.bone(f"{side}{start}", f"{side}{end}") for side, _ in _SIDES)
            if _dot(own, other - 2 * _dot(other, left)[:, None] * left)[0] < _ALIKE:
                return False
    return True


_PROPORTIONS = (
    ("thigh", "shin", 0.4, 2.5), ("upper arm", "forearm", 0.4, 2.5), ("arm", "leg", 0.3, 2.0),
    ("trunk", "leg", 0.2, 2.5), ("hips", "leg", 0.02, 0.8), ("shoulders", "leg", 0.1, 1.5),
    ("left leg", "right leg", 0.6, 1.7), ("left arm", "right arm", 0.6, 1.7), ("pelvis to hips", "leg", 0.0, 0.6),
)  # fmt: skip
"""Two lengths, and the least and the greatest ratio that is taken for a person's, children and cartoons included."""


def check_proportions(places: Places, recording: Recording) -> None:
    """Make sure that the joints have a person's proportions, so that none was taken for another.

    Raises:
        VtmError: They have not.
    """

    def length(start: str, end: str) -> float:
        return float(np.median(np.linalg.norm(places[end] - places[start], axis=1)))

    sides = ("left_", "right_")
    legs = {side: length(f"{side}hip", f"{side}knee") + length(f"{side}knee", f"{side}ankle") for side in sides}
    ends = {side: "wrist" if f"{side}wrist" in places else "elbow" for side in sides}
    upper = {side: length(f"{side}shoulder", f"{side}elbow") for side in sides}
    lower = {side: length(f"{side}elbow", f"{side}{ends[side]}") or upper[side] for side in sides}
    middle = (places["left_hip"] + places["right_hip"]) / 2 - places["pelvis"]
    lengths = {
        "thigh": sum(length(f"{side}hip", f"{side}knee") for side in sides),
        "shin": sum(length(f"{side}knee", f"{side}ankle") for side in sides),
        "upper arm": sum(upper.values()), "forearm": sum(lower.values()),
        "arm": sum(upper.values()) + sum(lower.values()), "leg": sum(legs.values()),
        "trunk": 2 * length("pelvis", "head"), "hips": 2 * length("left_hip", "right_hip"),
        "shoulders": 2 * length("left_shoulder", "right_shoulder"),
        "pelvis to hips": 2 * float(np.median(np.linalg.norm(middle, axis=1))),
        "left leg": legs["left_"], "right leg": legs["right_"],
        "left arm": upper["left_"] + lower["left_"], "right arm": upper["right_"] + lower["right_"],
    }  # fmt: skip
    for one, other, least, most in _PROPORTIONS:
        ratio = lengths[one] / max(lengths[other], 1e-9)
        if not least <= ratio <= most:
            taken = ", ".join(
                f"{name} = {recording.names[joint] or 'its tip'}" for name, (joint, _) in places.joints.items()
            )
            raise VtmError(
                f"{one} : {other} is {ratio:.2f}, which no person has ({least} to {most}): a joint was taken for "
                f"another; say which is which by --names FILE (docs/formats.md). Taken were {taken}"
            )


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ti,ti->t", a, b)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
