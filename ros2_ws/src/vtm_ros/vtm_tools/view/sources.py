"""What can be shown: a video as it is captured, keypoints as they are lifted, a motion that was captured before."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm.types import Frame, Motion, Observation
from vtm_tools.export.people_files import numbered
from vtm_tools.view.scene import Scene
from vtm_trt.offline.world_alignment import grounded
from vtm_trt.postprocess.gravity import gravity
from vtm_trt.sources.video import Video
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream


def show_frames(scene: Scene, stream: MotionStream, frames: Iterable[Frame]) -> Iterator[None]:
    """Capture frames and show each with what became of it; yields after every one.

    Args:
        scene: Where to.
        stream: What captures.
        frames: Of the camera.
    """
    for frame in frames:
        motion = stream.step(frame)
        scene.show_image(frame.image, frame.stamp_ns, frame.intrinsics)
        _show_step(scene, stream, frame.stamp_ns, motion)
        yield
    for motion in stream.flush():
        scene.show_motion(motion)


def show_people(scene: Scene, stream: PeopleStream, frames: Iterable[Frame]) -> Iterator[None]:
    """Capture frames of several people: the operator's body and plots, and all with their numbers; yields as above.

    Args:
        scene: Where to.
        stream: What captures.
        frames: Of the camera.
    """
    for frame in frames:
        motions = stream.step(frame)
        scene.show_image(frame.image, frame.stamp_ns, frame.intrinsics)
        scene.show_times(frame.stamp_ns, stream.timings)
        operator = next((motion for motion in motions if motion.person_id == stream.operator.number), None)
        if operator:
            scene.show_motion(operator)
        else:
            scene.show_nobody(frame.stamp_ns)
        for motion in motions:
            scene.show_other(motion.person_id, motion)
        scene.leave_out_others(frame.stamp_ns, motions[0].stamp_ns if motions else frame.stamp_ns)
        yield


def show_keypoints(scene: Scene, stream: MotionStream, observations: Iterable[Observation]) -> Iterator[None]:
    """Lift keypoints and show what became of each frame's; yields after every one.

    Args:
        scene: Where to.
        stream: What lifts.
        observations: The keypoints.
    """
    for observation in observations:
        _show_step(scene, stream, observation.stamp_ns, stream.lift(observation))
        yield
    for motion in stream.flush():
        scene.show_motion(motion)


def _show_step(scene: Scene, stream: MotionStream, stamp_ns: int, motion: Motion | None) -> None:
    scene.show_times(stamp_ns, stream.timings)
    if motion is not None:
        scene.show_motion(motion)
    elif not stream.tracking:
        scene.show_nobody(stamp_ns)


def show_clips(scene: Scene, clips: Sequence[MotionClip], video: Path | None) -> Iterator[None]:
    """Show captured motions; yields after every frame.

    Args:
        scene: Where to.
        clips: The motion; of several people in one video that of each. The first one's body and plots are shown, and
            all with their numbers.
        video: Their video, or None.

    Raises:
        VtmError: A motion shows nobody, or the video is not that of the motion.
    """
    clip = clips[0]
    if not clip.valid.any():
        raise VtmError("the motion shows nobody in any frame; capture a video that shows a person")
    people = numbered(clips) if len(clips) > 1 else {}
    seen = clip.motions()
    level = gravity([motion for one in people.values() for motion in one.motions()] or seen)
    motions = (motion for piece in grounded(seen, level) for motion in piece)
    everybody = {number: iter(one.motions()) for number, one in people.items()}
    film = Video(video) if video else None
    lens = clip.intrinsics
    if film and (film.width, film.height) != (lens.width, lens.height):
        raise VtmError(
            f"{video} has {film.width}x{film.height} pixels, the motion was captured from {lens.width}x{lens.height}; "
            "give the video of this motion"
        )
    for row, (seconds, valid) in enumerate(zip(clip.stamps.tolist(), clip.valid.tolist(), strict=True)):
        stamp_ns = round(seconds * 1e9)
        image = film.read() if film else None
        if film and image is None:
            raise VtmError(f"{video} ends before the motion; give the video of this motion")
        if image is not None:
            scene.show_image(image, stamp_ns, lens)
        if valid:
            scene.show_motion(next(motions))
        else:
            scene.show_nobody(stamp_ns)
        for number, one in people.items():
            if one.valid[row]:
                scene.show_other(number, next(everybody[number]))
        scene.leave_out_others(stamp_ns, stamp_ns)
        yield
    if film:
        film.close()
