"""Cameras in the words of other programs: reconstruction (COLMAP, nerfstudio, OpenMVG), depth cameras, and SLAM."""

from collections.abc import Mapping
from math import tan
from typing import Any

from vtm.errors import VtmError
from vtm.files.slam_cameras import camera_of, of_slam

_ZED = {
    "VGA": (672, 376), "SVGA": (960, 600), "HD": (1280, 720), "FHD": (1920, 1080), "FHD1200": (1920, 1200),
    "2K": (2208, 1242),
}  # fmt: skip
"""How ZED's settings name the sizes of its pictures."""
_OPENMVG = {
    "pinhole": (), "pinhole_radial_k1": ("k1",), "pinhole_radial_k3": ("k1", "k2", "k3"),
    "pinhole_brown_t2": ("k1", "k2", "k3", "p1", "p2"), "fisheye": ("k1", "k2", "k3", "k4"),
}  # fmt: skip


def in_our_words(document: dict[str, Any]) -> dict[str, Any]:
    """The document as ROS would write it, if it is one of these; else itself.

    Raises:
        VtmError: It names its camera elsewhere, or its camera is of a model that is not understood.
    """
    elsewhere = [str(value) for key, value in document.items() if str(key).startswith("cam") and "_calib" in str(key)]
    if elsewhere and "projection_parameters" not in document:
        raise VtmError(f"says which files hold its cameras; give one of those: {', '.join(elsewhere)}")
    if "CalibrationInformation" in document:
        raise VtmError(
            "is the raw calibration of an Azure Kinect, of its sensor and not of its pictures; give the camera_info "
            "that its ROS driver publishes"
        )
    if "fl_x" in document or "camera_angle_x" in document:
        return _of_nerf(document)
    if "sfm_data_version" in document:
        cameras = document.get("intrinsics") or []
        return _only({str(one["key"]): _of_openmvg(one["value"]) for one in cameras if isinstance(one, dict)})
    if isinstance(document.get("cameras"), list):
        named = [one for one in document["cameras"] if isinstance(one, dict) and "name" in one]
        return {str(one["name"]): in_our_words(one) for one in named} or document
    if sizes := {name: _ZED.get(name.rsplit("_", 1)[-1]) for name in document if "_CAM_" in str(name)}:
        return {name: camera_of("pinhole", document[name], *(size or (None, None))) for name, size in sizes.items()}
    several = {str(key): value for key, value in document.items() if _is_plain(value)}
    if several and not _is_plain(document):
        return _only({name: _of_plain(value) for name, value in several.items()})
    return _of_plain(document) if _is_plain(document) else of_slam(document)


def _only(cameras: dict[str, Any]) -> dict[str, Any]:
    return next(iter(cameras.values())) if len(cameras) == 1 else cameras


def _is_plain(values: Any) -> bool:
    """Whether its numbers have names, fx and so on, with the size beside them or without."""
    if not isinstance(values, Mapping) or not {"fx", "fy"} <= set(values):
        return False
    return {"cx", "cy"} <= set(values) or {"ppx", "ppy"} <= set(values)


def _of_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of RealSense, stella_vslam, COLMAP and whoever names the numbers likewise."""
    size = [
        next((values[key] for key in keys if key in values), None)
        for keys in (("width", "cols", "image_width", "w"), ("height", "rows", "image_height", "h"))
    ]
    listed = next(
        (values[key] for key in ("coeffs", "distortion", "dist", "D") if isinstance(values.get(key), list)), None
    )
    model = str(values.get("model", "pinhole")).lower().removeprefix("distortion.").removeprefix("rs2_distortion_")
    model = {"perspective": "pinhole", "none": "pinhole", "fisheye": "kb4", "kannala_brandt4": "kb4"}.get(model, model)
    if model == "inverse_brown_conrady" and not any(listed or ()):
        model = "pinhole"
    if model in ("brown_conrady", "modified_brown_conrady", "plumb_bob", "radtan", "opencv"):
        model = "pinhole"
    if listed is not None:
        names = ("k1", "k2", "k3", "k4") if model == "kb4" else ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
        values = {**values, **dict(zip(names, listed, strict=False))}
    return camera_of(model, values, *size)


def _of_nerf(document: dict[str, Any]) -> dict[str, Any]:
    """Of nerfstudio's and instant-ngp's transforms.json."""
    width, height = document.get("w"), document.get("h")
    if width is None or height is None:
        raise VtmError("does not say for which size of picture it is; add w and h")
    fx = document.get("fl_x") or width / 2 / tan(document["camera_angle_x"] / 2)
    centre = {"cx": document.get("cx", width / 2), "cy": document.get("cy", height / 2)}
    fisheye = document.get("is_fisheye") or "FISHEYE" in str(document.get("camera_model"))
    values = {**document, "fx": fx, "fy": document.get("fl_y") or fx, **centre}
    return camera_of("kb4" if fisheye else "pinhole", values, int(width), int(height))


def _of_openmvg(value: dict[str, Any]) -> dict[str, Any]:
    """Of OpenMVG's sfm_data.json."""
    model = str(value.get("polymorphic_name"))
    data = value["ptr_wrapper"]["data"]
    if model not in _OPENMVG:
        raise VtmError(f"OpenMVG's camera model '{model}' is not supported; use one of: {', '.join(_OPENMVG)}")
    numbers: list[float] = next((number for key, number in data.items() if key.startswith(("disto", "fisheye"))), [])
    values = dict(zip(_OPENMVG[model], numbers, strict=False))
    focal, (cx, cy) = data["focal_length"], data["principal_point"]
    values |= {"fx": focal, "fy": focal, "cx": cx, "cy": cy}
    return camera_of("kb4" if model == "fisheye" else "pinhole", values, data.get("width"), data.get("height"))
