"""What one camera tells of the person at an instant, in the axes that all cameras share."""

from dataclasses import dataclass, replace

import numpy as np

from vtm.body.keypoint_offsets import DEFINED_APART, OFFSET, SITED
from vtm.body.rotations import matrix_from_quat
from vtm.errors import VtmError
from vtm.types import Motion
from vtm_trt.bundle_adjustment.body import place_points
from vtm_trt.pose2d.exchange import exchange

SEEN = 0.1
"""Keypoints of less confidence are left out."""


@dataclass(frozen=True, eq=False)
class View:
    """One camera's part.

    Attributes:
        motion: Its own motion, seen from it.
        rays: (21, 3) of its keypoints, in optical axes with z = 1.
        sure: (21,) their confidences, 0 for those that it does not see.
    """

    motion: Motion
    rays: np.ndarray
    sure: np.ndarray

    @property
    def rotation(self) -> np.ndarray:
        """(3, 3), turns optical axes into common ones."""
        return self.motion.camera.rotation  # type: ignore[union-attr]

    @property
    def centre(self) -> np.ndarray:
        """(3,) m, where the camera is."""
        return self.motion.camera.position  # type: ignore[union-attr]

    def across(self) -> np.ndarray:
        """(21, 2, 3) that take a point, relative to the camera, to its distance in metres from each keypoint's ray."""
        axes = self.rotation.T
        return self.rays[:, :2, None] * axes[2] - axes[:2]

    def points(self) -> np.ndarray:
        """(21, 3) m, the keypoints' places on this camera's own body."""
        motion, seen = self.motion, self.motion.observation
        sites = (1 - DEFINED_APART * (1 - seen.keypoint_convention)) * OFFSET
        local = matrix_from_quat(motion.quat_local.astype(np.float64))[None]
        _, place = place_points(local, motion.bone_ratio.astype(np.float64), sites[None])
        return self.shared(place[0, -SITED:] + motion.root_cam)

    def shared(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) m of optical axes in the common ones."""
        return points @ self.rotation.T + self.centre

    def exchanged(self, groups: int) -> "View":
        """The same with left and right of some of `vtm_trt.pose2d.exchange.GROUPS` (bits) put right."""
        return view_of(replace(self.motion, observation=exchange(self.motion.observation, groups)))


def view_of(motion: Motion) -> View:
    """The part of a camera that sees `motion`.

    Raises:
        VtmError: Nothing tells where the camera is.
    """
    if motion.camera is None:
        raise VtmError("a camera's pose is not known; give the calibration of all cameras")
    seen = motion.observation
    sure = np.nan_to_num(seen.confidence[:SITED].astype(np.float64))
    flat = np.nan_to_num(seen.rays[:SITED].astype(np.float64))
    return View(motion, np.column_stack([flat, np.ones(SITED)]), np.where(sure > SEEN, sure, 0.0))
