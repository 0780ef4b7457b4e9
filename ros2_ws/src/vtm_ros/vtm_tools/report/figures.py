"""The numbers of a report, each with its unit and what it means."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vtm.body.hand import SIDES
from vtm.body.skeleton import JOINT_NAMES, bone_lengths, stature
from vtm.files.motion_file import MotionClip
from vtm_tools.report.series import Series
from vtm_trt.postprocess.plausibility import FAR_OFF, FASTEST_JOINT, FASTEST_TURN, OFF, Kind

FLIP = np.pi / 2
"""An angle that changes by more from one frame to the next, radians, has jumped."""
FAULTS = {
    Kind.TURN: f"in which the pelvis turns faster than {FASTEST_TURN:.0f} rad/s",
    Kind.SPEED: f"in which a joint moves faster than {FASTEST_JOINT:.0f} m/s beside the pelvis",
    Kind.SIZE: "in which the person is nearer or further away at once",
    Kind.MISFIT: f"whose keypoints are {OFF:.0f} % of the person's height off the body, or one of them {FAR_OFF:.0f} %",
    Kind.NOBODY: "in which no body fits what is seen",
}


@dataclass(frozen=True)
class Number:
    """One number of the report.

    Attributes:
        name: For programs.
        value: None where it cannot be said.
        title: For people, and so are `unit` and `meaning`.
    """

    name: str
    value: float | None
    title: str
    unit: str
    meaning: str


def numbers(clip: MotionClip, found: Series) -> list[Number]:
    """What the report says in numbers, most important first."""
    gaps = runs(~found.valid)
    sliding = found.sole_speed[1:][found.standing[1:] & found.standing[:-1]] * 1000
    relative = found.joints - found.root[:, None]
    steps = np.abs(np.diff(found.angles[found.valid], axis=0))
    counts = Counter(fault.kind for faults in found.faults.values() for fault in faults)
    listed = [
        ("frames", len(found.valid), "Frames", "", "in the video"),
        ("seconds", found.seconds[-1], "Length", "s", "from the first frame to the last"),
        ("tracked", 100 * found.valid.mean(), "Tracked", "%", "of the frames show the person"),
        ("longest_gap", max((stop - start for start, stop in gaps), default=0), "Longest gap", "frames",
         f"in a row without the person; {len(gaps)} gaps in all"),
        ("confidence", np.nanmean(found.confidence), "Confidence", "",
         "in the joints, mean, 0 to 1; below 0.5 much was hidden"),
        ("off_px", _median(found.off), "Fit", "px", "median distance from the 2D keypoints to the body"),
        ("jitter", _jerk(relative, found.seconds), "Jitter", "m/s³",
         "mean jerk of the joints relative to the pelvis; a few hundred is smooth, thousands tremble"),
        ("root_jitter", _jerk(found.root[:, None], found.seconds), "Jitter of the root", "m/s³",
         "the same of the pelvis"),
        ("standing", 100 * found.standing[found.valid].any(-1).mean(), "Standing", "%",
         "of the frames have a foot that is predicted to stand"),
        ("slide_mean", _mean(sliding), "Foot slide, mean", "mm/s", "speed of feet while they are predicted to stand"),
        ("slide_median", _median(sliding), "Foot slide, median", "mm/s", "half of the time it is less"),
        ("flips", float((steps > FLIP).any(-1).sum()), "Jumping angles", "frames",
         "in which a joint angle changes by more than 90° at once"),
        ("impossible", 100 * float((~found.possible[found.valid]).mean()), "Beyond limits", "%",
         "of the frames bend a joint further than people can"),
        ("people", float(clip.person.max() + 1), "People", "", "one after the other, each with bones of their own"),
        *((f"faults_{kind.name.lower()}", float(counts[kind]), kind.value.capitalize(), "frames", meaning)
          for kind, meaning in FAULTS.items()),
        ("stature", stature(clip.offsets), "Height", "m", "of the person, standing; assumed unless it was given"),
        ("path", _path(found.root[found.valid]), "Path", "m", "length of the way of the pelvis over the ground"),
        *_of_hands(clip),
    ]  # fmt: skip
    return [Number(name, _finite(value), *told) for name, value, *told in listed]


def _of_hands(clip: MotionClip) -> Iterator[tuple[str, float, str, str, str]]:
    """Of both hands, nothing where nobody looked at them."""
    for hand in range(clip.hand_angles.shape[1]):
        side, sure = SIDES[hand], clip.hand_confidence[:, hand]
        yield (
            f"{side}_hand_confidence", _mean(sure[clip.valid]), f"Confidence, {side} hand", "",
            "mean, 0 to 1; 0.5 where its finger joints are expected to be 20° off, 0 after it was not seen for a while",
        )  # fmt: skip
        steps = np.degrees(np.abs(np.diff(clip.hand_angles[:, hand], axis=0))).mean(-1)
        yield (
            f"{side}_hand_step", _median(steps[sure[1:] > 0]), f"Finger steps, {side} hand", "°",
            "by which the finger angles differ from frame to frame, mean of a frame, median over time",
        )  # fmt: skip


def bones(clip: MotionClip) -> dict[str, float]:
    """Length in metres of the bone that ends in each joint; one skeleton for the whole file."""
    return dict(zip(JOINT_NAMES[1:], bone_lengths(clip.offsets).astype(float).tolist(), strict=True))


def worst_frames(found: Series, count: int = 6, apart_s: float = 0.5) -> list[int]:
    """The frames with the least confidence, in order of time.

    Args:
        found: The motion over time.
        count: How many at most.
        apart_s: No two of them are nearer than this, seconds.
    """
    chosen: list[int] = []
    for frame in np.argsort(np.where(found.valid, found.confidence, np.inf), kind="stable"):
        if len(chosen) == count or not found.valid[frame]:
            break
        if all(abs(found.seconds[frame] - found.seconds[other]) >= apart_s for other in chosen):
            chosen.append(int(frame))
    return sorted(chosen)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First and one past the last index of every run of True in `flags` (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _jerk(points: np.ndarray, seconds: np.ndarray) -> float:
    """Mean length of the third derivative of points (T, N, 3), over frames at a steady rate."""
    step = np.median(np.diff(seconds)) if len(seconds) > 1 else np.nan
    steady = np.abs(np.diff(seconds) / step - 1) < 0.5
    third = np.linalg.norm(np.diff(points, n=3, axis=0), axis=-1) / step**3
    usable = third[steady[2:] & steady[1:-1] & steady[:-2]] if len(third) else third
    return _mean(usable[np.isfinite(usable)])


def _path(root: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(root[:, :2], axis=0), axis=-1).sum())


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else np.nan


def _finite(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
