"""The product as a Python object: video, frames or keypoints in, motion out."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Frame, Motion, Observation
from vtm_trt.keypoint_files.keypoint_file import KeypointClip
from vtm_trt.offline.captured import Captured, capture_sequence
from vtm_trt.offline.captured_people import capture_people, watch_people
from vtm_trt.pose2d.estimator import PoseEstimator
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.stream.lifter import MAX_LOOKAHEAD
from vtm_trt.stream.person_stream import MotionStream

_log = logging.getLogger("vtm")

Progress = Callable[[Iterable[Any], str, int | None], Iterable[Any]]


class Capture:
    """Captures the motion of the person in front of one camera.

    Live, `frame` or `observation` take one instant after the other and return the motion at once. `video` and
    `keypoints` take a whole recording, look into the future as well and adjust the motion as a whole, which is more
    accurate.

    Args:
        pose_model: The 2D network: `lite` is quickest, `full` most accurate; or one of your own.
        lookahead: Frames that a live motion waits for what follows, 0 to 8.
        subject_height: The person's standing height in metres, which fixes the scale; an average adult's where None.
        backend: What runs the networks; `auto` takes the best of this machine.
        hands: The hand network, `lite` or `full`, for motions with fingers; `off` looks at no hands. A 2D network of
            your own brings its own `Observation.hands`.
        hands_every: Each hand is looked at once in so many frames, left and right in turn.
        postprocess: What is done to live motions after the network; None for nothing.

    Raises:
        VtmError: An argument is unknown, or a network is missing or cannot run here.
    """

    def __init__(
        self,
        pose_model: str | PoseEstimator = "full",
        lookahead: int = 0,
        subject_height: float | None = None,
        backend: str = "auto",
        postprocess: PostprocessConfig | None = PostprocessConfig(),  # noqa: B008 - frozen
        hands: str = "off",
        hands_every: int = 1,
    ):
        self._tracker = (
            PoseTracker(pose_model, backend, hands=hands, hands_every=hands_every)
            if isinstance(pose_model, str)
            else pose_model
        )
        self._subject_height, self._pose_model, self._backend = subject_height, pose_model, backend
        self._hands, self._hands_every = hands, hands_every
        self._live = MotionStream(
            self._tracker, lookahead, subject_height, backend, postprocess=postprocess, hands=hands != "off"
        )

    def frame(self, image: np.ndarray, seconds: float, intrinsics: Intrinsics | None = None) -> Motion | None:
        """Take the next image of a live camera.

        Args:
            image: (H, W, 3) uint8, BGR as OpenCV reads it.
            seconds: When it was taken, later than the one before.
            intrinsics: The camera's; a field of view of 60 degrees is assumed where None.

        Returns:
            The motion `lookahead` frames earlier, None while nobody is seen.

        Raises:
            VtmError: `image` is no such array.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise VtmError(f"an image is (H, W, 3) uint8, BGR; this is {image.shape} {image.dtype}")
        height, width = image.shape[:2]
        lens = intrinsics or Intrinsics.from_fov(width, height)
        return self._live.step(Frame(image, round(seconds * 1e9), lens))

    def observation(self, observation: Observation) -> Motion | None:
        """Take the next keypoints of a 2D network of your own, live; without any confidence they show nobody."""
        return self._live.lift(observation)

    def reset(self) -> None:
        """Forget the person: the next live frame begins anew."""
        self._live.reset()

    def video(
        self, path: str | Path, intrinsics: Intrinsics | None = None, progress: Progress | None = None
    ) -> Captured:
        """Capture a video file.

        Args:
            path: The file.
            intrinsics: The camera's; a field of view of 60 degrees is assumed where None.
            progress: Wraps the frames, to count them: called with the frames, a word and their number or None.

        Raises:
            VtmError: It cannot be read, never ends as a camera does, or `intrinsics` are for another size.
        """
        with _recording(path, intrinsics) as (source, lens):
            self._tracker.reset()
            stream = self._of_recordings(self._tracker)
            frames = _counted(progress, timed_frames(source, lens), "capturing", source.frame_count or None)
            try:
                return capture_sequence(stream, stream.steps, frames, lens, source.fps)
            finally:
                self.reset()

    def people(
        self,
        path: str | Path,
        max_people: int,
        intrinsics: Intrinsics | None = None,
        progress: Progress | None = None,
    ) -> dict[int, Captured]:
        """Capture several people in a video file.

        Args:
            path: The file.
            max_people: How many are followed at a time, at most.
            intrinsics: As for `video`.
            progress: As for `video`.

        Returns:
            Each person's motion, with a row for every frame of the video. The keys are the people's numbers: 1 is seen
            first.

        Raises:
            VtmError: As for `video`; or the 2D network is one of your own.
        """
        if not isinstance(self._pose_model, str):
            raise VtmError("a 2D network of your own follows one person; choose lite, full or heavy for several")
        tracker = PeopleTracker(
            max_people, self._pose_model, self._backend, hands=self._hands, hands_every=self._hands_every
        )
        with _recording(path, intrinsics) as (source, lens):
            frames = _counted(progress, timed_frames(source, lens), "watching", source.frame_count or None)
            seen = watch_people(tracker, frames)
            return capture_people(seen, lambda number: self._of_recordings(None, number), lens, source.fps)

    def keypoints(self, keypoints: KeypointClip | str | Path, progress: Progress | None = None) -> Captured:
        """Lift the keypoints of a whole recording, of any 2D network.

        Args:
            keypoints: A keypoint file, or what `KeypointClip.load` read.
            progress: As for `video`.

        Raises:
            VtmError: The file cannot be read.
        """
        clip = keypoints if isinstance(keypoints, KeypointClip) else KeypointClip.load(keypoints)
        stream, seen = self._of_recordings(None), clip.observations()
        items = _counted(progress, seen, "lifting", len(seen))
        return capture_sequence(stream, stream.lifts, items, clip.intrinsics, clip.fps)

    def _of_recordings(self, tracker: PoseEstimator | None, number: int | None = None) -> MotionStream:
        return MotionStream(tracker, MAX_LOOKAHEAD, self._subject_height, runner=self._live.runner, number=number)


@contextmanager
def _recording(path: str | Path, intrinsics: Intrinsics | None) -> Iterator[tuple[Video, Intrinsics]]:
    """A video file, and the lens that it was recorded with."""
    source = Video(path)
    try:
        if source.live:
            raise VtmError(f"{path} is a camera or a stream and never ends; read it yourself and call `frame`")
        lens = intrinsics or Intrinsics.from_fov(source.width, source.height)
        if (lens.width, lens.height) != (source.width, source.height):
            raise VtmError(
                f"the calibration is for {lens.width}x{lens.height} pixels, {path} has "
                f"{source.width}x{source.height}; calibrate at the size of the video"
            )
        yield source, lens
        if source.lost or source.damaged:
            told = "of %s %d frames could not be read, and %d are not whole: is the file damaged?"
            _log.warning(told, path, source.lost, source.damaged)
    finally:
        source.close()


def _counted(progress: Progress | None, items: Iterable[Any], what: str, total: int | None) -> Iterable[Any]:
    return progress(items, what, total) if progress else items
