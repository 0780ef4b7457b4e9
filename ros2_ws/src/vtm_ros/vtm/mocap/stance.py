"""Who stands in a clip, and how: knees of legs that carry, elbows of arms that hang, the lean of the neck.

People who stand have knees bent by about 5 degrees; on a skeleton whose leg bones were measured too long, by more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX
from vtm.mocap.clip_file import Clip

_STILL = 0.15
"""m/s; the ankle of a foot on the ground is slower."""
_UPRIGHT = 0.97
"""Cosine of the angle between an upright trunk, or a hanging arm, and the vertical."""
_UNDER = 0.12
"""Leg lengths by which an ankle that carries is at most beside its hip."""
_LEGS = np.array([[JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle")] for side in ("left", "right")])
_ARMS = np.array(
    [[JOINT_INDEX[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")] for side in ("left", "right")]
)
_PELVIS, _NECK, _HEAD = (JOINT_INDEX[name] for name in ("pelvis", "neck", "head"))
_PERCENTILES = (5, 25, 50)


@dataclass(frozen=True, eq=False)
class Stance:
    """What the frames show in which a person stands: upright, on a planted foot that is under its hip.

    Attributes:
        reach: (N,) hip to ankle over the length of the leg, of legs that carry.
        knees: (N,) their flexion, degrees.
        elbows: (M,) flexion of arms that hang meanwhile, degrees.
        necks: (K,) lean forward from neck to head while both feet are still, degrees.
    """

    reach: np.ndarray
    knees: np.ndarray
    elbows: np.ndarray
    necks: np.ndarray


def stance(clip: Clip) -> Stance:
    """How the person of a clip stands; empty where there is nobody who does."""
    local = matrix_from_quat(np.asarray(clip.quat, dtype=np.float64))
    return stance_of(forward_kinematics(local, clip.offsets, clip.root)[1], clip.offsets, clip.fps)


def stance_of(position: np.ndarray, offsets: np.ndarray, fps: float) -> Stance:
    """How a person stands; empty where there is nobody who does.

    Args:
        position: (T, 22, 3) m of the joints, z up.
        offsets: (22, 3) m.
        fps: Frames/s.
    """
    if len(position) < 2:
        return Stance(*np.empty((4, 0)))
    hip, knee, ankle = (position[:, _LEGS[:, part]] for part in range(3))
    leg = np.linalg.norm(offsets[_LEGS[:, 1:]], axis=-1).sum(1)
    planted = np.linalg.norm(np.gradient(ankle, 1 / fps, axis=0), axis=-1) < _STILL
    upright = _unit(position[:, _NECK] - position[:, _PELVIS])[:, 2] > _UPRIGHT
    under = np.linalg.norm((ankle - hip)[..., :2], axis=-1) < _UNDER * leg
    carries = planted & upright[:, None] & under
    quiet = carries.any(1) & planted.all(1)
    shoulder, elbow, wrist = (position[:, _ARMS[:, part]] for part in range(3))
    hangs = (_unit(elbow - shoulder)[..., 2] < -_UPRIGHT) & carries.any(1, keepdims=True)
    left = (hip[:, 0] - hip[:, 1]) * [1, 1, 0]
    lean = position[:, _HEAD] - position[:, _NECK]
    forward = (lean * np.cross(_unit(left), [0.0, 0.0, 1.0])).sum(-1)
    return Stance(
        (np.linalg.norm(ankle - hip, axis=-1) / leg)[carries],
        _flexion(hip, knee, ankle)[carries],
        _flexion(shoulder, elbow, wrist)[hangs],
        np.degrees(np.arctan2(forward, lean[:, 2]))[quiet],
    )


def stance_numbers(sources: Sequence[str], stances: Sequence[Stance]) -> dict[str, dict]:
    """How people stand, for JSON: of all clips together ("all"), then of those of each source.

    Args:
        sources: Of each clip.
        stances: Of each clip.

    Returns:
        By source the `frames` of legs that carry, and `knee_deg`, `elbow_deg` and `neck_deg`, each the 5th percentile,
        the 25th percentile and the median in degrees; left out where nobody shows it.
    """
    groups: dict[str, list[Stance]] = defaultdict(list)
    for source, found in zip(sources, stances, strict=True):
        groups["all"].append(found)
        groups[source or "unknown"].append(found)
    numbers: dict[str, dict] = {}
    for group, members in groups.items():
        numbers[group] = {"frames": sum(len(found.knees) for found in members)}
        for name, field in (("knee_deg", "knees"), ("elbow_deg", "elbows"), ("neck_deg", "necks")):
            values = np.concatenate([getattr(found, field) for found in members])
            if len(values):
                numbers[group][name] = [round(float(value), 1) for value in np.percentile(values, _PERCENTILES)]
    return numbers


def _flexion(upper: np.ndarray, hinge: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Degrees (...) by which limbs through three points (..., 3) are bent."""
    above, below = _unit(hinge - upper), _unit(end - hinge)
    return np.degrees(2 * np.arctan2(np.linalg.norm(above - below, axis=-1), np.linalg.norm(above + below, axis=-1)))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
