"""The people of one frame of a JSON file, whichever network and program wrote it."""

from collections.abc import Iterable
from typing import Any

from vtm.body.conventions import named_convention
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.errors import VtmError
from vtm_trt.keypoint_files.detections import Detection, Detections
from vtm_trt.keypoint_files.points import points_of

PEOPLE = ("people", "bodies", "instances", "persons", "detections", "predictions", "poses", "annotations", "results")
_ONE = ("keypoints", "pose_keypoints_2d", "pose_keypoints", "joints", "pose_landmarks", "landmarks", "kpts")
_TRACK = ("track_id", "idx", "person_id", "tracking_id", "instance_id", "track", "id_")


def people_of(frame: Any, found: Detections) -> list[Detection]:
    """Who is seen in one frame, which is a list of people or holds one; `found` takes what it says besides.

    Raises:
        VtmError: It cannot be understood.
    """
    seen = []
    for one in _apart(_listed(frame, found)):
        if not isinstance(one, dict):
            raise VtmError("has a person that is no mapping with keypoints; give x, y and confidence of each")
        one = {"keypoints": one} if _is_named(one) else one
        if not _has_points(one):
            continue
        points, names = points_of(one)
        if names:
            name_points(names, found)
        elif len(points) == 18 and ("pose_keypoints_2d" in one or "pose_keypoints" in one):
            found.convention = "openpose18"
        seen.append(Detection(points, track_of(one), _number_or(one.get("score", one.get("bbox_score")), 1.0)))
    return seen


def _listed(frame: Any, found: Detections) -> list[Any]:
    """The people of a frame, however deep it holds them."""
    people = frame
    if isinstance(frame, dict):
        found.size = size_of(frame.get("canvas_width"), frame.get("canvas_height")) or found.size
        is_one = _is_named(frame) or _has_points(frame)
        people = next((frame[key] for key in PEOPLE if isinstance(frame.get(key), list)), [frame] if is_one else [])
    while isinstance(people, list) and len(people) == 1 and isinstance(people[0], list):
        people = people[0]
    if not isinstance(people, list):
        raise VtmError("has a frame that is no list of people")
    is_one = bool(people) and all(isinstance(point, dict) and "x" in point and "y" in point for point in people)
    return [{"keypoints": people}] if is_one else people  # the landmarks of one person


def _has_points(one: dict[str, Any]) -> bool:
    return any(one.get(key) for key in _ONE)


def _is_named(one: dict[str, Any]) -> bool:
    """Whether it is the points themselves, by their names."""
    return sum(name in KEYPOINT_INDEX for name in one) > 10


def _apart(people: list[Any]) -> Iterable[Any]:
    """People one by one, also where MediaPipe's `pose_landmarks` hold several."""
    for one in people:
        key = next((key for key in ("pose_landmarks", "landmarks") if isinstance(one, dict) and one.get(key)), None)
        if key and isinstance(one[key], list) and isinstance(one[key][0], list) and isinstance(one[key][0][0], dict):
            yield from ({key: points} for points in one[key])
        else:
            yield one


def name_points(names: Any, found: Detections) -> None:
    """Take the convention of the points from their names, where these are any.

    Raises:
        VtmError: Points of this file have been in another order before.
    """
    if isinstance(names, dict):
        names = [names[key] for key in sorted(names, key=int)]
    if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
        named = named_convention(names)
        if isinstance(found.convention, type(named)) and found.convention.names != named.names:
            raise VtmError("names its points in different orders; give those of one network")
        found.convention = named


def track_of(entry: dict[str, Any]) -> int | None:
    """The number of a person who is followed through the frames; None where there is none."""
    given = next((entry[key] for key in _TRACK if entry.get(key) is not None), None)
    while isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, int | float) and not isinstance(given, bool) and given == int(given) and given >= 0:
        return int(given)
    return None


def size_of(width: Any, height: Any) -> tuple[int, int] | None:
    """Width and height as whole pixels; None where they are not."""
    whole = all(isinstance(side, int | float) and side == int(side) > 0 for side in (width, height))
    return (int(width), int(height)) if whole else None


def _number_or(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default
