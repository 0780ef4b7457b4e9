"""What a keypoint file does not say of itself, and whether what it says can be true."""

from dataclasses import dataclass

import numpy as np

from vtm.body.conventions import Convention
from vtm.camera import Intrinsics
from vtm.errors import VtmError

SEEN = 0.3
LARGEST_SHARE = 2.0
"""Coordinates that never exceed it are shares of the picture, and no pixels."""
LARGEST_SCORE = 10.0
"""Of the networks whose scores exceed 1; above it they are percent, or no scores."""
MOST_OUTSIDE = 0.5
"""Share of the seen points that may lie outside of the picture."""


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
