"""Pose2Sim's sample clip: each calibrated camera alone against joints triangulated from all of them.

The videos are those of Pose2Sim's single-person demo (BSD-3-Clause; `make setup` fetches them). The reference holds
`joints_world` (N, 21, 3) m, `joint_names`, `video_frame` (N,), and of each camera `<camera>_K`, `_dist`, `_R`, `_t`,
with x_camera = R x_world + t. Twelve joints count, with the middle of the hips aligned; hips and shoulders are defined
a few centimetres apart from ours. A point of the foot is in contact while it is slow.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.metrics.example import VideoSample
from vtm.metrics.feet import standing
from vtm.metrics.score import HIPS, LIMBS, Protocol
from vtm.metrics.track import Track
from vtm.types import CameraPose, Frame
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video

VIDEOS = Path(sys.prefix) / "share/vtm/clips/pose2sim"
PROTOCOL = Protocol(LIMBS, HIPS)
_FEET = ["LHeel", "LBigToe", "RHeel", "RBigToe"]
_JOINTS = {
    JOINT_INDEX[f"{side}_{part.lower()}"]: side[0].upper() + part
    for side in ("left", "right")
    for part in ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
}


def pose2sim_videos(reference: Path, videos: Path = VIDEOS) -> Iterator[VideoSample]:
    """One clip per camera of the reference.

    Args:
        reference: The file of triangulated joints.
        videos: The folder of the videos.

    Raises:
        VtmError: A file is missing or damaged.
    """
    arrays = _read(reference)
    for camera in sorted(key.removesuffix("_K") for key in arrays if key.endswith("_K")):
        video = Video(videos / f"{camera}.mp4")
        true = _truth(arrays, camera, video.fps)
        yield VideoSample(camera, video.fps, _frames(video, arrays, camera), true, PROTOCOL)


def camera_pose(reference: Path, camera: str) -> CameraPose:
    """Where a camera of the `reference` is."""
    arrays = _read(reference)
    rotation = arrays[f"{camera}_R"].astype(np.float64).T
    return CameraPose(rotation, -rotation @ arrays[f"{camera}_t"])


def truth(reference: Path, camera: str, fps: float) -> Track:
    """The true motion in the optical axes of a camera of the `reference`, for a video of `fps` frames/s."""
    return _truth(_read(reference), camera, fps)


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with open(path, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        if arrays["joints_world"].shape != (len(arrays["video_frame"]), len(arrays["joint_names"]), 3):
            raise ValueError("joints_world does not fit joint_names and video_frame")
        missing = {*_FEET, *_JOINTS.values()}.difference(arrays["joint_names"].tolist())
        if missing:
            raise ValueError(f"joint_names lacks {', '.join(sorted(missing))}")
        return arrays
    except OSError as fault:
        raise VtmError(f"cannot read {path}: {fault.strerror or fault}; check the path") from fault
    except (BadZipFile, EOFError, KeyError, ValueError) as fault:
        raise VtmError(
            f"{path} is not a reference for Pose2Sim's clip: {fault}; vtm_tools/evaluation/pose2sim.py describes it"
        ) from fault


def _frames(video: Video, reference: dict[str, np.ndarray], camera: str) -> Iterator[Frame]:
    k, distortion = reference[f"{camera}_K"], tuple(reference[f"{camera}_dist"].tolist())
    intrinsics = Intrinsics(video.width, video.height, k[0, 0], k[1, 1], k[0, 2], k[1, 2], distortion)
    yield from timed_frames(video, intrinsics)
    video.close()


def _truth(reference: dict[str, np.ndarray], camera: str, fps: float) -> Track:
    names, rows = reference["joint_names"].tolist(), reference["video_frame"]
    world = np.full((rows.max() + 1, len(names), 3), np.nan)
    world[rows] = reference["joints_world"]
    joints = np.full((len(world), NUM_JOINTS, 3), np.nan)
    seen = world[:, [names.index(name) for name in _JOINTS.values()]]
    joints[:, list(_JOINTS)] = seen @ reference[f"{camera}_R"].T + reference[f"{camera}_t"]
    return Track(joints, contacts=standing(world[:, [names.index(name) for name in _FEET]], fps))
