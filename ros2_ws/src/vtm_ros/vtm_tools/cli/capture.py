"""`vtm capture`: a video to a motion file."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm_tools.cli.capture_people import write_people
from vtm_tools.cli.lens import Calibration, Fov, lens_of
from vtm_tools.cli.options import (
    BEST_LOOKAHEAD,
    AnyPoseModel,
    Backend,
    Bvh,
    HandsEvery,
    HandsModel,
    Lookahead,
    Once,
    Out,
    Raw,
    SpeedName,
    SubjectHeight,
)
from vtm_tools.cli.outputs import check_outputs, counted, unread, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.report.remarks import remarks
from vtm_trt.offline.captured import capture_sequence
from vtm_trt.offline.captured_people import capture_people, watch_people
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.plausibility import Kind
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.speed import USUAL, speed_of
from vtm_trt.stream.lifter import motion_network
from vtm_trt.stream.person_stream import MotionStream


def capture(
    video: Annotated[Path, typer.Argument(help="Video file that shows a person.", show_default=False)],
    out: Out,
    bvh: Bvh = None,
    overview: Annotated[Path | None, typer.Option(help="Also draw the skeleton over some frames (.png).")] = None,
    intrinsics: Calibration = None,
    fov: Fov = None,
    lookahead: Lookahead = BEST_LOOKAHEAD,
    once: Once = False,
    raw: Raw = False,
    subject_height: SubjectHeight = None,
    max_people: Annotated[
        int,
        typer.Option(
            min=1,
            max=16,
            help="People to follow at a time. With more than 1, --out m.npz writes m.person_1.npz and so on, and who "
            "is who to m.people.json; the other outputs likewise.",
        ),
    ] = 1,
    speed: SpeedName = USUAL,
    pose_model: AnyPoseModel = None,
    hands: HandsModel = "off",
    hands_every: HandsEvery = 1,
    backend: Backend = "auto",
) -> None:
    """Capture the motion of the person in a video, or of several.

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
    looks = speed_of(speed, pose_model)
    frames = progress(timed_frames(source, camera), "capturing", source.frame_count or None)
    if max_people > 1:
        tracker = PeopleTracker(
            max_people, looks.pose_model, backend, hands=hands, hands_every=hands_every, twice=looks.twice
        )
        runner = motion_network(backend)
        began = perf_counter()
        seen = watch_people(tracker, frames)
        source.close()
        people = capture_people(
            seen,
            lambda number: MotionStream(None, lookahead, subject_height, backend, runner=runner, number=number),
            camera,
            source.fps,
            once,
            feet=not raw,
        )
        if not people:
            raise VtmError(f"nobody is seen in {video} for long enough; use a video that shows a person")
        write_people(video, people, out, bvh, overview, perf_counter() - began, source)
        return
    one = PoseTracker(looks.pose_model, backend, hands=hands, hands_every=hands_every, twice=looks.twice)
    stream = MotionStream(one, lookahead, subject_height, backend)
    began = perf_counter()
    captured = capture_sequence(stream, stream.steps, frames, camera, source.fps, once, feet=not raw)
    elapsed = perf_counter() - began
    source.close()
    clip = captured.clip
    if not clip.valid.any():
        odd = captured.faults[Kind.NOBODY]
        raise VtmError(
            f"nobody is seen in any of the {len(clip.valid)} frames of {video}"
            f"{f', what {odd} of them show is no person' if odd else ''}; use a video that shows a person"
        )
    with written_together(out, bvh, overview) as part:
        clip.save(part[out])
        if bvh:
            write_even_bvh(part[bvh], clip)
        if overview:
            from vtm_tools.render.overview import draw_overview

            draw_overview(part[overview], clip, video)
    left = 0 if once else int((clip.valid & ~clip.adjusted).sum())
    typer.echo(
        f"{counted(len(clip.valid), 'frame')} at {len(clip.valid) / elapsed:.1f} fps{unread(source)}, "
        f"person tracked in {100 * clip.valid.mean():.1f} %"
        f"{f', {left} not adjusted: no body fits their keypoints' if left else ''}"
        f" -> {', '.join(str(path) for path in (out, bvh, overview) if path)}"
    )
    if said := remarks(clip, captured.decisions, captured.faults):
        typer.echo(f"note: {'; '.join(said)}")
