"""`vtm capture`: a video to a motion file."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.lens import Calibration, Fov, lens_of
from vtm_tools.cli.options import (
    BEST_LOOKAHEAD,
    Backend,
    Bvh,
    HandsModel,
    Lookahead,
    Once,
    Out,
    PoseModel,
    Raw,
    SubjectHeight,
)
from vtm_tools.cli.outputs import check_outputs, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.report.remarks import remarks
from vtm_trt.offline.captured import capture_sequence
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.stream.person_stream import MotionStream


def capture(
    video: Annotated[Path, typer.Argument(help="Video file that shows one person.", show_default=False)],
    out: Out,
    bvh: Bvh = None,
    overview: Annotated[Path | None, typer.Option(help="Also draw the skeleton over some frames (.png).")] = None,
    intrinsics: Calibration = None,
    fov: Fov = None,
    lookahead: Lookahead = BEST_LOOKAHEAD,
    once: Once = False,
    raw: Raw = False,
    subject_height: SubjectHeight = None,
    pose_model: PoseModel = "full",
    hands: HandsModel = "off",
    backend: Backend = "auto",
) -> None:
    """Capture the motion of the person in a video.

    Every frame of the video gets its row in the motion file; where nobody is seen, `valid` is false and the rest NaN.

    [bold]Example[/bold]  vtm capture clip.mp4 --out motion.npz --bvh motion.bvh --overview look.png
    """
    check_outputs({".npz": out, ".bvh": bvh, ".png": overview}, [video, intrinsics])
    calibration = load_intrinsics(intrinsics) if intrinsics else None
    source = Video(video)
    if source.live:
        source.close()
        raise VtmError(
            f"{video} is a camera or a stream and never ends; record it to a file first, or use the ROS nodes"
        )
    camera = lens_of(source, calibration, intrinsics, fov)
    stream = MotionStream(PoseTracker(pose_model, backend, hands=hands), lookahead, subject_height, backend)
    began = perf_counter()
    frames = progress(timed_frames(source, camera), "capturing", source.frame_count or None)
    captured = capture_sequence(stream, stream.step, frames, camera, source.fps, once, feet=not raw)
    elapsed = perf_counter() - began
    source.close()
    clip = captured.clip
    if not clip.valid.any():
        raise VtmError(
            f"nobody is seen in any of the {len(clip.valid)} frames of {video}; use a video that shows a person"
        )
    with written_together(out, bvh, overview) as part:
        clip.save(part[out])
        if bvh:
            write_even_bvh(part[bvh], clip)
        if overview:
            _draw(part[overview], clip, video)
    if source.cut_short:
        typer.echo(
            f"note: only {len(clip.valid)} of {source.frame_count} frames could be read; is it damaged?", err=True
        )
    left = 0 if once else int((clip.valid & ~clip.adjusted).sum())
    typer.echo(
        f"{len(clip.valid)} frames at {len(clip.valid) / elapsed:.1f} fps, "
        f"person tracked in {100 * clip.valid.mean():.1f} %"
        f"{f', {left} not adjusted: no body fits their keypoints' if left else ''}"
        f" -> {', '.join(str(path) for path in (out, bvh, overview) if path)}"
    )
    if said := remarks(clip, captured.decisions, captured.faults):
        typer.echo(f"note: {'; '.join(said)}")


def _draw(path: Path, clip: MotionClip, video: Path) -> None:
    from vtm_tools.render.overview import draw_motion, example_frames, read_images

    frames = example_frames(clip.valid)
    draw_motion(path, clip, frames, read_images(video, frames), video.name)
