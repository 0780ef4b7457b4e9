"""Camera files that are neither YAML, XML nor JSON: TOML of Pose2Sim and Anipose, ZED's and ROS' INI, COLMAP's list."""

import json
import re
from typing import Any

from vtm.errors import VtmError

_SECTION = re.compile(r"\[+\s*[\"']?([^\]\"']+)[\"']?\s*\]+$")
_COLMAP_LINE = re.compile(r"(\S+)\s+([A-Z][A-Z_]+)\s+(\d+)\s+(\d+)((?:\s+[-+.\deE]+)+)$")
_COLMAP = {
    "SIMPLE_PINHOLE": "f cx cy", "PINHOLE": "fx fy cx cy", "SIMPLE_RADIAL": "f cx cy k1", "RADIAL": "f cx cy k1 k2",
    "OPENCV": "fx fy cx cy k1 k2 p1 p2", "FULL_OPENCV": "fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6",
    "SIMPLE_RADIAL_FISHEYE": "f cx cy k1", "RADIAL_FISHEYE": "f cx cy k1 k2",
    "OPENCV_FISHEYE": "fx fy cx cy k1 k2 k3 k4",
}  # fmt: skip
"""Model -> the names of its numbers; those of fisheyes are OpenCV's, too, and what they lack is 0."""
_HALF = 0.5
"""COLMAP's upper left pixel has its centre at 0.5, 0.5; OpenCV's at 0, 0."""


def is_table(text: str) -> bool:
    """Whether the text begins with a section in brackets, on a line of its own."""
    return bool(_SECTION.match(next(_lines(text), "")))


def of_table(text: str) -> dict[str, Any]:
    """The sections of a TOML or INI file; where the values of an INI file have no names, as ROS writes it, the camera.

    Args:
        text: Sections of `key = value`, or ROS' sections of words and the numbers below them.
    """
    found: dict[str, Any] = {}
    own: dict[str, Any] = found
    open_key, open_text = "", ""
    plain: dict[str, list[float]] = {}
    for line in _lines(text):
        if open_key:
            open_text += " " + line
        elif section := _SECTION.match(line):
            own = found.setdefault(section[1].strip(), {})
            continue
        elif "=" in line:
            open_key, open_text = (part.strip() for part in line.split("=", 1))
        elif re.match(r"[A-Za-z]", line):
            own = plain.setdefault(line.strip().lower(), [])  # type: ignore[assignment]
            continue
        elif isinstance(own, list):
            own += [float(word) for word in line.split()]
            continue
        if open_text.count("[") <= open_text.count("]"):
            own[open_key.strip("\"'")] = _value(open_text)
            open_key = ""
    if not plain:
        return found
    coefficients = plain.get("distortion", [])
    return {
        "image_width": _first(plain.get("width")), "image_height": _first(plain.get("height")),
        "camera_matrix": plain.get("camera matrix", []), "distortion_coefficients": coefficients,
        "distortion_model": "plumb_bob" if len(coefficients) < 6 else "rational_polynomial",
    }  # fmt: skip


def _lines(text: str):
    """Lines without comments, but for empty ones."""
    for line in text.splitlines():
        plain = re.sub(r"(^|\s)[#;].*$", "", line).strip()
        if plain:
            yield plain


def _first(numbers: list[float] | None) -> float | None:
    return numbers[0] if numbers else None


def _value(text: str) -> Any:
    try:
        return json.loads(re.sub(r",\s*\]", "]", text.replace("'", '"')))
    except ValueError:
        return text.strip("\"'")


def is_colmap(text: str) -> bool:
    """Whether every line is a camera of COLMAP."""
    lines = list(_lines(text))
    return bool(lines) and all(_COLMAP_LINE.match(line) for line in lines)


def of_colmap(text: str) -> dict[str, Any]:
    """The cameras of COLMAP's `cameras.txt`, by their numbers, with numbers of names.

    Raises:
        VtmError: A model is none of OpenCV's.
    """
    found: dict[str, Any] = {}
    for line in _lines(text):
        number, model, width, height, numbers = _COLMAP_LINE.match(line).groups()  # type: ignore[union-attr]
        names, values = _COLMAP.get(model, "").split(), [float(word) for word in numbers.split()]
        if len(names) != len(values):
            raise VtmError(
                f"COLMAP's camera model {model} of {len(values)} numbers is not supported; use one of: "
                f"{', '.join(_COLMAP)}"
            )
        camera = dict(zip(names, values, strict=True))
        focal = camera.pop("f", None)
        if focal is not None:
            camera |= {"fx": focal, "fy": focal}
        camera |= {"cx": camera["cx"] - _HALF, "cy": camera["cy"] - _HALF}
        fisheye = {"model": "fisheye"} if model.endswith("FISHEYE") else {"model": "pinhole"}
        found[number] = camera | fisheye | {"width": int(width), "height": int(height)}
    return found if len(found) > 1 else next(iter(found.values()))
