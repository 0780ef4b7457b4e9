"""What a keypoint file does not say of itself, and whether what it says can be true."""

from dataclasses import dataclass

import numpy as np

from vtm.body.conventions import BY_COUNT, CONVENTIONS, Convention
from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES
from vtm.camera import Intrinsics
from vtm.errors import VtmError

SEEN = 0.3
LARGEST_SHARE = 2.0
"""Coordinates that never exceed it are shares of the picture, and no pixels."""
LARGEST_SCORE = 10.0
"""Of the networks whose scores exceed 1; above it they are percent, or no scores."""
MOST_OUTSIDE = 0.5
"""Share of the seen points that may lie outside of the picture."""
LONGEST_TREE = 1.85
"""The limbs of a body are hardly longer than the shortest tree that joins its points; those of mixed-up points are."""
_LIMBS = [
    (KEYPOINT_INDEX[one], KEYPOINT_INDEX[other])
    for one, other in (
        ("nose", "left_eye"), ("nose", "right_eye"), ("left_eye", "left_ear"), ("right_eye", "right_ear"),
        ("left_shoulder", "right_shoulder"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
        ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
        ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
    )
]  # fmt: skip
_JOINED = sorted({point for limb in _LIMBS for point in limb})
LOOKED_AT = 60


@dataclass(frozen=True)
class Reading:
    """What the user says of a keypoint file; None is what the file says itself, or what is usual.

    Attributes:
        convention: A name of `CONVENTIONS`; None goes by the number of points, or by their names.
        person: Whose keypoints, a number of the file's; None takes the largest person.
        normalised: Coordinates are shares of width and height.
        fps: Frames per second.
        size: Width and height of the pictures, pixels.
        intrinsics: The camera's.
        fov: Degrees along the longer side, where nobody knows the camera.
    """

    convention: str | None = None
    person: int | None = None
    normalised: bool = False
    fps: float | None = None
    size: tuple[int, int] | None = None
    intrinsics: Intrinsics | None = None
    fov: float | None = None


def convention_of(count: int, asked: str | None, told: Convention | str | None) -> tuple[Convention, str]:
    """The convention of a file, and in words how it was guessed.

    Args:
        count: How many points a person has.
        asked: The name that the user gives.
        told: What the file says.

    Raises:
        VtmError: Nobody knows it, or the number of points is another.
    """
    if asked is not None:
        if asked not in CONVENTIONS:
            raise VtmError(f"there is no convention '{asked}'; choose one of: {', '.join(CONVENTIONS)}")
        if CONVENTIONS[asked].count != count:
            raise VtmError(f"has {count} keypoints; {asked} has {CONVENTIONS[asked].count}")
        return CONVENTIONS[asked], ""
    if isinstance(told, str):
        return CONVENTIONS[told], f"{count} keypoints, taken for {CONVENTIONS[told].title}"
    usual = CONVENTIONS.get(BY_COUNT.get(count, ""))
    if told is not None and told.count > count and usual and told.names[:count] == usual.names:
        told = usual  # Human-Art names points that only its own network has
    if told is not None:
        if told.count != count:
            raise VtmError(f"names {told.count} points and has {count}; the file is damaged")
        if sum(name in KEYPOINT_INDEX for name in told.names) < 10:
            raise VtmError("gives its points names that are not understood; choose with --convention")
        return told, f"{count} keypoints, by the names that the file gives them"
    if count not in BY_COUNT:
        fitting = [name for name, convention in CONVENTIONS.items() if convention.count == count]
        known = ", ".join(map(str, sorted(BY_COUNT)))
        what = f"networks of {known} keypoints are understood; bring yours into such an order"
        if fitting:
            what = f"they may come in several orders; say which with --convention {' or '.join(fitting)}"
        raise VtmError(f"has {count} keypoints; {what}")
    name = BY_COUNT[count]
    if CONVENTIONS[name].names == KEYPOINT_NAMES:
        return CONVENTIONS[name], ""
    return CONVENTIONS[name], f"{count} keypoints, taken for {CONVENTIONS[name].title} (--convention {name})"


def clipped_scores(points: np.ndarray) -> tuple[np.ndarray, str]:
    """Points (T, P, 3) with confidences within 0..1, and in words what was done.

    Raises:
        VtmError: They are no confidences.
    """
    scores = points[..., 2]
    worst = float(scores.max(initial=0.0))
    if worst > LARGEST_SCORE:
        raise VtmError(f"the confidence goes up to {worst:g}; it must be between 0 and 1: is it percent, or depth?")
    if worst <= 1 and scores.min(initial=0.0) >= 0:
        return points, ""
    if np.isin(scores, (0, 1, 2)).all() and worst == 2:
        scores, words = scores / 2, "COCO's visibility taken as confidence: 2 as 1, 1 (covered) as 0.5"
    else:
        share = 100 * float((scores > 1).mean())
        words = f"scores up to {worst:.2g} are clipped to 1 ({share:.1f} % of them)"
    return np.concatenate([points[..., :2], np.clip(scores, 0, 1)[..., None]], -1), words


def in_pixels(
    points: np.ndarray, size: tuple[int, int], convention: Convention, normalised: bool
) -> tuple[np.ndarray, str]:
    """Points (T, P, 3) with x and y in pixels, and in words what was done.

    Raises:
        VtmError: They are shares of the picture and nobody said so, or the other way round.
    """
    seen = np.isfinite(points[..., :2]).all(-1) & (points[..., 2] > 0)
    reach = float(np.abs(points[seen][:, :2]).max(initial=0.0))
    if convention.row_first:
        points = points[..., [1, 0, 2]]
    shares = seen.any() and reach <= LARGEST_SHARE
    usual = convention.row_first or convention.keypoint_convention == 1.0
    if normalised and not shares:
        raise VtmError(f"coordinates go up to {reach:g} and are no shares of the picture; leave out --normalised")
    if not shares:
        return points, ""
    if not (normalised or usual):
        other = ", or --convention movenet where y comes before x" if convention.count == 17 else ""
        raise VtmError(
            f"coordinates lie within 0..1 ({reach:.2g} at most) and must be pixels; give --normalised{other}"
        )
    if float((points[seen][:, :2] < -0.25).mean()) > 0.1:
        raise VtmError("coordinates lie within -1..1; give them in pixels, or as shares of the picture from 0 to 1")
    return points * (*size, 1.0), f"coordinates taken as shares of {size[0]} x {size[1]} pixels"


def check_place(points: np.ndarray, size: tuple[int, int]) -> str:
    """Refuse keypoints (T, 23, 3) that are not those of a picture of that size; in words what is odd.

    Raises:
        VtmError: They lie beside it.
    """
    places = points[points[..., 2] > SEEN][:, :2]
    if not len(places):
        return ""
    beside, turned = _beside(places, size, 0.02), _beside(places, size[::-1], 0.02)
    share = f"{100 * beside:.0f} % of the keypoints lie outside of {size[0]} x {size[1]} pixels"
    if beside > 0.1 and turned < 0.3 * beside and size[0] != size[1]:
        raise VtmError(
            f"{share}, as if width and height were exchanged; give the size as width, height: {size[1]}, {size[0]}"
        )
    if beside > MOST_OUTSIDE:
        raise VtmError(f"{share}; give the size of the picture that they were found in")
    if _beside(places, size, 0.005) > 0.01 and not _beside(places, size[::-1], 0.0):
        return f"some keypoints lie outside of {size[0]} x {size[1]} pixels, none of {size[1]} x {size[0]}: is it that?"
    return ""


def _beside(places: np.ndarray, size: tuple[int, int], margin: float) -> float:
    """Share of the places that lie outside of a picture with a margin, in sides."""
    share = places / size
    return float(((share < -margin) | (share > 1 + margin)).any(-1).mean())


def check_order(points: np.ndarray, convention: Convention, asked: bool) -> str:
    """Refuse keypoints (T, 23, 3) whose limbs are those of no body, or of one in a mirror; in words what is odd.

    Args:
        points: Of one person.
        convention: Of the file.
        asked: Whether the user named it: who stands on the head in all of a clip is believed only then.

    Raises:
        VtmError: The points come in another order, or their axes are others.
    """
    if convention.names == KEYPOINT_NAMES:
        _check_middles(points)
        return ""
    whole = (points[:, _JOINED, 2] > SEEN).sum(-1) >= 12
    frames = np.flatnonzero(whole)
    if not len(frames):
        return ""
    frames = frames[np.linspace(0, len(frames) - 1, min(LOOKED_AT, len(frames))).astype(int)]
    lengths = [_tree(points[frame]) for frame in frames]
    if float(np.median(lengths)) > LONGEST_TREE:
        raise VtmError(
            f"read as {convention.title} the keypoints are no body: its limbs cross from end to end; say in which "
            f"order they come with --convention, one of: {', '.join(CONVENTIONS)}"
        )
    down = points[frames][:, [KEYPOINT_INDEX[name] for name in ("nose", "left_ankle", "right_ankle")]]
    known = (down[..., 2] > SEEN).all(-1)
    nose, ankle = down[known, 0, :2], down[known, 1:, :2].mean(1)
    if len(nose) < 5:
        return ""
    mirrored = _mirrored(points[frames])
    if float((nose[:, 1] > ankle[:, 1]).mean()) > 0.9:
        odd = "the head is below the feet in nearly every frame: does y go up, or do the points come in another order?"
        if mirrored or (mirrored is None and not asked):
            sure = "" if mirrored else ", or name the --convention where it is so"
            raise VtmError(f"{odd} write the height minus y{sure}")
        return odd
    if float((np.abs(nose - ankle)[:, 0] > 2 * np.abs(nose - ankle)[:, 1]).mean()) > 0.9:
        if mirrored:
            raise VtmError(
                "the person lies on the side, and left is right though the face is seen, in nearly every frame: "
                "y comes before x; write x first, or give --convention movenet where the points are MoveNet's"
            )
        return "the person lies on the side in nearly every frame: does y come before x? x must come first"
    if mirrored:
        return "left is right though the face is seen, in nearly every frame: is it mirrored? text in the film tells"
    return ""


def _mirrored(points: np.ndarray) -> bool | None:
    """Whether people (T, 23, 3) who show their faces are seen in a mirror, which no turn of the camera does.

    None where hardly a face is seen, or they turn round.
    """
    pairs = [[KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("eye", "shoulder", "hip")]
    seen = (points[:, np.ravel(pairs), 2] > SEEN).all(-1)
    places = points[seen, :, :2]
    if len(places) < 5:
        return None
    down = places[:, KEYPOINT_INDEX["mid_hip"]] - places[:, KEYPOINT_INDEX["neck"]]
    across = np.stack([places[:, left] - places[:, right] for left, right in pairs])
    mirrored = down[:, 0] * across[..., 1] - down[:, 1] * across[..., 0] > 0
    if mirrored.all(0).mean() > 0.9:
        return True
    return False if (~mirrored).all(0).mean() > 0.9 else None


def _check_middles(points: np.ndarray) -> None:
    """Refuse 23 keypoints whose `neck` is not between the shoulders: COCO's 17 and the feet are 23, too."""
    neck, left, right, hip = (KEYPOINT_INDEX[name] for name in ("neck", "left_shoulder", "right_shoulder", "left_hip"))
    seen = points[(points[:, [neck, left, right, hip], 2] > SEEN).all(-1), :, :2]
    if len(seen) < 3:
        return
    away = np.linalg.norm(seen[:, neck] - seen[:, [left, right]].mean(1), axis=-1)
    trunk = np.linalg.norm(seen[:, [left, right]].mean(1) - seen[:, hip], axis=-1)
    if float(np.median(away / np.maximum(trunk, 1e-9))) > 0.5:
        raise VtmError(
            "of its 23 keypoints the last, the neck, is not between the shoulders; bring them into our order, or say "
            "--convention coco23 for COCO's 17 and the feet"
        )


def _tree(points: np.ndarray) -> float:
    """Length of the limbs over that of the shortest tree which joins the same points."""
    seen = points[:, 2] > SEEN
    limbs = [(one, other) for one, other in _LIMBS if seen[one] and seen[other]]
    joined = sorted({point for limb in limbs for point in limb})
    places = points[joined, :2]
    length = sum(float(np.linalg.norm(points[one, :2] - points[other, :2])) for one, other in limbs)
    ways = np.linalg.norm(places[:, None] - places[None], axis=-1)
    nearest, shortest = ways[0].copy(), 0.0
    nearest[0] = np.inf
    for _ in range(len(joined) - 1):
        chosen = int(np.argmin(nearest))
        shortest += float(nearest[chosen])
        visited = nearest == np.inf
        nearest = np.minimum(nearest, ways[chosen])
        nearest[visited] = nearest[chosen] = np.inf
    return length / max(shortest, 1e-9)
