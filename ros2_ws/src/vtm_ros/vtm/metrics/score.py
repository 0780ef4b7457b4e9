"""One motion judged against the true one, and many such judgements as one row of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS
from vtm.metrics.bones import bone_error, bone_spread
from vtm.metrics.calibration import Reliability, reliability
from vtm.metrics.feet import CONTACT_JOINTS, f1_score, slide
from vtm.metrics.pose import angle_error, position_error, similarity_aligned
from vtm.metrics.root import across_and_along, depth_error, first_aligned_error, path_length
from vtm.metrics.smoothness import acceleration_error, jerk
from vtm.metrics.track import Track

PELVIS = (JOINT_INDEX["pelvis"],)
HIPS = (JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"])
LIMBS = tuple(
    JOINT_INDEX[f"{side}_{part}"]
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
"""The joints that every system of joints has."""
JUDGED = tuple(sorted((*LIMBS, JOINT_INDEX["neck"], JOINT_INDEX["head"])))
"""Hips, knees, ankles, neck, head, shoulders, elbows, wrists."""
CALIBRATED = {"position": "", "angle": "angle_", "root": "root_"}
"""What errors are expected of, and how the names of its scores begin."""


@dataclass(frozen=True)
class Protocol:
    """What of a clip counts.

    Attributes:
        joints: Those whose positions are averaged.
        anchor: The joints whose middle is moved to the same place.
        skip_first: Frames at the start that do not count, but for the very first output's own score.
        skip_last: Frames at the end that do not count.
    """

    joints: tuple[int, ...] = JUDGED
    anchor: tuple[int, ...] = PELVIS
    skip_first: int = 0
    skip_last: int = 0

    def judged(self, frames: int) -> slice:
        """Which of a clip's `frames` count."""
        return slice(self.skip_first, frames - self.skip_last)


@dataclass(eq=False)
class Errors:
    """What was measured in the T judged frames of one clip; NaN where something is not known.

    Attributes:
        position: (T, 22) mm.
        way: Length of the true root's path, mm.
        samples: By score, the values whose mean it is.
        angle: (T, 22) degrees relative to the parent.
        contacts: Predicted and true (2, T, 4).
        expectations: Expected and actual errors by what they are of: "position" (2, T, 22) m, the pelvis' along the
            optical axis; "angle" (2, T, 22) degrees relative to the parent; "root" (2, T, 2) m across the optical axis
            and along it.
    """

    position: np.ndarray
    way: float
    samples: dict[str, np.ndarray] = field(default_factory=dict)
    angle: np.ndarray | None = None
    contacts: np.ndarray | None = None
    expectations: dict[str, np.ndarray] = field(default_factory=dict)


def evaluate(predicted: Track, true: Track, fps: float, protocol: Protocol) -> Errors:
    """The errors of a clip; scores of what either side never says are left out.

    Args:
        predicted: The motion to be judged, T frames.
        true: The true one, T frames.
        fps: Frames/s.
        protocol: What counts.
    """
    joints, anchor = list(protocol.joints), protocol.anchor
    every = 1e3 * position_error(_pose(predicted, anchor), _pose(true, anchor))
    seen = np.flatnonzero(np.isfinite(every[:, joints]).any(-1))
    judged = protocol.judged(len(every))
    predicted, true = predicted.frames(judged), true.frames(judged)
    root, true_root = predicted.root(anchor), true.root(anchor)
    pose, true_pose = _pose(predicted, anchor), _pose(true, anchor)
    errors = Errors(every[judged], 1e3 * path_length(true_root))
    errors.samples = {
        "mpjpe_mm": errors.position[:, joints],
        "pa_mpjpe_mm": 1e3 * _aligned_error(pose[:, joints], true_pose[:, joints]),
        "first_mpjpe_mm": every[seen[:1]][:, joints],
        "acceleration_error_mm_s2": 1e3 * acceleration_error(pose[:, joints], true_pose[:, joints], fps),
        "jitter_m_s3": jerk(pose[:, joints], fps),
        "true_jitter_m_s3": jerk(true_pose[:, joints], fps),
        "seen_percent": 100.0 * _known(pose[:, joints])[_known(true_pose[:, joints])],
    }
    if predicted.placed:
        errors.samples["root_mm"] = 1e3 * first_aligned_error(root, true_root)
        errors.samples["root_jitter_m_s3"] = jerk(root[:, None], fps)
        errors.samples["depth_percent"] = 100 * depth_error(root, true_root)
    if predicted.local is not None and true.local is not None:
        errors.angle = angle_error(predicted.local, true.local)
        errors.samples["mpjae_deg"] = angle_error(predicted.rotations, true.rotations)
        errors.samples["mpjae_local_deg"] = errors.angle
    if predicted.bones is not None:
        errors.samples["bone_spread_percent"] = 100 * bone_spread(predicted.bones)
        if true.bones is not None:
            errors.samples["bone_percent"] = 100 * bone_error(predicted.bones, true.bones)
    if true.contacts is not None:
        feet = list(CONTACT_JOINTS)
        errors.samples["foot_slide_of_pose_mm_s"] = 1e3 * slide(pose[:, feet], true_pose[:, feet], true.contacts, fps)
        if predicted.placed:
            ours, theirs = predicted.joints[:, feet], true.joints[:, feet]
            errors.samples["foot_slide_mm_s"] = 1e3 * slide(ours, theirs, true.contacts, fps)
        if predicted.contacts is not None:
            errors.contacts = np.stack([predicted.contacts, true.contacts])
    if predicted.placed and predicted.expected_error is not None:
        away = np.abs(root - true_root)[:, 2:]
        actual = np.concatenate([away, errors.position[:, 1:] / 1e3], axis=1)
        errors.expectations["position"] = np.stack([predicted.expected_error, actual])
    if predicted.expected_angle is not None and errors.angle is not None:
        errors.expectations["angle"] = np.stack([predicted.expected_angle, errors.angle])
    if predicted.placed and predicted.expected_root is not None:
        errors.expectations["root"] = np.stack([predicted.expected_root, across_and_along(root, true_root)])
    return errors


def summary(clips: Sequence[Errors]) -> dict[str, float]:
    """The scores over all frames of all clips; what no frame knows is left out.

    root_percent is the mean root error of the clips over the mean length of their ways.
    """
    scores = {name: mean_of_known([clip.samples[name] for clip in clips]) for name in clips[0].samples}
    way = sum(clip.way for clip in clips)
    if way > 0 and "root_mm" in scores:
        scores["root_percent"] = 100 * sum(mean_of_known([clip.samples["root_mm"]]) for clip in clips) / way
    contacts = [clip.contacts for clip in clips if clip.contacts is not None]
    if contacts:
        scores["contact_f1"] = f1_score(*np.concatenate(contacts, axis=1))
    for what, prefix in CALIBRATED.items():
        curve = calibration(clips, what)
        if curve:
            scores[f"{prefix}calibration_rank_correlation"] = curve.rank_correlation
            scores[f"{prefix}calibration_log_ratio"] = curve.log_ratio
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def calibration(
    clips: Sequence[Errors], what: str = "position", columns: Sequence[int] | slice = slice(None)
) -> Reliability | None:
    """Expected against actual errors of one kind, in its unit, over all frames of all clips.

    Args:
        clips: Their errors.
        what: "position", "angle" or "root".
        columns: The joints that count, or for the root 0 across the optical axis and 1 along it; otherwise all.

    Returns:
        None where too few errors are known.
    """
    known = [clip.expectations[what][..., columns] for clip in clips if what in clip.expectations]
    return reliability(*np.concatenate(known, axis=1)) if known else None


def per_joint(clips: Sequence[Errors]) -> dict[str, dict[str, float]]:
    """By joint: `position_mm` and, where rotations are known, `angle_local_deg`."""
    columns = {"position_mm": [clip.position for clip in clips]}
    if clips[0].angle is not None:
        columns["angle_local_deg"] = [clip.angle for clip in clips if clip.angle is not None]
    return {
        JOINT_NAMES[joint]: {name: mean_of_known([part[:, joint] for part in parts]) for name, parts in columns.items()}
        for joint in range(NUM_JOINTS)
        if np.isfinite(mean_of_known([part[:, joint] for part in columns["position_mm"]]))
    }


def _pose(track: Track, anchor: tuple[int, ...]) -> np.ndarray:
    return track.joints - track.root(anchor)[:, None]


def _known(points: np.ndarray) -> np.ndarray:
    return np.isfinite(points).all(-1).any(-1)


def _aligned_error(points: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Position errors (T, J) after a similarity alignment; a frame that lacks a joint is NaN."""
    error = np.full(points.shape[:2], np.nan)
    known = np.isfinite(points).all((1, 2)) & np.isfinite(true).all((1, 2))
    error[known] = position_error(similarity_aligned(points[known], true[known]), true[known])
    return error


def mean_of_known(parts: Sequence[np.ndarray]) -> float:
    """Over all finite values of all `parts`; NaN when there is none."""
    values = np.concatenate([part.ravel() for part in parts])
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")
