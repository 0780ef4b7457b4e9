"""What a clip file holds, in numbers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import within_limits
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX
from vtm.mocap.clean import FEET, above_ground, jumps
from vtm.mocap.clip_file import Clip
from vtm.mocap.stance import Stance, stance_numbers, stance_of

_AIRBORNE = 0.05
"""Metres between the lowest foot and the ground from which on a person jumps, climbs or stands on something."""
_HELD = 0.2
"""Metres over the ground under which another joint than the feet's carries the body."""
_SUNK = -0.10
"""Metres by which a foot may be below the ground."""

_BAD = ("jump", "sunk", "impossible")
_PERCENTILES = (0.1, 50, 99.9)


@dataclass(frozen=True)
class _Frames:
    """One number per frame (T,) of a clip, from sitting on true or false; and how its person stands."""

    speed: np.ndarray
    sitting: np.ndarray
    lying: np.ndarray
    upside_down: np.ndarray
    airborne: np.ndarray
    jump: np.ndarray
    sunk: np.ndarray
    impossible: np.ndarray
    stance: Stance


def statistics(rows: Sequence[dict[str, str]], clips: Sequence[Clip]) -> dict:
    """What clips hold, in numbers for JSON.

    Args:
        rows: Their lines of the index.
        clips: The clips, in the same order.

    Returns:
        `splits` and `subjects`, clips and minutes; `speed_m_s` of the pelvis over the ground; `share_percent` of all
        frames; `stance`, how people stand, by source (vtm/mocap/stance.py); `bad_frames`, how many jump, have a foot
        under the ground or a joint beyond human limits, and `bad_clips`, where; `angles_deg`, 0.1th percentile, median
        and 99.9th percentile of each joint angle (vtm/body/joint_angles.py).
    """
    splits: dict[str, dict] = defaultdict(lambda: {"clips": 0, "minutes": 0.0, "subjects": set()})
    subjects: dict[str, dict] = defaultdict(lambda: {"clips": 0, "minutes": 0.0, "split": set()})
    frames, angles = [], []
    for row, clip in zip(rows, clips, strict=True):
        minutes = len(clip.quat) / clip.fps / 60
        subject = row.get("subject") or row.get("cmu_subject") or "unknown"
        for entry in (splits[row["split"]], subjects[subject]):
            entry["clips"] += 1
            entry["minutes"] += minutes
        splits[row["split"]]["subjects"].add(subject)
        subjects[subject]["split"].add(row["split"])
        frames.append(_frames(clip))
        angles.append(angles_from_quats(clip.quat).astype(np.float32))
    for entry in (*splits.values(), *subjects.values()):
        entry["minutes"] = round(entry["minutes"], 2)
        entry.update({key: sorted(value) for key, value in entry.items() if isinstance(value, set)})
    bad = {
        row["clip"]: int(np.any([getattr(f, name) for name in _BAD], axis=0).sum())
        for row, f in zip(rows, frames, strict=True)
    }
    bad = {clip: count for clip, count in bad.items() if count}
    lengths = [len(clip.quat) / clip.fps for clip in clips]
    ranges = np.percentile(np.degrees(np.concatenate(angles)), _PERCENTILES, axis=0).T.round(1)
    return {
        "clips": len(clips),
        "minutes": round(sum(lengths) / 60, 2),
        "fps": sorted({clip.fps for clip in clips}),
        "clip_seconds": [round(float(value), 2) for value in np.percentile(lengths, (0, 50, 100))],
        "splits": dict(sorted(splits.items())),
        "subjects": dict(sorted(subjects.items(), key=lambda item: -item[1]["minutes"])),
        "speed_m_s": {
            name: round(float(np.percentile(np.concatenate([f.speed for f in frames]), percent)), 2)
            for name, percent in (("median", 50), ("95th percentile", 95), ("99.9th percentile", 99.9))
        },
        "share_percent": {
            name.replace("_", " "): round(100 * float(np.concatenate([getattr(f, name) for f in frames]).mean()), 2)
            for name in ("sitting", "lying", "upside_down", "airborne")
        },
        "stance": stance_numbers([row.get("source") or "" for row in rows], [f.stance for f in frames]),
        "bad_frames": {name: int(sum(getattr(f, name).sum() for f in frames)) for name in _BAD},
        "bad_clips": dict(sorted(bad.items(), key=lambda item: -item[1])),
        "angles_deg": dict(zip(ANGLE_NAMES, ranges.tolist(), strict=True)),
    }


def _frames(clip: Clip) -> _Frames:
    local = matrix_from_quat(clip.quat)
    position = forward_kinematics(local, clip.offsets, clip.root)[1]

    def tilt(start: str, end: str) -> np.ndarray:
        """Angle (T,) in degrees between the line from one joint to another and the vertical."""
        line = position[:, JOINT_INDEX[end]] - position[:, JOINT_INDEX[start]]
        return np.degrees(np.arccos(np.clip(line[:, 2] / np.linalg.norm(line, axis=1), -1, 1)))

    trunk = tilt("pelvis", "neck")
    thighs = np.minimum(180 - tilt("left_hip", "left_knee"), 180 - tilt("right_hip", "right_knee"))
    hips = (position[:, JOINT_INDEX["left_hip"], 2] + position[:, JOINT_INDEX["right_hip"], 2]) / 2
    legs = np.linalg.norm(clip.offsets[[JOINT_INDEX["left_knee"], JOINT_INDEX["left_ankle"]]], axis=1).sum()
    feet = above_ground(position).min(1)
    others = np.delete(position[..., 2], FEET, axis=1).min(1)
    speed = np.linalg.norm(np.gradient(clip.root[:, :2], 1 / clip.fps, axis=0), axis=1)
    return _Frames(
        speed,
        (thighs > 55) & (trunk < 60),
        (trunk > 60) & (hips < 0.6 * legs),
        trunk > 110,
        (feet > _AIRBORNE) & (others > _HELD),
        np.append(False, jumps(local, position, clip.fps)),
        feet < _SUNK,
        ~within_limits(local).all(1),
        stance_of(position, clip.offsets, clip.fps),
    )
