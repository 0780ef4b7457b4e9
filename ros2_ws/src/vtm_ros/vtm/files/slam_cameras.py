"""Cameras in the files of visual SLAM, whose numbers have names: ORB-SLAM's, VINS' (camodocal's) and Basalt's."""

from typing import Any

from vtm.errors import VtmError
from vtm.files.lens_models import FISHEYE

_FOCAL_AND_CENTRE = (("fx", "fy", "cx", "cy"), ("fx", "fy", "ppx", "ppy"), ("mu", "mv", "u0", "v0"))
_PINHOLE = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
"""In OpenCV's order."""
_FISHEYES = {
    "kannalabrandt8": ("k1", "k2", "k3", "k4"), "kb4": ("k1", "k2", "k3", "k4"),
    "kannala_brandt": ("k2", "k3", "k4", "k5"),
}  # fmt: skip
_PINHOLES = ("pinhole", "pinhole_full", "pinhole-radtan8", "rectified")
_ORB_SLAM = ("Camera1", "Camera")
_COEFFICIENTS = ("distortion_coefficients", "distortion", "dist")


def of_slam(document: dict[str, Any]) -> dict[str, Any]:
    """The document as ROS would write it, if it is one of these; else itself.

    Raises:
        VtmError: Its camera is of a model that is not understood.
    """
    inner = document.get("value0")
    if isinstance(inner, dict) and isinstance(inner.get("intrinsics"), list):
        cameras = [
            camera_of(one.get("camera_type"), one.get("intrinsics"), *size)
            for one, size in zip(inner["intrinsics"], inner.get("resolution") or (), strict=True)
        ]
        return cameras[0] if len(cameras) == 1 else {f"cam{number}": one for number, one in enumerate(cameras)}
    for name in _ORB_SLAM:
        if f"{name}.fx" in document:
            start = f"{name}."
            values = {key.removeprefix(start): value for key, value in document.items() if key.startswith(start)}
            size = tuple(document.get(f"Camera.{side}", document.get(f"image_{side}")) for side in ("width", "height"))
            return camera_of(document.get("Camera.type", "pinhole"), values, size[0], size[1])
    if "projection_parameters" in document:
        values = {**(document.get("distortion_parameters") or {}), **document["projection_parameters"]}
        size = (document.get("image_width"), document.get("image_height"))
        return camera_of(document.get("model_type"), values, *size)
    named = next((key for key in _COEFFICIENTS if isinstance(document.get(key), dict) and "k1" in document[key]), None)
    if named:
        return {**document, named: _in_order(document[named], _names(document[named], document))}
    return document


def _names(values: dict[str, Any], document: dict[str, Any]) -> tuple[str, ...]:
    model = str(document.get("distortion_model"))
    return _FISHEYES["kb4"] if model in (FISHEYE, "fisheye", "equi") and "p1" not in values else _PINHOLE


def camera_of(model: Any, values: Any, width: Any, height: Any) -> dict[str, Any]:
    """A camera as ROS would write it.

    Args:
        model: `pinhole`, `kb4` and their like.
        values: Focal lengths, centre and coefficients by their names.
        width: Of the picture, None where nobody says it.
        height: Of the picture, likewise.

    Raises:
        VtmError: The model is not understood, or a number is missing.
    """
    kind = str(model).strip().lower()
    if kind not in _FISHEYES and kind not in _PINHOLES:
        raise VtmError(
            f"the camera model '{model}' is not supported; calibrate a pinhole, or a wide lens with OpenCV's fisheye"
        )
    names = next((names for names in _FOCAL_AND_CENTRE if set(names) <= set(values)), None)
    if names is None:
        raise VtmError(f"the camera's focal lengths and centre are missing; it has {', '.join(map(str, values))}")
    fx, fy, cx, cy = (values[name] for name in names)
    coefficients = _in_order(values, _FISHEYES.get(kind, _PINHOLE))
    model = FISHEYE if kind in _FISHEYES else "plumb_bob" if len(coefficients) < 6 else "rational_polynomial"
    size = {} if width is None or height is None else {"image_width": width, "image_height": height}
    return {
        "camera_matrix": [fx, 0, cx, 0, fy, cy, 0, 0, 1], "distortion_model": model,
        "distortion_coefficients": coefficients, **size,
    }  # fmt: skip


def _in_order(values: dict[str, Any], names: tuple[str, ...]) -> list[Any]:
    """The coefficients of these names, as many as the model's shortest form that has all; 0 for one not there."""
    last = max((index for index, name in enumerate(names) if name in values), default=-1)
    count = next(count for count in (0, 4, 5, 8) if count > last)
    return [values.get(name, 0.0) for name in names[:count]]
