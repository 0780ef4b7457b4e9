"""The points of one person as JSON files hold them, and as arrays do: x, y and confidence of each."""

from typing import Any

import numpy as np

from vtm.body.conventions import COUNTS
from vtm.errors import VtmError

SCORES = (
    "keypoint_scores",
    "keypoints_scores",
    "keypoint_score",
    "scores",
    "confidences",
    "confidence",
    "conf",
    "visible",
    "visibility",
)
MOSTLY = 0.05
"""Share of the third numbers below 0 from which they are depth; heatmaps now and then go a little below it."""
FURTHEST = 1e6
"""Pixels."""
_OF_ONE = ("score", "visibility", "confidence", "conf", "visible", "c", "v")


def with_confidence(values: np.ndarray, scores: np.ndarray | None = None) -> np.ndarray:
    """Points as (..., P, 3) x, y and confidence.

    A point at exactly 0, 0 is a missing one, as detectors write it. Without any confidence the others count as sure.

    Args:
        values: (..., P, C): x and y; with a confidence; with MediaPipe's depth and visibility, and its presence.
        scores: (..., P), where they come apart.

    Raises:
        VtmError: The columns cannot be told.
    """
    columns = values.shape[-1]
    if columns not in (2, 3, 4, 5):
        raise VtmError(f"has {columns} numbers for each keypoint; give x, y and confidence")
    if scores is not None:
        if scores.shape == (*values.shape[:-1], 1):
            scores = scores[..., 0]
        if scores.shape != values.shape[:-1]:
            raise VtmError(
                f"has scores of shape {scores.shape} for keypoints of shape {values.shape}; give one for each"
            )
        if columns != 2:
            raise VtmError(
                f"has scores beside {columns} numbers for each keypoint: are they 3D? give x and y in pixels"
            )
    elif columns == 2:
        scores = np.ones(values.shape[:-1])
    else:
        scores = values[..., 2 if columns == 3 else 3]
        if columns == 3 and (scores < -0.01).mean() > MOSTLY:
            raise VtmError(
                "has a third number for each keypoint that goes below 0 and is no confidence: is it depth? give x, y "
                "and confidence, or x, y, depth and visibility"
            )
    points = np.concatenate([values[..., :2], scores[..., None]], -1).astype(np.float64)
    points[missing(points)] = (np.nan, np.nan, 0.0)
    return points


def missing(points: np.ndarray) -> np.ndarray:
    """Which of the points (..., 3) are none: no numbers, at exactly 0, 0, or further off than any picture."""
    places = points[..., :2]
    return ~np.isfinite(points).all(-1) | (places == 0).all(-1) | (np.abs(places) > FURTHEST).any(-1)


def points_of(person: dict[str, Any]) -> tuple[np.ndarray, list[str] | None]:
    """The points of one person of a JSON file, (P, 3), and their names where it gives them.

    Raises:
        VtmError: They cannot be understood.
    """
    keys = ("keypoints", "pose_keypoints_2d", "pose_keypoints", "joints", "pose_landmarks", "landmarks", "kpts")
    given = next((person[key] for key in keys if person.get(key) is not None), None)
    scores = next((person[key] for key in SCORES if isinstance(person.get(key), list) and person[key]), None)
    try:
        if isinstance(given, dict):
            if "x" not in given:
                given, names = list(given.values()), list(given)
                return points_of(
                    {"keypoints": [{**_mapping(one), "name": n} for one, n in zip(given, names, strict=True)]}
                )
            columns = [given[key] for key in ("x", "y")]
            scores = next((given[key] for key in ("visible", *_OF_ONE) if isinstance(given.get(key), list)), scores)
            return with_confidence(np.array(columns, float).T, _scores(scores)), None
        if not isinstance(given, list) or not given:
            raise VtmError("has a person without keypoints")
        if isinstance(given[0], dict):
            return _of_mappings(given)
        values = np.array(
            [[np.nan if v is None else v for v in row] if isinstance(row, list) else row for row in given], float
        )
        if values.ndim == 3 and values.shape[0] == 1:
            values = values[0]
        if values.ndim == 1:
            values = unrolled(values, scores)
    except (TypeError, ValueError, KeyError, AttributeError) as fault:
        raise VtmError(f"has keypoints that cannot be read ({fault}); give x, y and confidence of each") from fault
    if values.ndim != 2:
        raise VtmError(f"has keypoints of shape {values.shape}; give x, y and confidence of each")
    return with_confidence(values, _scores(scores)), None


def _mapping(one: Any) -> dict[str, Any]:
    if isinstance(one, dict):
        return one
    return dict(zip(("x", "y", "score"), one, strict=False))


def _scores(scores: Any) -> np.ndarray | None:
    if scores is None:
        return None
    found = np.array([0.0 if score is None else score for score in scores], float)
    return found[0] if found.ndim == 2 and found.shape[0] == 1 else found


def _of_mappings(given: list[dict[str, Any]]) -> tuple[np.ndarray, list[str] | None]:
    """Of points that are {x, y, score, name} each."""
    names = [one.get("name", one.get("part")) for one in given]
    rows = [one.get("position", one) for one in given]
    places = np.array([[row["x"], row["y"]] for row in rows], float)
    key = next((key for key in _OF_ONE if any(key in one for one in given)), None)
    if key is None and any("z" in row for row in rows):
        raise VtmError("has points with depth and without visibility; give x, y and visibility of each")
    scores = None if key is None else np.array([one.get(key) or 0.0 for one in given], float)
    return with_confidence(places, scores), [str(name) for name in names] if all(names) else None


def unrolled(values: np.ndarray, scores: Any = None) -> np.ndarray:
    """Points (P, C) from the numbers of a person in a row, as many of each as their number tells, or that of scores.

    Raises:
        VtmError: It does not.
    """
    if scores is not None:
        columns = [len(values) // len(scores)]
    else:
        columns = [
            columns for columns in (3, 4, 2, 5) if len(values) % columns == 0 and len(values) // columns in COUNTS
        ]
    if not columns or len(values) % columns[0]:
        known = ", ".join(map(str, COUNTS))
        raise VtmError(f"has {len(values)} numbers for a person; three for each of {known} keypoints are understood")
    return values.reshape(-1, columns[0])
