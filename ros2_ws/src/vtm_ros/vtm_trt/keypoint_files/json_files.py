"""Keypoints from JSON: OpenPose's folders, MMPose's, COCO's, AlphaPose's and Ultralytics' files."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vtm.body.conventions import named_convention
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.errors import VtmError
from vtm_trt.keypoint_files.detections import Detection, Detections
from vtm_trt.keypoint_files.points import points_of

_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_PEOPLE = ("people", "bodies", "instances", "persons", "detections", "predictions", "poses", "annotations", "results")
_ONE = ("keypoints", "pose_keypoints_2d", "pose_keypoints", "joints", "pose_landmarks", "landmarks", "kpts")
_FRAME = (
    "frame_id",
    "frame",
    "frame_index",
    "frame_idx",
    "frame_number",
    "frame_num",
    "image_id",
    "file_name",
    "image",
)
_FRAMES = ("frames", "frame_data", "data")
_SIDES = (
    ("width", "image_width", "frame_width", "video_width"),
    ("height", "image_height", "frame_height", "video_height"),
)
_ABOUT = ("video_info", "metadata", "meta", "video", "info")
_SECONDS = ("timestamp", "timestamp_s", "timestamp_ms", "time", "time_s", "time_ms", "time_seconds", "time_sec")
_TRACK = ("track_id", "idx", "person_id", "tracking_id", "instance_id", "track", "id_")


def read_folder(folder: Path) -> Detections:
    """A file for every frame, numbered in its name, as OpenPose writes them.

    Raises:
        VtmError: There is none, or two of the same frame, or one cannot be understood.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise VtmError("is a folder without .json files; give the folder that OpenPose wrote with --write_json")
    if len(files) == 1:
        return detections_of(loaded(files[0]))
    found = Detections()
    names: dict[int, str] = {}
    for path in files:
        number = _numbered(path.stem)
        if number in names:
            raise VtmError(
                f"has two files of frame {number}, {names[number]} and {path.name}; give a folder of one video's files"
            )
        names[number] = path.name
        try:
            found.frames[number] = _people(loaded(path), found)
        except VtmError as fault:
            raise VtmError(f"{path.name} {fault}") from fault
    return found


def loaded(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        VtmError: It is none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            return json.loads(text)
        except ValueError:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) < 2:
                raise
            return [json.loads(line) for line in lines]  # a document for each frame
    except (UnicodeDecodeError, ValueError, RecursionError) as fault:
        raise VtmError("is not JSON, or is damaged; write it again") from fault


def detections_of(document: Any) -> Detections:
    """The people of every frame of a JSON document.

    Raises:
        VtmError: It cannot be understood.
    """
    found = Detections()
    if isinstance(document, dict):
        if "annotations" in document and "images" in document:
            return _of_coco(document, found)
        inner = next((key for key in _FRAMES if isinstance(document.get(key), list | dict) and document[key]), None)
        if inner and not any(key in document for key in (*_PEOPLE, "instance_info")):
            _what_is_said(document, found)
            document = document[inner]
    if isinstance(document, dict):
        if "instance_info" in document:
            _name_points((document.get("meta_info") or {}).get("keypoint_id2name"), found)
            document, found.first = document["instance_info"], 1
        elif len(lists := [one for one in document.get("predictions") or () if isinstance(one, list)]) > 1:
            document = lists  # MMPose's of every frame
        elif any(key in document for key in ("people", "instances", "predictions")):
            found.frames[0] = _people(document, found)
            return found
        elif document and all(_NUMBER.search(str(key)) for key in document if key != "version"):
            for key, value in document.items():  # AlphaPose's formats `open` and `cmu`
                if key != "version":
                    _add(found, _numbered(str(key)), _people(value, found))
            return found
    if not isinstance(document, list):
        raise VtmError(
            "is no JSON of keypoints that is understood; give OpenPose's, MMPose's, COCO's, AlphaPose's, Ultralytics', "
            "or frames in a list"
        )
    if not document:
        return found
    if any(not isinstance(entry, dict | list) for entry in document):
        raise VtmError("is a list of neither people nor frames; give OpenPose's, MMPose's, COCO's or AlphaPose's")
    frames = [isinstance(entry, list) or any(key in entry for key in _PEOPLE) for entry in document]
    numbered = [isinstance(entry, dict) and any(key in entry for key in _FRAME) for entry in document]
    if not all(frames) and not all(numbered):
        if any(numbered) or any(frames):
            raise VtmError("has entries with and without a number of their frame; give one to each")
        if any(_track(entry) is not None or "bbox" in entry or "box" in entry for entry in document):  # of one picture
            found.frames[0] = _people(document, found)
            return found
    for place, entry in enumerate(document):
        number = _frame_number(entry) if numbered[place] else place
        _add(found, number, _people(entry if frames[place] else [entry], found))
        seconds = next((entry[key] for key in _SECONDS if key in entry), None) if isinstance(entry, dict) else None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            found.times.setdefault(number, float(seconds))
    return found


def _what_is_said(document: dict[str, Any], found: Detections) -> None:
    """Frame rate and size, which a file of frames says beside them."""
    about = [document, *(document[key] for key in _ABOUT if isinstance(document.get(key), dict))]
    for said in about:
        sides = [next((said[key] for key in keys if key in said), None) for keys in _SIDES]
        resolution: list[Any] = next(
            (said[key] for key in ("resolution", "image_size", "size") if isinstance(said.get(key), list)), []
        )
        found.size = found.size or _size(*sides) or (_size(*resolution) if len(resolution) == 2 else None)
        rate = next((said[key] for key in ("fps", "frame_rate", "framerate") if said.get(key)), None)
        found.fps = found.fps or (float(rate) if isinstance(rate, int | float) else None)


def _of_coco(document: dict[str, Any], found: Detections) -> Detections:
    """A COCO dataset: its images say the size, and the order of the frames."""
    images = [image for image in document["images"] if isinstance(image, dict)]
    numbers = [_frame_number(image, ("frame_id", "frame_number", "frame", "file_name")) for image in images]
    if len(set(numbers)) != len(numbers):
        raise VtmError("has several images of one frame number; give the images of one video")
    sizes = {_size(image.get("width"), image.get("height")) for image in images}
    if len(sizes) > 1:
        raise VtmError("has images of several sizes; give the images of one video")
    found.size = sizes.pop() if sizes else None
    number_of = {image.get("id"): number for image, number in zip(images, numbers, strict=True)}
    kinds = [kind for kind in document.get("categories") or [] if isinstance(kind, dict) and kind.get("keypoints")]
    if kinds:
        _name_points(kinds[0]["keypoints"], found)
    for number in numbers:
        found.frames[number] = []
    for entry in document["annotations"]:
        if not entry.get("keypoints") or not any(entry["keypoints"]):
            continue
        if kinds and len(entry["keypoints"]) == 3 * len(kinds[0]["keypoints"]):
            entry = {
                **entry,
                "keypoints": [entry["keypoints"][at : at + 3] for at in range(0, len(entry["keypoints"]), 3)],
            }
        if entry.get("image_id") not in number_of:
            raise VtmError(f"has keypoints of an image {entry.get('image_id')} that it does not list")
        _add(found, number_of[entry["image_id"]], _people([entry], found))
    return found


def _people(frame: Any, found: Detections) -> list[Detection]:
    """Who is seen in one frame, which is a list of people or holds one."""
    if isinstance(frame, dict):
        found.size = _size(frame.get("canvas_width"), frame.get("canvas_height")) or found.size
        people = next((frame[key] for key in _PEOPLE if isinstance(frame.get(key), list)), None)
        if people is None:
            people = [frame] if _is_named(frame) or any(frame.get(key) for key in _ONE) else []
    else:
        people = frame
    while isinstance(people, list) and len(people) == 1 and isinstance(people[0], list):
        people = people[0]
    if not isinstance(people, list):
        raise VtmError("has a frame that is no list of people")
    if people and all(isinstance(one, dict) and "x" in one and "y" in one for one in people):
        people = [{"keypoints": people}]  # a frame that is the landmarks of one person
    seen = []
    for one in _apart(people):
        if not isinstance(one, dict):
            raise VtmError("has a person that is no mapping with keypoints; give x, y and confidence of each")
        one = {"keypoints": one} if _is_named(one) else one
        if not any(one.get(key) for key in _ONE):
            continue
        points, names = points_of(one)
        if names:
            _name_points(names, found)
        elif len(points) == 18 and ("pose_keypoints_2d" in one or "pose_keypoints" in one):
            found.convention = "openpose18"
        seen.append(Detection(points, _track(one), _number_or(one.get("score", one.get("bbox_score")), 1.0)))
    return seen


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


def _name_points(names: Any, found: Detections) -> None:
    if isinstance(names, dict):
        names = [names[key] for key in sorted(names, key=int)]
    if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
        named = named_convention(names)
        if isinstance(found.convention, type(named)) and found.convention.names != named.names:
            raise VtmError("names its points in different orders; give those of one network")
        found.convention = named


def _add(found: Detections, number: int, people: Iterable[Detection]) -> None:
    found.frames.setdefault(number, []).extend(people)


def _frame_number(entry: dict[str, Any], keys: tuple[str, ...] = _FRAME) -> int:
    given = next((entry[key] for key in keys if entry.get(key) is not None), None)
    if given is None:
        raise VtmError(f"has an entry without the number of its frame; give each one of: {', '.join(keys)}")
    if isinstance(given, int | float) and given == int(given):
        return int(given)
    return _numbered(str(given).rsplit("/", 1)[-1].rsplit(".", 1)[0])


def _numbered(stem: str) -> int:
    """The last number in a name, which counts frames."""
    found = _NUMBER.search(stem.removesuffix("_keypoints"))
    if not found:
        raise VtmError(f"has a frame by the name {stem}, without a number; name the frames 0, 1, 2 ...")
    return int(found[1])


def _track(entry: dict[str, Any]) -> int | None:
    given = next((entry[key] for key in _TRACK if entry.get(key) is not None), None)
    while isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, int | float) and not isinstance(given, bool) and given == int(given) and given >= 0:
        return int(given)
    return None


def _size(width: Any, height: Any) -> tuple[int, int] | None:
    whole = all(isinstance(side, int | float) and side == int(side) > 0 for side in (width, height))
    return (int(width), int(height)) if whole else None


def _number_or(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default
