"""Bone lengths measured once, from a second in T- or I-pose, and kept: pure, no node, no clock."""

from collections import deque
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.root_translation import solve_root
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, bone_lengths, person_scale, scaled_offsets, stature
from vtm.errors import VtmError
from vtm.types import Motion

HOLD_S = 1.0
"""The pose must have been held for so long."""
LEAST_MOTIONS = 5
TOLERANCE_DEG = 35.0
"""A limb may point so far away from where the pose wants it."""

_UP, _DOWN, _LEFT = np.array([0.0, 0, 1]), np.array([0.0, 0, -1]), np.array([0.0, 1, 0])
_TRUNK_AND_LEGS = {
    "trunk": ("pelvis", "neck", _UP),
    **{f"{side} thigh": (f"{side}_hip", f"{side}_knee", _DOWN) for side in ("left", "right")},
    **{f"{side} shin": (f"{side}_knee", f"{side}_ankle", _DOWN) for side in ("left", "right")},
}


def _arms(left: np.ndarray, right: np.ndarray) -> dict[str, tuple[str, str, np.ndarray]]:
    return {
        f"{side} {limb}": (f"{side}_{start}", f"{side}_{end}", way)
        for side, way in (("left", left), ("right", right))
        for limb, start, end in (("upper arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist"))
    }


POSES = {"T": _TRUNK_AND_LEGS | _arms(_LEFT, -_LEFT), "I": _TRUNK_AND_LEGS | _arms(_DOWN, _DOWN)}
"""For each pose the limbs by name: from joint, to joint, direction in the pelvis' axes (x forward, y left, z up)."""


@dataclass(frozen=True)
class Calibration:
    """What a second in T- or I-pose tells.

    Attributes:
        pose: "T" or "I".
        bone_ratio: (21,) float32 bone lengths over the virtual skeleton's, the mean.
        heading_deg: Degrees of the pelvis about the camera's vertical, 0 when it faces the camera, positive when it is
            turned to the person's left; the camera is taken to be level.
        motions: How many were averaged.
    """

    pose: str
    bone_ratio: np.ndarray
    heading_deg: float
    motions: int

    def describe(self) -> str:
        """One line: stature and limbs in metres, and the heading."""
        offsets = scaled_offsets(self.bone_ratio)
        lengths = dict(zip(JOINT_INDEX, [0.0, *bone_lengths(offsets).tolist()], strict=True))
        limbs = {"upper arm": "elbow", "forearm": "wrist", "thigh": "knee", "shin": "ankle"}
        told = [
            f"{limb} {lengths[f'left_{end}']:.3f} and {lengths[f'right_{end}']:.3f} m" for limb, end in limbs.items()
        ]
        return (
            f"{self.pose}-pose, {self.motions} frames: stature {stature(offsets):.2f} m; left and right "
            f"{', '.join(told)}; heading {self.heading_deg:+.0f} degrees from facing the camera"
        )


def calibrate(motions: list[Motion]) -> Calibration:
    """Mean bones and heading.

    Args:
        motions: In the order of time.

    Raises:
        VtmError: They do not fill HOLD_S, or are neither all in T- nor all in I-pose.
    """
    held_s = (motions[-1].stamp_ns - motions[0].stamp_ns) / 1e9 if motions else 0.0
    if held_s < 0.9 * HOLD_S or len(motions) < LEAST_MOTIONS:
        raise VtmError(f"the person was seen for {held_s:.1f} s; hold a T- or I-pose for {HOLD_S:g} s and call again")
    turns, joints = _bodies(motions)
    worst = {pose: max(_deviations(turns, joints, pose).items(), key=lambda item: item[1]) for pose in POSES}
    pose = min(worst, key=lambda name: worst[name][1])
    limb, angle = worst[pose]
    if not angle <= TOLERANCE_DEG:
        raise VtmError(
            f"the pose is neither T nor I: the {limb} points {angle:.0f} degrees away from the {pose}-pose, "
            f"{TOLERANCE_DEG:g} are allowed; hold the pose for {HOLD_S:g} s and call again"
        )
    bones = np.stack([motion.bone_ratio for motion in motions]).mean(0, dtype=np.float64).astype(np.float32)
    facing = turns[:, 0, :, 0].mean(0)  # of the pelvis' x axis, in optical axes
    return Calibration(pose, bones, float(np.degrees(np.arctan2(facing[0], -facing[2]))), len(motions))


def with_bones(motion: Motion, bone_ratio: np.ndarray) -> Motion:
    """The same pose on other bones: the root moves along so that the person still covers the seen keypoints.

    Args:
        motion: The motion.
        bone_ratio: (21,) bone lengths over the virtual skeleton's.
    """
    growth = float(person_scale(bone_ratio) / person_scale(motion.bone_ratio))
    local = matrix_from_quat(motion.quat_local.astype(float))
    _, joints = forward_kinematics(local, scaled_offsets(bone_ratio), np.zeros(3))
    seen = motion.observation
    root = solve_root(float(motion.root_cam[2]) * growth, joints, seen.rays, seen.confidence)
    root = motion.root_cam * np.float32(growth) if root is None else root
    return replace(motion, bone_ratio=bone_ratio, root_cam=root)


class BodyCalibration:
    """Remembers the last HOLD_S of motion; `fix` measures the bones from it, which then hold until `release`.

    The worker's thread takes motions while the executor's fixes and releases.
    """

    def __init__(self) -> None:
        self.fixed: Calibration | None = None
        self._recent: deque[Motion] = deque()
        self._lock = Lock()

    def take(self, motion: Motion) -> Motion:
        """Remember a motion.

        Returns:
            The motion with the fixed bones, if there are any.
        """
        with self._lock:
            if self._recent and motion.stamp_ns <= self._recent[-1].stamp_ns:
                self._recent.clear()
            self._recent.append(motion)
            while motion.stamp_ns - self._recent[0].stamp_ns > HOLD_S * 1e9:
                self._recent.popleft()
        fixed = self.fixed
        return with_bones(motion, fixed.bone_ratio) if fixed else motion

    def fix(self) -> Calibration:
        """Measure now.

        Raises:
            VtmError: The last HOLD_S of motion do not allow it; what was fixed then stays.
        """
        with self._lock:
            recent = list(self._recent)
        self.fixed = calibrate(recent)
        return self.fixed

    def release(self) -> None:
        """Back to the bones that the network estimates."""
        self.fixed = None

    def forget(self) -> None:
        """The motion starts anew; fixed bones stay."""
        with self._lock:
            self._recent.clear()


def _bodies(motions: list[Motion]) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (N, 22, 3, 3) in optical axes and joints (N, 22, 3) relative to the pelvis."""
    local = matrix_from_quat(np.stack([motion.quat_local for motion in motions]).astype(float))
    offsets = scaled_offsets(np.stack([motion.bone_ratio for motion in motions]))
    return forward_kinematics(local, offsets, np.zeros((len(motions), 3)))


def _deviations(turns: np.ndarray, joints: np.ndarray, pose: str) -> dict[str, float]:
    """Largest angle, degrees, between each limb and its direction in the pose."""
    worst = {}
    for limb, (start, end, way) in POSES[pose].items():
        along = joints[:, JOINT_INDEX[end]] - joints[:, JOINT_INDEX[start]]
        wanted = turns[:, 0] @ way
        cosine = (along * wanted).sum(-1) / np.linalg.norm(along, axis=-1)
        worst[limb] = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max())
    return worst
