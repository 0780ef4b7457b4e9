"""The camera of a video: its calibration, or the field of view that is assumed."""

from pathlib import Path
from typing import Annotated

import typer

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm_trt.sources.video import Video

USUAL_FOV = 60.0
BOTH_LENSES = "--fov and --intrinsics were both given; leave out --fov, the calibration holds it"
"""What is said to whoever does so."""

Calibration = Annotated[
    Path | None,
    typer.Option(
        help="The camera's calibration: a file of ROS camera_calibration, OpenCV, Kalibr, Pose2Sim, Anipose, COLMAP, "
        "nerfstudio, visual SLAM, RealSense or ZED, or what ros2 topic echo prints of camera_info. FILE#cam1 is one of "
        "several cameras in it."
    ),
]
Fov = Annotated[
    float | None,
    typer.Option(
        help="Field of view of the longer image side in degrees, when there is no calibration. "
        f"\\[default: {USUAL_FOV:g}]"
    ),
]


def lens_of(video: Video, calibration: Intrinsics | None, file: Path | None, fov: float | None) -> Intrinsics:
    """The lens of a video.

    Args:
        video: The video.
        calibration: Its camera's, None to assume a field of view.
        file: Where `calibration` was read.
        fov: Field of view along the longer side, degrees; None for the usual one.

    Raises:
        VtmError: Calibration and video do not fit, or both calibration and field of view are given.
    """
    if calibration is None:
        return Intrinsics.from_fov(video.width, video.height, USUAL_FOV if fov is None else fov)
    if fov is not None:
        raise VtmError(BOTH_LENSES)
    if (calibration.width, calibration.height) != (video.width, video.height):
        raise VtmError(
            f"{file} is for images of {calibration.width}x{calibration.height} pixels, {video.source} has "
            f"{video.width}x{video.height}; calibrate at the size of the video"
        )
    return calibration
