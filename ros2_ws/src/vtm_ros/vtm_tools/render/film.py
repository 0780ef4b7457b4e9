"""One picture of a film: the video with the person over it, and three views of the body."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from vtm.body.body_shape import shape_points
from vtm.body.skeleton import person_scale, stature
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.draw.overlay import draw_overlay
from vtm_tools.draw.resized import resized_motion
from vtm_tools.render.layout import layout
from vtm_tools.render.video_frames import size_of, video_frames
from vtm_tools.render.view import DIRECTIONS, INK, View
from vtm_trt.offline.world_alignment import above_ground, grounded
from vtm_trt.postprocess.gravity import gravity

ROOM = 1.4
"""What a view shows, in statures."""
STEADY_S = 0.6
"""Standard deviation, seconds, of the filter that steadies the centres of the views."""
WAY_S = 3.0
"""Seconds of the pelvis' path that are drawn."""


class Film:
    """Pictures of a motion, over its video if there is one.

    Args:
        clip: The motion.
        video: Its video, or None.
        width: Of the pictures, pixels.

    Attributes:
        size: Width and height of the pictures, pixels.

    Raises:
        VtmError: Nobody is seen in the clip, or the video has another size.
    """

    def __init__(self, clip: MotionClip, video: Path | None, width: int):
        if not clip.valid.any():
            raise VtmError("the motion shows nobody in any frame; capture a video that shows a person")
        self._clip, self._video = clip, video
        self._frame_of = np.cumsum(clip.valid) - 1
        motions = clip.motions()
        level = gravity(motions)
        self._caption = level.caption
        shots = grounded(motions, level)
        self._motions = [motion for shot in shots for motion in shot]
        self._shapes = [above_ground(motion, shape_points(motion)) for motion in self._motions]
        self._scale = float(person_scale(clip.bone_ratio))
        roots = np.split(np.stack([shape[0] for shape in self._shapes]), np.cumsum([len(shot) for shot in shots])[:-1])
        self._ways = [way[:end] for way in roots for end in range(1, len(way) + 1)]
        steady = STEADY_S * float(clip.fps)
        self._centres = np.concatenate([gaussian_filter1d(way, steady, 0, mode="nearest") for way in roots])
        self._layout = layout(width, self._aspect())
        self.size = self._layout.size
        extent = ROOM * stature(clip.offsets)
        self._views = [View(direction, self._layout.view, extent) for direction in DIRECTIONS]

    def pictures(self, frames: Sequence[int]) -> Iterator[np.ndarray]:
        """The picture (H, W, 3) uint8 BGR of each of the ascending `frames`.

        Raises:
            VtmError: The video is shorter than the motion.
        """
        if not self._video:
            yield from (self._picture(frame, None) for frame in frames)
            return
        for frame, image in zip(frames, video_frames(self._video, frames), strict=True):
            yield self._picture(frame, image)

    def _aspect(self) -> float | None:
        if not self._video:
            return None
        width, height = size_of(self._video, self._clip)
        return width / height

    def _picture(self, frame: int, image: np.ndarray | None) -> np.ndarray:
        valid = bool(self._clip.valid[frame])
        index = max(0, int(self._frame_of[frame]))
        motion = self._motions[index]
        points = self._shapes[index] if valid else None
        way = self._ways[index][-round(WAY_S * float(self._clip.fps)) :]
        picture = np.full((self.size[1], self.size[0], 3), 255, np.uint8)
        if image is not None:
            across, down = self._layout.image
            small = cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA)
            picture[:down, :across] = draw_overlay(small, resized_motion(motion, across, down)) if valid else small
        side = self._layout.view
        for view, (x, y) in zip(self._views, self._layout.corners, strict=True):
            drawn = view.draw(points, self._scale, motion.contacts, self._centres[index], way)
            picture[y : y + side, x : x + side] = cv2.rectangle(drawn, (0, 0), (side - 1, side - 1), (255,) * 3, 1)
        self._write(picture, frame)
        return picture

    def _write(self, picture: np.ndarray, frame: int) -> None:
        """The time, and who told which way is up."""
        text = f"{self._clip.stamps[frame] - self._clip.stamps[0]:.2f} s   {self._caption}"
        size = self.size[0] / 1600
        margin = round(16 * size)
        (across, _), _ = cv2.getTextSize(text, 0, size, 1)
        size *= min(1.0, (self.size[0] - 2 * margin) / across)
        for colour, thickness in (((255, 255, 255), 4), (INK, 1)):
            cv2.putText(picture, text, (margin, self.size[1] - margin), 0, size, colour, thickness, cv2.LINE_AA)
