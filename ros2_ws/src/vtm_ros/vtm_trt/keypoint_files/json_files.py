"""Keypoints from JSON: OpenPose's folders, MMPose's, COCO's, AlphaPose's and Ultralytics' files."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_trt.keypoint_files.detections import Detections
from vtm_trt.keypoint_files.json_people import PEOPLE, name_points, people_of, size_of, track_of

_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_FRAME = (
    "frame_id", "frame", "frame_index", "frame_idx", "frame_number", "frame_num", "image_id", "file_name", "image",
)  # fmt: skip
_FRAMES = ("frames", "frame_data", "data")
_SIDES = (
    ("width", "image_width", "frame_width", "video_width"),
    ("height", "image_height", "frame_height", "video_height"),
)
_ABOUT = ("video_info", "metadata", "meta", "video", "info")
_SECONDS = ("timestamp", "timestamp_s", "timestamp_ms", "time", "time_s", "time_ms", "time_seconds", "time_sec")
_NOT_UNDERSTOOD = (
    "is no JSON of keypoints that is understood; give OpenPose's, MMPose's, COCO's, AlphaPose's, Ultralytics', or "
    "frames in a list"
)
_Frames = Iterable[tuple[int, Any]]
"""The number of each frame, and whatever holds the people seen in it."""


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
            found.frames[number] = people_of(loaded(path), found)
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
    for number, frame in _frames_of(document, found):
        found.frames.setdefault(number, []).extend(people_of(frame, found))
    return found


def _frames_of(document: Any, found: Detections) -> _Frames:
    """The frames of a document; here and below, `found` takes what it says besides."""
    if not isinstance(document, dict):
        return _of_list(document, found)
    if "annotations" in document and "images" in document:
        return _of_coco(document, found)
    inner = next((key for key in _FRAMES if isinstance(document.get(key), list | dict) and document[key]), None)
    if inner and not any(key in document for key in (*PEOPLE, "instance_info")):
        _what_is_said(document, found)
        document = document[inner]
    return _of_mapping(document, found) if isinstance(document, dict) else _of_list(document, found)


def _of_mapping(document: dict[str, Any], found: Detections) -> _Frames:
    if "instance_info" in document:
        name_points((document.get("meta_info") or {}).get("keypoint_id2name"), found)
        found.first = 1
        return _of_list(document["instance_info"], found)
    lists = [one for one in document.get("predictions") or () if isinstance(one, list)]
    if len(lists) > 1:  # MMPose's of every frame
        return _of_list(lists, found)
    if any(key in document for key in ("people", "instances", "predictions")):
        return [(0, document)]
    names = [key for key in document if key != "version"]
    if document and all(_NUMBER.search(str(name)) for name in names):  # AlphaPose's formats `open` and `cmu`
        return ((_numbered(str(name)), document[name]) for name in names)
    raise VtmError(_NOT_UNDERSTOOD)


def _of_list(document: Any, found: Detections) -> _Frames:
    """Frames, or people who have a frame each or are those of one picture."""
    if not isinstance(document, list):
        raise VtmError(_NOT_UNDERSTOOD)
    if any(not isinstance(entry, dict | list) for entry in document):
        raise VtmError("is a list of neither people nor frames; give OpenPose's, MMPose's, COCO's or AlphaPose's")
    are_frames = [isinstance(entry, list) or any(key in entry for key in PEOPLE) for entry in document]
    are_numbered = [isinstance(entry, dict) and any(key in entry for key in _FRAME) for entry in document]
    if not all(are_frames) and not all(are_numbered):
        if any(are_numbered) or any(are_frames):
            raise VtmError("has entries with and without a number of their frame; give one to each")
        if any(track_of(entry) is not None or "bbox" in entry or "box" in entry for entry in document):
            yield 0, document
            return
    for place, (entry, is_frame, is_numbered) in enumerate(zip(document, are_frames, are_numbered, strict=True)):
        number = _frame_number(entry) if is_numbered else place
        seconds = next((entry[key] for key in _SECONDS if key in entry), None) if isinstance(entry, dict) else None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            found.times.setdefault(number, float(seconds))
        yield number, entry if is_frame else [entry]


def _of_coco(document: dict[str, Any], found: Detections) -> _Frames:
    """A COCO dataset: its images say the size, and the order of the frames."""
    images = [image for image in document["images"] if isinstance(image, dict)]
    numbers = [_frame_number(image, ("frame_id", "frame_number", "frame", "file_name")) for image in images]
    if len(set(numbers)) != len(numbers):
        raise VtmError("has several images of one frame number; give the images of one video")
    sizes = {size_of(image.get("width"), image.get("height")) for image in images}
    if len(sizes) > 1:
        raise VtmError("has images of several sizes; give the images of one video")
    found.size = sizes.pop() if sizes else None
    found.frames = {number: [] for number in numbers}
    number_of = {image.get("id"): number for image, number in zip(images, numbers, strict=True)}
    kinds = [kind for kind in document.get("categories") or [] if isinstance(kind, dict) and kind.get("keypoints")]
    names = kinds[0]["keypoints"] if kinds else []
    name_points(names, found)
    for entry in document["annotations"]:
        points = entry.get("keypoints")
        if not points or not any(points):
            continue
        if names and len(points) == 3 * len(names):
            entry = {**entry, "keypoints": [points[at : at + 3] for at in range(0, len(points), 3)]}
        if entry.get("image_id") not in number_of:
            raise VtmError(f"has keypoints of an image {entry.get('image_id')} that it does not list")
        yield number_of[entry["image_id"]], [entry]


def _what_is_said(document: dict[str, Any], found: Detections) -> None:
    """Frame rate and size, which a file of frames says beside them."""
    about = [document, *(document[key] for key in _ABOUT if isinstance(document.get(key), dict))]
    for said in about:
        sides = [next((said[key] for key in keys if key in said), None) for keys in _SIDES]
        resolution: list[Any] = next(
            (said[key] for key in ("resolution", "image_size", "size") if isinstance(said.get(key), list)), []
        )
        found.size = found.size or size_of(*sides) or (size_of(*resolution) if len(resolution) == 2 else None)
        rate = next((said[key] for key in ("fps", "frame_rate", "framerate") if said.get(key)), None)
        found.fps = found.fps or (float(rate) if isinstance(rate, int | float) else None)


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
