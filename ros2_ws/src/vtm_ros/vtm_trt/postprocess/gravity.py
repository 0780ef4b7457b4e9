"""Which way is up in a recorded motion, and who told it: the one answer for all that shows a person from aside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import scaled_offsets
from vtm.types import CameraPose, Motion
from vtm_trt.postprocess.floor import ASSUMED, CONTACTS, LEVEL
from vtm_trt.postprocess.upright import level_axes, upright

STOOD_SHARE, STOOD_S = 0.1, (0.3, 1.0)
"""Least time that somebody must stand straight: a share of the frames, but within these bounds, seconds."""
WIDEST_DEG = 15.0
"""Degrees; where half of the frames, or those of one person, as of one view of several, are on the median further off
from the median of all, no direction is taken for up."""
TOLD_BY = {CONTACTS: "the feet", "imu": "the IMU"}


@dataclass(frozen=True, eq=False)
class Gravity:
    """Which way is up.

    Attributes:
        axes: (3, 3) world axes as rows in optical axes: z up, x where the camera looks.
        source: As in `CameraPose`.
        spread_deg: Half of the frames from which it was told are further off, degrees; None where it was not told from
            frames.
    """

    axes: np.ndarray
    source: str
    spread_deg: float | None = None

    @property
    def pitch_deg(self) -> float:
        """By how much the camera looks down."""
        return float(-np.degrees(np.arcsin(np.clip(self.axes[2, 2], -1, 1))))

    @property
    def roll_deg(self) -> float:
        """By how much the picture is turned about the optical axis, clockwise as the viewer sees it."""
        return float(np.degrees(np.arctan2(self.axes[2, 0], -self.axes[2, 1])))

    @property
    def caption(self) -> str:
        """What a picture says of it; ASCII."""
        if self.source == ASSUMED:
            return "not levelled: nobody stood straight for long enough, or not all upon one floor; camera axes"
        pitch, roll = round(self.pitch_deg), round(self.roll_deg)
        parts = [f"pitched {abs(pitch)} deg {'down' if pitch > 0 else 'up'}" if pitch else "level"]
        parts += [f"rolled {abs(roll)} deg"] if roll else []
        sure = (
            f"; half of the frames agree within {max(1, round(self.spread_deg))} deg"
            if self.spread_deg is not None
            else ""
        )
        told_by = TOLD_BY.get(self.source, "the camera's pose")
        return f"levelled by {told_by} (camera {', '.join(parts)}{sure})"


def told_by(camera: CameraPose) -> Gravity:
    """What the pose of a camera says of it."""
    return Gravity(camera.rotation, camera.source)


def gravity(motions: Sequence[Motion]) -> Gravity:
    """Up of the last camera whose pose is known; else, of a camera at rest, the median over all who stand straight."""
    known = [motion.camera for motion in motions if motion.camera]
    if known:
        return told_by(known[-1])
    level = Gravity(level_axes(LEVEL), ASSUMED)
    if len(motions) < 2:
        return level
    local = matrix_from_quat(np.stack([motion.quat_local for motion in motions]).astype(np.float64))
    offsets = scaled_offsets(np.stack([motion.bone_ratio for motion in motions]))
    _, joints = forward_kinematics(local, offsets, np.zeros((len(motions), 3)))
    stands, up = upright(joints, np.stack([motion.contacts for motion in motions]))
    step_s = np.median(np.diff([motion.stamp_ns for motion in motions])) * 1e-9
    if stands.sum() * step_s < np.clip(STOOD_SHARE * len(motions) * step_s, *STOOD_S):
        return level
    middle = _median(up[stands])
    spread = float(np.degrees(np.median(np.arccos(np.clip(up[stands] @ middle, -1, 1)))))
    people = np.array([motion.person_id for motion in motions])
    theirs = [up[stands & (people == person)] for person in np.unique(people)]
    nearest = min((_median(ups) @ middle for ups in theirs if len(ups) * step_s >= STOOD_S[1]), default=1.0)
    agreed = spread < WIDEST_DEG and nearest > np.cos(np.radians(WIDEST_DEG))
    return Gravity(level_axes(middle), CONTACTS, spread) if agreed else level


def _median(ups: np.ndarray) -> np.ndarray:
    middle = np.median(ups, axis=0)
    return middle / np.linalg.norm(middle)
