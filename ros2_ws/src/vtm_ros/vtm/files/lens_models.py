"""The lens models of ROS, OpenCV and Kalibr, by their names and the number of their coefficients."""

from collections.abc import Sequence
from typing import NamedTuple

from vtm.camera import Intrinsics
from vtm.errors import VtmError

FISHEYE = "equidistant"
LENGTHS = {"plumb_bob": (4, 5), "rational_polynomial": (8, 12, 14), FISHEYE: (4,)}
"""ROS' names and how many coefficients each may have, in OpenCV's order; 12 are with thin prisms, 14 with a tilted
sensor, too."""
_ALSO = {
    "radtan": "plumb_bob", "radial-tangential": "plumb_bob", "brown_conrady": "plumb_bob",
    "rational": "rational_polynomial", "thin_prism": "rational_polynomial", "tilted": "rational_polynomial",
    "thin_prism_model": "rational_polynomial", "tilted_model": "rational_polynomial",
    "equi": FISHEYE, "fisheye": FISHEYE, "kannala_brandt": FISHEYE, "kannala_brandt4": FISHEYE,
    "opencv_fisheye": FISHEYE,
}  # fmt: skip
_NONE = ("none", "pinhole", "perspective")


class LensModel(NamedTuple):
    """What `Intrinsics` says of a lens.

    Attributes:
        distortion: OpenCV's coefficients, empty where none is different from 0; of a fisheye always four.
        fisheye: Whether they are a fisheye's.
    """

    distortion: tuple[float, ...]
    fisheye: bool = False


def lens_model(name: str, coefficients: Sequence[float]) -> LensModel:
    """The lens of a calibration.

    Args:
        name: Its model's; empty where it does not say.
        coefficients: In the model's order.

    Raises:
        VtmError: The model is unknown, or the number of coefficients is not one of the model's; or there is no name and
            they may be those of a pinhole or of a fisheye.
    """
    coefficients = tuple(float(value) for value in coefficients)
    bent, count = any(coefficients), len(coefficients)
    given = name.strip().lower()
    model = _ALSO.get(given, given)
    if model in _NONE or not model:
        return _unnamed(model, coefficients)
    if model not in LENGTHS:
        raise VtmError(
            f"distortion model '{name}' is not supported; rectify the images or calibrate with one of: "
            f"{', '.join(LENGTHS)}"
        )
    longest = LENGTHS[model][-1]
    if count > longest and not any(coefficients[longest:]):  # drivers fill up with zeros
        coefficients, count = coefficients[:longest], longest
    if model == FISHEYE:
        if count not in (0, 4):
            raise VtmError(f"distortion model '{name}' has {count} coefficients; it needs 4")
        return LensModel(coefficients or (0.0,) * 4, True)
    if bent and count not in LENGTHS[model]:
        better = next((other for other, lengths in LENGTHS.items() if count in lengths and other != FISHEYE), "")
        raise VtmError(
            f"distortion model '{name}' has {count} coefficients; it needs {_listed(LENGTHS[model])}"
            f"{f', those of {better} are {count}' if better else ''}"
        )
    return LensModel(coefficients if bent else ())


def _unnamed(model: str, coefficients: tuple[float, ...]) -> LensModel:
    if not any(coefficients):
        return LensModel(())
    if model:
        raise VtmError(f"distortion model '{model}' has coefficients that are not 0; name the model they belong to")
    if len(coefficients) == 4:
        raise VtmError(
            "4 distortion coefficients without a model may be a pinhole's or a fisheye's; add distortion_model: "
            "plumb_bob or distortion_model: equidistant"
        )
    every = sorted({length for lengths in LENGTHS.values() for length in lengths})
    if len(coefficients) not in every:
        raise VtmError(f"there are {len(coefficients)} distortion coefficients; OpenCV's are {_listed(every)}")
    return LensModel(coefficients)


def model_name(intrinsics: Intrinsics) -> str:
    """ROS' name of the lens."""
    if intrinsics.fisheye:
        return FISHEYE
    return "plumb_bob" if len(intrinsics.distortion) <= 5 else "rational_polynomial"


def _listed(lengths: Sequence[int]) -> str:
    *most, last = map(str, lengths)
    return f"{', '.join(most)} or {last}" if most else last
