"""`vtm view`: a video, a camera, a motion file or keypoints in the Rerun viewer."""

import signal
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.lens import Calibration, Fov, lens_of
from vtm_tools.cli.options import AnyPoseModel, Backend, HandsEvery, HandsModel, Lookahead, SpeedName, SubjectHeight
from vtm_tools.cli.outputs import check_outputs, counted, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.cli.refuse import refuse
from vtm_trt.keypoint_files.keypoint_file import KeypointClip
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.speed import USUAL, speed_of
from vtm_trt.stream.operator import Operator
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream


def view(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Video, camera such as /dev/video0, stream (rtsp:, http:), motion or keypoint file (.npz); or the "
            "motion files of several people in one video.",
            show_default=False,
        ),
    ],
    web: Annotated[
        bool, typer.Option("--web", help="Show it in a browser on this machine instead of a window.")
    ] = False,
    save: Annotated[Path | None, typer.Option(help="Write a Rerun recording (.rrd) instead of showing it.")] = None,
    video: Annotated[Path | None, typer.Option(help="With a motion file: the video it was captured from.")] = None,
    intrinsics: Calibration = None,
    fov: Fov = None,
    lookahead: Lookahead = 0,
    subject_height: SubjectHeight = None,
    max_people: Annotated[
        int, typer.Option(min=1, max=16, help="People to follow at a time; the plots are of the largest of them.")
    ] = 1,
    speed: SpeedName = USUAL,
    pose_model: AnyPoseModel = None,
    hands: HandsModel = "off",
    hands_every: HandsEvery = 1,
    backend: Backend = "auto",
) -> None:
    """Look at the motion while it is captured, or at one captured before, in the Rerun viewer.

    Shows the camera's image, the body in space with its ground and its way, joint angles, bone lengths, contacts, and
    the time each stage takes; of several people the body of one and the figures of all. Needs the extra `view` (pip
    install rerun-sdk). Nothing leaves this machine.

    [bold]Example[/bold]  vtm view clip.mp4 --web
    """
    check_outputs({".rrd": save}, [*map(Path, sources), video, intrinsics])
    refuse(
        {
            "the viewer Rerun is not installed; run: pip install rerun-sdk": find_spec("rerun") is None,
            "--save and --web were both given; save first, then show the .rrd with: rerun film.rrd": save and web,
        }
    )
    from vtm_tools.view.recording import saved, shown
    from vtm_tools.view.scene import Scene
    from vtm_tools.view.sources import show_clips, show_frames, show_keypoints, show_people

    files = [_file(source) for source in sources if source.lower().endswith(".npz")]
    given = files[0] if files else None
    clips = [file for file in files if isinstance(file, MotionClip)]
    is_mixed = len(sources) > 1 and len(clips) < len(sources)
    refuse({"only motion files of one video are shown together; give one of the others alone": is_mixed})
    captured = bool(clips)
    handed = bool(clips[0].hand_angles.shape[1]) if captured else hands != "off"

    def steps(scene: Scene) -> Iterable[None]:
        if clips:
            return progress(show_clips(scene, clips, video), "showing", len(clips[0].valid))
        if isinstance(given, KeypointClip):
            stream = MotionStream(None, lookahead, subject_height, backend, postprocess=PostprocessConfig())
            return progress(show_keypoints(scene, stream, given.observations()), "lifting", len(given.stamps_ns))
        film = Video(sources[0])
        lens = lens_of(film, load_intrinsics(intrinsics) if intrinsics else None, intrinsics, fov)
        looks = speed_of(speed, pose_model)
        frames, looked = timed_frames(film, lens), (looks.pose_model, backend, 2, hands, hands_every, looks.twice)
        how: dict[str, Any] = dict(
            lookahead=lookahead, subject_height=subject_height, backend=backend, postprocess=PostprocessConfig(),
            hands=handed,
        )  # fmt: skip
        if max_people > 1:
            people = PeopleStream(PeopleTracker(max_people, *looked), operator=Operator("largest"), **how)
            shown_frames = show_people(scene, people, frames)
        else:
            shown_frames = show_frames(scene, MotionStream(PoseTracker(*looked), **how), frames)
        return progress(shown_frames, "capturing", film.frame_count or None)

    if save:
        with written_together(save) as part, saved(part[save], not captured, handed) as scene:
            count = sum(1 for _ in steps(scene))
        typer.echo(f"{counted(count, 'frame')} -> {save}")
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the viewer ends with the program
    with suppress(KeyboardInterrupt), shown(web, not captured, handed) as (scene, viewer):
        if viewer.page:
            typer.echo(f"{viewer.page}  (Ctrl-C ends)")
        for _ in steps(scene):
            if not viewer.is_open():
                return
        scene.flush()
        viewer.wait()


def _file(path: str) -> MotionClip | KeypointClip:
    try:
        return MotionClip.load(path)
    except VtmError as fault:
        if "is not a motion file: it lacks" not in str(fault):
            raise
        return KeypointClip.load(path)
