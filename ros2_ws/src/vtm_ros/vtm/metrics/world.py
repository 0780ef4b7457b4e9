"""A motion in the world judged against the true one: numpy arrays, metres, world axes with z up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.metrics.feet import CONTACT_JOINTS
from vtm.metrics.pose import angle_error, position_error, similarity_aligned
from vtm.metrics.root import first_aligned_error, path_length
from vtm.metrics.score import JUDGED, mean_of_known
from vtm.metrics.smoothness import jerk, speed

WALKS_M_S = 0.5
"""Mean speed of the root above which a recording counts as walking."""
STANDING_M = (0.07, 0.025, 0.07, 0.025)
"""Height of ankles and toes above the ground that a foot stands on."""
EARLIEST, LATEST = -3, 8
"""Shifts in frames among which the lag is looked for."""


@dataclass(frozen=True, eq=False)
class WorldTrack:
    """T frames in the world; those not known are NaN.

    Attributes:
        joints: (T, 22, 3) m.
        local: (T, 22, 3, 3) relative to the parent, the pelvis to the world.
        contacts: (T, 4) in 0..1 of left heel, left toe, right heel, right toe.
        heights: (T, 4) m of the same ankles and toes above the ground that the source knows.
    """

    joints: np.ndarray
    local: np.ndarray
    contacts: np.ndarray
    heights: np.ndarray

    @property
    def pose(self) -> np.ndarray:
        """(T, J, 3) of the judged joints from the pelvis."""
        return (self.joints - self.joints[:, :1])[:, JUDGED]

    @property
    def feet(self) -> np.ndarray:
        """Left ankle, left toe, right ankle, right toe, (T, 4, 3) m."""
        return self.joints[:, CONTACT_JOINTS]


@dataclass(frozen=True, eq=False)
class WorldErrors:
    """The errors of one recording.

    Attributes:
        samples: By score, the values whose mean it is.
        way: Length of the true root's path, mm.
        seconds: Length of the recording.
        offs: Mean squared error of the joints' velocities by shift EARLIEST..LATEST, (m/s)².
    """

    samples: dict[str, np.ndarray]
    way: float
    seconds: float
    offs: np.ndarray

    @property
    def walks(self) -> bool:
        """Whether the person gets anywhere."""
        return self.way / 1e3 / self.seconds > WALKS_M_S


def evaluate_in_world(predicted: WorldTrack, true: WorldTrack, fps: float) -> WorldErrors:
    """The errors of a recording.

    Args:
        predicted: The motion to be judged, T frames.
        true: The true one, T frames.
        fps: Frames/s.
    """
    known = np.isfinite(predicted.joints).all((1, 2)) & np.isfinite(true.joints).all((1, 2))
    joints = np.where(known[:, None, None], predicted.joints, np.nan)
    root, true_root = joints[:, 0], true.joints[:, 0]
    turned = angle_error(predicted.local, true.local)
    stands = (true.contacts[1:] > 0.5) & (true.contacts[:-1] > 0.5)
    slides = np.where(stands, speed(joints[:, CONTACT_JOINTS], fps), np.nan)
    said = (predicted.contacts[1:] > 0.5) & (predicted.contacts[:-1] > 0.5)
    samples = {
        "mpjpe_mm": position_error(predicted.pose, true.pose),
        "mpjae_deg": turned[:, 1:],
        "orientation_deg": turned[:, 0],
        "first_aligned_mpjpe_mm": position_error(joints - (root - true_root)[known.argmax()], true.joints)[:, JUDGED],
        "aligned_mpjpe_mm": position_error(_aligned(joints, true.joints, known), true.joints)[:, JUDGED],
        "root_mm": first_aligned_error(root, true_root),
        "jitter_m_s3": jerk(predicted.pose, fps),
        "root_jitter_m_s3": jerk(root[:, None], fps),
        "slide_mm_s": slides,
        "slide_said_mm_s": np.where(said, slides, np.nan),
        "detected_percent": np.where(stands & np.isfinite(slides), 100.0 * said, np.nan),
        "penetration_mm": np.clip(STANDING_M - predicted.heights, 0, None).max(-1),
    }
    for name, values in samples.items():
        if name.endswith(("mm", "mm_s")):
            samples[name] = 1e3 * values
    way = 1e3 * path_length(true_root)
    offs = _off_by_shift(predicted.pose, true.pose, fps)
    return WorldErrors(samples, way, len(known) / fps, offs)


def world_summary(recordings: Sequence[WorldErrors], fps: float) -> dict[str, float]:
    """The scores over all frames of all recordings, those of walking ones apart; what no frame knows is left out.

    root_percent is the mean root error over the mean length of the ways; lag_ms, by how much later the predicted motion
    would be the true one.

    Args:
        recordings: Their errors.
        fps: Frames/s of all of them.
    """
    scores = {name: mean_of_known([one.samples[name] for one in recordings]) for name in recordings[0].samples}
    slides = np.concatenate([one.samples["slide_mm_s"].ravel() for one in recordings])
    if np.isfinite(slides).any():
        scores["slide_median_mm_s"] = float(np.nanmedian(slides))
    scores["root_percent"] = _percent(recordings)
    walking = [one for one in recordings if one.walks]
    if walking:
        scores["root_walking_mm"] = mean_of_known([one.samples["root_mm"] for one in walking])
        scores["root_walking_percent"] = _percent(walking)
    offs = [one.offs for one in recordings if np.isfinite(one.offs).all()]
    if offs:
        scores["lag_ms"] = 1e3 / fps * _lowest(np.mean(offs, axis=0))
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def _aligned(points: np.ndarray, true: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`points` (T, J, 3) after the one best rotation and translation of the whole recording."""
    if not known.any():
        return points
    flat, target = points[known].reshape(-1, 3), true[known].reshape(-1, 3)
    moved = similarity_aligned(flat, target)
    a, b = flat - flat.mean(0), moved - moved.mean(0)
    rotation = np.linalg.lstsq(a, b * (np.linalg.norm(a) / np.linalg.norm(b)), rcond=None)[0]
    return (points - flat.mean(0)) @ rotation + target.mean(0)


def _off_by_shift(pose: np.ndarray, true: np.ndarray, fps: float) -> np.ndarray:
    velocity, true_velocity = (np.diff(one, axis=0) * fps for one in (pose, true))
    middle = np.arange(LATEST, len(velocity) + EARLIEST)
    shifts = range(EARLIEST, LATEST + 1)
    return np.array([mean_of_known([(velocity[middle] - true_velocity[middle - shift]) ** 2]) for shift in shifts])


def _lowest(offs: np.ndarray) -> float:
    """The shift where a parabola through the lowest of `offs` and its neighbours is lowest."""
    at = int(np.clip(np.argmin(offs), 1, len(offs) - 2))
    before, here, after = offs[at - 1 : at + 2]
    return EARLIEST + at + 0.5 * (before - after) / max(before - 2 * here + after, 1e-12)


def _percent(recordings: Sequence[WorldErrors]) -> float:
    return 100 * sum(mean_of_known([one.samples["root_mm"]]) for one in recordings) / sum(one.way for one in recordings)
