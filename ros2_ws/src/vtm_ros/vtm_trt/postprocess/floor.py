"""Which way is up, and how high the ground lies, learned from a person who stands and walks on it.

A camera whose pose is known tells the first; the height of the ground is where standing feet are. For any other camera,
taken to be at rest, up is the mean direction from the ankles to the hips of who stands straight, to begin with that of
a level camera.
After SETTLED_FRAMES of evidence the estimate is kept.
"""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import scaled_offsets
from vtm.types import CameraPose, Motion
from vtm_trt.postprocess.feet import HOLD
from vtm_trt.postprocess.legs import ANKLE, HEIGHT_M, TOE, legs
from vtm_trt.postprocess.upright import level_axes, upright

CONTACTS, ASSUMED = "contacts", "assumed"
"""Sources of the camera's pose without TF and IMU: standing feet, or the assumption that it is level."""

LEVEL = np.array([0.0, -1.0, 0.0])
"""Up in the optical axes of a level camera."""
LEVEL_FRAMES = 20
"""Weight, in frames of evidence, of the prior that the camera is level."""
SETTLED_FRAMES = 600
HEIGHT_FRAMES = 60
"""Frames of standing feet over which the height of the ground is averaged, about."""
_STANDING_M = np.array([HEIGHT_M[ANKLE], HEIGHT_M[TOE]] * 2)


class Floor:
    """Gives every motion a camera in a world with z up, and says where the floor is."""

    def __init__(self) -> None:
        self._source = ""
        self.forget()

    def told_by(self, source: str) -> None:
        """What tells the camera's pose from now on, as in `CameraPose`; another source has another world."""
        if source != self._source:
            self._source = source
            self.forget()

    def forget(self) -> None:
        """Learn anew, as after the camera was moved."""
        self._sum, self._frames = LEVEL_FRAMES * LEVEL, 0
        self._axes, self._position = level_axes(LEVEL), np.zeros(3)
        self._height: float | None = None
        self._heights = 0

    def reset(self) -> None:
        """Another person: the ground stays."""

    @property
    def up(self) -> np.ndarray:
        """Up as estimated, (3,) in optical axes."""
        return self._sum / np.linalg.norm(self._sum)

    @property
    def settled(self) -> bool:
        """Whether the estimate is kept from now on."""
        return self._frames >= SETTLED_FRAMES

    def __call__(self, motion: Motion) -> Motion:
        """The motion with its camera's pose and the height of the floor, which it teaches."""
        return self._tell(motion, learns=True)

    def _tell(self, motion: Motion, learns: bool) -> Motion:
        stands = motion.contacts > HOLD
        if motion.camera is None:
            if learns and stands.any() and not self.settled:
                self._look(motion)
            motion = replace(motion, camera=self._levelled(motion.root_cam))
        assert motion.camera is not None
        heights = legs(motion).points[:, 2] - _STANDING_M
        if learns:
            self._measure(heights, stands)
        floor = self._height if self._height is not None else float(heights.min())
        return replace(motion, camera=replace(motion.camera, floor=floor))

    def _levelled(self, root_cam: np.ndarray) -> CameraPose:
        """The camera with the axes known now; what is learned of them turns the world about the person."""
        axes = level_axes(self.up)
        self._position = self._position + (self._axes - axes) @ root_cam
        self._axes = axes
        return CameraPose(axes, self._position, source=CONTACTS if self._frames else ASSUMED)

    def _look(self, motion: Motion) -> None:
        local = Rotation.from_quat(motion.quat_local).as_matrix()
        _, joints = forward_kinematics(local, scaled_offsets(motion.bone_ratio.astype(np.float64)), np.zeros(3))
        stands, up = upright(joints, motion.contacts)
        if stands:
            self._sum, self._frames = self._sum + up, self._frames + 1

    def _measure(self, heights: np.ndarray, stands: np.ndarray) -> None:
        for height in heights[stands]:
            self._heights = min(self._heights + 1, HEIGHT_FRAMES)
            before = self._height if self._height is not None else height
            self._height = float(before + (height - before) / self._heights)
