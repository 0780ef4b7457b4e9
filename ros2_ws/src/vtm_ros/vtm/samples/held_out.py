"""The held-out recordings for `vtm eval`, as keypoints and as pictures. PyTorch is imported only when it runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.metrics.example import Example, VideoSample
from vtm.metrics.feet import CONTACT_JOINTS, standing
from vtm.metrics.score import Protocol
from vtm.metrics.track import Track
from vtm.types import CameraPose, Frame, Observation

if TYPE_CHECKING:
    from vtm.samples.clips import Clips
    from vtm.samples.renders.clip import RenderedClip
    from vtm.samples.windows import Windows

FPS = 30.0
FRAMES = 80
WARM_UP = 15
"""Frames at the start of a window that are not judged: a window begins in the middle of a motion."""
LONGEST_LOOKAHEAD = 8
"""Frames at the end that are not judged, for the same reason, at any look-ahead: all are judged on the same frames."""
PROTOCOL = Protocol(skip_first=WARM_UP, skip_last=LONGEST_LOOKAHEAD)
NORMALISED = Intrinsics(1, 1, 1.0, 1.0, 0.0, 0.0)
"""The camera whose pixels are rays."""
SEED = 7
FIRST_PERSON = 1_000_000
"""Seed of the first rendered person: the measurements that training rests on never reach it."""
SIZES = ((640, 480), (480, 640))


def held_out_examples(clips_file: Path, count: int) -> list[Example]:
    """Windows spread evenly over the `val` split, seen by virtual cameras with measured 2D errors.

    The errors are those that training keeps for validation. The windows are the same ones for the same file, count and
    errors.

    Args:
        clips_file: The clip file.
        count: Number of windows.

    Raises:
        VtmError: PyTorch is missing, or the file is.
    """
    clips = clips_of(clips_file, "val")
    from vtm.samples.windows import sample

    generator = generator_of(SEED)
    examples = []
    for clip, windows in zip(*np.unique(spread(clips, count), return_counts=True), strict=True):
        drawn = sample(clips.single(int(clip)), int(windows), FRAMES, generator, varied=None, measured=1.0)
        examples += [example_of(f"{clips.names[clip]} #{row}", drawn, row) for row in range(windows)]
    return examples


def held_out_videos(clips_file: Path, count: int) -> Iterator[VideoSample]:
    """Windows of the same recordings, rendered.

    People, rooms, lights and cameras are others each time; every fourth is partly hidden. Their true size is that of
    the virtual skeleton, which a picture cannot tell from any other.

    Args:
        clips_file: The clip file.
        count: Number of windows.

    Raises:
        VtmError: PyTorch or what renders is missing, or the file is.
    """
    clips = clips_of(clips_file, "val")
    try:
        from vtm.samples.renders.clip import RenderedClip
    except ImportError as missing:
        raise VtmError(f"rendering needs {missing.name}; pip install --no-deps -r requirements/render.txt") from missing
    for number, clip in enumerate(spread(clips, count)):
        local, root = _motion(clips, int(clip), generator_of(FIRST_PERSON + number))
        seconds, size = np.arange(FRAMES) / FPS, SIZES[number % len(SIZES)]
        film = RenderedClip(local, root, seconds, FIRST_PERSON + number, size, occluded=number % 4 == 3)
        yield VideoSample(
            f"{clips.names[clip]} render {number}", FPS, _frames(film), _shown(film, local, root), PROTOCOL
        )


def clips_of(path: Path, split: Literal["train", "val"]) -> "Clips":
    """The recordings of one split of a clip file.

    Raises:
        VtmError: PyTorch is missing, or the file is.
    """
    try:
        from vtm.samples.clips import Clips
    except ImportError as missing:
        raise VtmError(f"reading recordings needs PyTorch ({missing}); run scripts/setup.sh test") from missing
    return Clips(path, split)


def spread(clips: "Clips", count: int) -> np.ndarray:
    """Clips (count,) of windows, each as often as its length deserves, in order."""
    ends = clips.length.cumsum(0).numpy()
    return np.searchsorted(ends, (np.arange(count) + 0.5) / count * ends[-1], side="right")


def generator_of(seed: int):
    """PyTorch's random numbers from that seed."""
    import torch

    return torch.Generator().manual_seed(seed)


def example_of(name: str, windows: "Windows", row: int, cameras: Sequence[CameraPose | None] | None = None) -> Example:
    """One of the windows as an example.

    Args:
        name: Of the example.
        windows: The batch.
        row: The window in it.
        cameras: Where the camera was in each frame, if that is to be known.
    """

    def array(values) -> np.ndarray:
        return values[row].numpy().astype(np.float64)

    rays, confidence = windows.rays[row].numpy(), windows.confidence[row].numpy()
    stamps_ns = np.rint(array(windows.interval)[:, 0].cumsum() * 1e9).astype(np.int64).tolist()
    observations = [
        Observation(
            stamp, NORMALISED, points, sure, keypoint_convention=float(windows.convention[row, 0]), camera=camera
        )
        for stamp, points, sure, camera in zip(
            stamps_ns, rays, confidence, cameras or [None] * len(stamps_ns), strict=True
        )
    ]
    joints = array(windows.joints) + array(windows.root)[:, None]
    offsets = np.broadcast_to(scaled_offsets(np.exp(array(windows.log_bone_ratio))), joints.shape)
    true = Track(joints, array(windows.local), offsets, array(windows.contact))
    return Example(name, FPS, observations, true, PROTOCOL)


def _motion(clips: "Clips", clip: int, generator) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (T, 22, 3, 3) and roots (T, 3) in world axes and virtual-skeleton metres, from a random frame on."""
    import torch

    start = (torch.rand(1, generator=generator) * clips.length[clip]).long()
    step = round(float(clips.fps[clip]) / FPS)
    rows = clips.rows(torch.tensor([clip]), start, torch.full((1, FRAMES), step))[0]
    size = float(person_scale(clips.limb_ratio[clip].numpy()))
    return clips.local[rows].double().numpy(), clips.root[rows].double().numpy() / size


def _frames(film: "RenderedClip") -> Iterator[Frame]:
    for image, second in zip(film, film.truth.seconds, strict=True):
        yield Frame(image, round(second * 1e9), film.truth.intrinsics)


def _shown(film: "RenderedClip", local: np.ndarray, root: np.ndarray) -> Track:
    ratio = film.truth.ratio / person_scale(film.truth.ratio)
    offsets = scaled_offsets(ratio)
    _, world = forward_kinematics(local, offsets, root)
    in_camera = np.concatenate([film.truth.rotations[:, :1], local[:, 1:]], axis=1)
    joints = film.truth.joints / person_scale(film.truth.ratio)
    contacts = standing(world[:, list(CONTACT_JOINTS)], FPS)
    return Track(joints, in_camera, np.broadcast_to(offsets, joints.shape), contacts)
