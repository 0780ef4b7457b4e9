"""`vtm capture`: a video to a motion file."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vtm.body.bvh import write_bvh
from vtm.camera import Intrinsics
from vtm.camera_file import load_intrinsics
from vtm.errors import VtmError
from vtm.motion_file import MotionClip, assemble
from vtm.records import Frame
from vtm_trt.cli.options import BEST_LOOKAHEAD, Backend, Bvh, Lookahead, Once, Out, PoseModel, SubjectHeight
from vtm_trt.cli.outputs import check_outputs, written_together
from vtm_trt.cli.progress import progress
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.recording import recording
from vtm_trt.stream import MotionStream
from vtm_trt.video import Video
from vtm_trt.whole_clip import whole_clip

USUAL_FOV = 60.0
CUT_SHORT = 0.95
"""A video that gives a smaller share of the frames it announces is reported as cut short."""


def capture(
    video: Annotated[Path, typer.Argument(help="Video file that shows one person.", show_default=False)],
    out: Out,
    bvh: Bvh = None,
    picture: Annotated[Path | None, typer.Option(help="Also draw the skeleton over some frames (.png).")] = None,
    intrinsics: Annotated[
        Path | None, typer.Option(help="The camera's calibration: the YAML file of ROS camera_calibration.")
    ] = None,
    fov: Annotated[
        float | None,
        typer.Option(
            help="Field of view of the longer image side in degrees, when there is no calibration. "
            f"\\[default: {USUAL_FOV:g}]"
        ),
    ] = None,
    lookahead: Lookahead = BEST_LOOKAHEAD,
    once: Once = False,
    subject_height: SubjectHeight = None,
    pose_model: PoseModel = "full",
    backend: Backend = "auto",
) -> None:
    """Capture the motion of the person in a video.

    Every frame of the video gets its row in the motion file; where nobody is seen, `valid` is false and the rest NaN.

    [bold]Example[/bold]  vtm capture clip.mp4 --out motion.npz --bvh motion.bvh --picture look.png
    """
    check_outputs({".npz": out, ".bvh": bvh, ".png": picture}, [video, intrinsics])
    calibration = load_intrinsics(intrinsics) if intrinsics else None
    source = Video(video)
    camera = _camera(source, calibration, intrinsics, fov)
    stream = MotionStream(PoseTracker(pose_model, backend), lookahead, subject_height, backend)
    began = perf_counter()
    frames = progress(_frames(source, camera), "capturing", source.frame_count or None)
    motions, stamps = whole_clip(stream, stream.step, frames)
    if not once:
        motions = recording(stream, motions, stamps, camera)
    elapsed = perf_counter() - began
    source.close()
    clip = assemble(motions, stamps, source.fps, camera)
    if not clip.valid.any():
        raise VtmError(f"nobody is seen in any of the {len(stamps)} frames of {video}; use a video that shows a person")
    with written_together(out, bvh, picture) as part:
        clip.save(part[out])
        if bvh:
            write_bvh(part[bvh], clip.quat_local, clip.root_cam, clip.offsets, source.fps)
        if picture:
            _draw(part[picture], clip, video)
    if len(stamps) < CUT_SHORT * source.frame_count:
        typer.echo(f"note: only {len(stamps)} of {source.frame_count} frames could be read; is it damaged?", err=True)
    typer.echo(
        f"{len(stamps)} frames at {len(stamps) / elapsed:.1f} fps, person tracked in {100 * clip.valid.mean():.1f} %"
        f" -> {', '.join(str(path) for path in (out, bvh, picture) if path)}"
    )


def _camera(video: Video, calibration: Intrinsics | None, file: Path | None, fov: float | None) -> Intrinsics:
    if video.live:
        raise VtmError(f"{video.source} is a camera and never ends; record it to a file first, or use the ROS nodes")
    if calibration is None:
        return Intrinsics.from_fov(video.width, video.height, USUAL_FOV if fov is None else fov)
    if fov is not None:
        raise VtmError("--fov and --intrinsics were both given; leave out --fov, the calibration holds it")
    if (calibration.width, calibration.height) != (video.width, video.height):
        raise VtmError(
            f"{file} is for images of {calibration.width}x{calibration.height} pixels, {video.source} has "
            f"{video.width}x{video.height}; calibrate at the size of the video"
        )
    return calibration


def _frames(video: Video, camera: Intrinsics) -> Iterator[Frame]:
    """Stamped with the file's own times; where those do not go forward, the frame rate goes on from the last."""
    stamp_ns = -1
    while (image := video.read()) is not None:
        position_ns = video.position_ns
        stamp_ns = position_ns if position_ns > stamp_ns else stamp_ns + round(1e9 / video.fps)
        yield Frame(image, stamp_ns, camera)


def _draw(path: Path, clip: MotionClip, video: Path) -> None:
    from vtm_trt.picture import draw_motion, example_frames, read_images

    frames = example_frames(clip.valid)
    draw_motion(path, clip, frames, read_images(video, frames), video.name)
