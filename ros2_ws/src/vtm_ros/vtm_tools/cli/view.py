"""`vtm view`: a video, a camera, a motion file or keypoints in the Rerun viewer."""

import signal
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.lens import Calibration, Fov, lens_of
from vtm_tools.cli.options import AnyPoseModel, Backend, HandsEvery, HandsModel, Lookahead, SpeedName, SubjectHeight
from vtm_tools.cli.outputs import check_outputs, counted, written_together
from vtm_tools.cli.progress import progress
from vtm_trt.keypoint_files.keypoint_file import KeypointClip
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.speed import USUAL, speed_of
from vtm_trt.stream.person_stream import MotionStream


def view(
    source: Annotated[
        str,
        typer.Argument(
            help="Video, camera such as /dev/video0, stream (rtsp:, http:), motion or keypoint file (.npz).",
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
    speed: SpeedName = USUAL,
    pose_model: AnyPoseModel = None,
    hands: HandsModel = "off",
    hands_every: HandsEvery = 1,
    backend: Backend = "auto",
) -> None:
    """Look at the motion while it is captured, or at one captured before, in the Rerun viewer.

    Shows the camera's image, the body in space with its ground and its way, joint angles, bone lengths, contacts, and
    the time each stage takes. Needs the extra `view` (pip install rerun-sdk). Nothing leaves this machine.

    [bold]Example[/bold]  vtm view clip.mp4 --web
    """
    check_outputs({".rrd": save}, [Path(source), video, intrinsics])
    if find_spec("rerun") is None:
        raise VtmError("the viewer Rerun is not installed; run: pip install rerun-sdk")
    if save and web:
        raise VtmError("--save and --web were both given; save first, then show the .rrd with: rerun film.rrd")
    from vtm_tools.view.recording import saved, shown
    from vtm_tools.view.scene import Scene
    from vtm_tools.view.sources import show_clip, show_frames, show_keypoints

    given = _file(source) if source.lower().endswith(".npz") else None
    captured = isinstance(given, MotionClip)
    handed = bool(given.hand_angles.shape[1]) if isinstance(given, MotionClip) else hands != "off"

    def steps(scene: Scene) -> Iterable[None]:
        if isinstance(given, MotionClip):
            return progress(show_clip(scene, given, video), "showing", len(given.valid))
        if isinstance(given, KeypointClip):
            stream = MotionStream(None, lookahead, subject_height, backend, postprocess=PostprocessConfig())
            return progress(show_keypoints(scene, stream, given.observations()), "lifting", len(given.stamps_ns))
        film = Video(source)
        lens = lens_of(film, load_intrinsics(intrinsics) if intrinsics else None, intrinsics, fov)
        looks = speed_of(speed, pose_model)
        tracker = PoseTracker(looks.pose_model, backend, hands=hands, hands_every=hands_every, twice=looks.twice)
        stream = MotionStream(
            tracker, lookahead, subject_height, backend, postprocess=PostprocessConfig(), hands=handed
        )
        return progress(show_frames(scene, stream, timed_frames(film, lens)), "capturing", film.frame_count or None)

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
