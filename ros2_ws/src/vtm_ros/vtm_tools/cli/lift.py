"""`vtm lift`: keypoints of any detector to a motion file, through the VTM network alone."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vtm.body.conventions import CONVENTIONS
from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm_tools.cli.lens import BOTH_LENSES, Calibration, Fov
from vtm_tools.cli.options import BEST_LOOKAHEAD, Backend, Bvh, Lookahead, Once, Out, Raw, SubjectHeight
from vtm_tools.cli.outputs import check_outputs, counted, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.report.remarks import remarks
from vtm_trt.keypoint_files.keypoint_file import KeypointClip
from vtm_trt.keypoint_files.reading import Reading
from vtm_trt.offline.captured import capture_sequence
from vtm_trt.sources.video import Video
from vtm_trt.stream.person_stream import MotionStream

MOST_OVER = 1.05
"""Frames of keypoints for each of the film that they were found in: what containers announce is not exact."""


def lift(
    keypoints: Annotated[
        Path,
        typer.Argument(
            help="Keypoints (.npz, .npy, .json) of any 2D network, or a folder of OpenPose's files.", show_default=False
        ),
    ],
    out: Out,
    bvh: Bvh = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second, where the file does not say.")] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Size of the pictures in pixels, where it does not say.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="The film that the keypoints were found in: its frame rate and size are taken.")
    ] = None,
    intrinsics: Calibration = None,
    fov: Fov = None,
    convention: Annotated[
        str | None,
        typer.Option(help=f"Order of the points, where their number does not tell: {', '.join(CONVENTIONS)}."),
    ] = None,
    person: Annotated[
        int | None, typer.Option(help="Whose keypoints, a number of the file. \\[default: the largest person]")
    ] = None,
    normalised: Annotated[
        bool, typer.Option("--normalised", help="Coordinates are shares of width and height, from 0 to 1.")
    ] = False,
    lookahead: Lookahead = BEST_LOOKAHEAD,
    once: Once = False,
    raw: Raw = False,
    subject_height: SubjectHeight = None,
    backend: Backend = "auto",
) -> None:
    """Lift 2D keypoints of any detector to motion.

    Takes COCO's 17, COCO-WholeBody's 133, Halpe's 26 and 136, OpenPose's BODY_25, MediaPipe's 33 and MoveNet's: arrays,
    or the files of OpenPose, MMPose, AlphaPose, COCO and Ultralytics; see docs/formats.md. Motion files are keypoint
    files, too.

    [bold]Example[/bold]  vtm lift openpose/ --video clip.mp4 --out motion.npz --bvh motion.bvh
    """
    check_outputs({".npz": out, ".bvh": bvh}, [keypoints, video, intrinsics])
    if fov is not None and intrinsics:
        raise VtmError(BOTH_LENSES)
    rate, pixels, count = _film(video) if video else (None, None, 0)
    camera = load_intrinsics(intrinsics) if intrinsics else None
    given = KeypointClip.load(
        keypoints, Reading(convention, person, normalised, fps or rate, _size(size) or pixels, camera, fov)
    )
    last = round(given.stamps_ns[-1] * 1e-9 * (fps or rate or 0)) + 1
    if count and last > MOST_OVER * count + 2:
        raise VtmError(f"{keypoints} has {last} frames, {video} has {count}; give the film that they were found in")
    for note in given.notes:
        typer.echo(f"note: {note}")
    stream = MotionStream(None, lookahead, subject_height, backend)
    observations = given.observations()
    began = perf_counter()
    items = progress(observations, "lifting", len(observations))
    captured = capture_sequence(stream, stream.lifts, items, given.intrinsics, given.fps, once, feet=not raw)
    elapsed = perf_counter() - began
    clip = captured.clip
    if not clip.valid.any():
        raise VtmError(f"no body fits the keypoints in any frame of {keypoints}; give keypoints of a person")
    with written_together(out, bvh) as part:
        clip.save(part[out])
        if bvh:
            write_even_bvh(part[bvh], clip)
    left = 0 if once else int((clip.valid & ~clip.adjusted).sum())
    typer.echo(
        f"{counted(len(clip.valid), 'frame')} at {len(clip.valid) / elapsed:.1f} fps, "
        f"person in {100 * clip.valid.mean():.1f} %"
        f"{f', {left} not adjusted: no body fits their keypoints' if left else ''}"
        f" -> {', '.join(str(path) for path in (out, bvh) if path)}"
    )
    if said := remarks(clip, captured.decisions, captured.faults):
        typer.echo(f"note: {'; '.join(said)}")


def _film(path: Path) -> tuple[float, tuple[int, int], int]:
    film = Video(path)
    film.close()
    return film.fps, (film.width, film.height), film.frame_count


def _size(given: str | None) -> tuple[int, int] | None:
    if given is None:
        return None
    width, _, height = given.lower().replace(",", "x").partition("x")
    if not (width.strip().isdecimal() and height.strip().isdecimal() and int(width) and int(height)):
        raise VtmError(f"--size is {given}; give width and height in pixels, such as --size 1920x1080")
    return int(width), int(height)
