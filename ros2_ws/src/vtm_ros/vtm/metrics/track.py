"""The motion of one person over T frames in the form in which two of them are compared."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import NUM_JOINTS, bone_lengths
from vtm.files.motion_file import MotionClip


@dataclass(frozen=True, eq=False)
class Track:
    """The motion of one person. Frames and joints that are not known are NaN; what the source never says is None.

    Attributes:
        joints: (T, 22, 3) m in optical camera axes.
        local: (T, 22, 3, 3) rotations relative to the parent, the pelvis to the camera.
        offsets: (T, 22, 3) m from the parent.
        contacts: (T, 4) in 0..1 of left heel, left toe, right heel, right toe.
        expected_error: (T, 22) m that the source expects of its own joints.
        expected_angle: (T, 22) degrees that it expects of their rotations relative to the parent.
        expected_root: (T, 2) m that it expects of the pelvis across the optical axis and along it.
        placed: False when only differences of the joints mean something.
    """

    joints: np.ndarray
    local: np.ndarray | None = None
    offsets: np.ndarray | None = None
    contacts: np.ndarray | None = None
    expected_error: np.ndarray | None = None
    expected_angle: np.ndarray | None = None
    expected_root: np.ndarray | None = None
    placed: bool = True

    @property
    def rotations(self) -> np.ndarray | None:
        """Rotations relative to the camera, (T, 22, 3, 3)."""
        if self.local is None:
            return None
        return forward_kinematics(self.local, np.zeros((NUM_JOINTS, 3)), np.zeros((len(self.local), 3)))[0]

    @property
    def bones(self) -> np.ndarray | None:
        """Lengths (T, 21) m of the bones that end in joints 1..21."""
        return None if self.offsets is None else bone_lengths(self.offsets)

    def root(self, anchor: tuple[int, ...]) -> np.ndarray:
        """The middle (T, 3) m of the `anchor` joints."""
        return self.joints[:, list(anchor)].mean(1)

    def frames(self, rows) -> "Track":
        """Only some frames: a slice, or an array of rows (N,) in which -1 is a frame of which nothing is known."""
        arrays: dict[str, Any] = {
            name: _picked(values, rows) for name, values in vars(self).items() if isinstance(values, np.ndarray)
        }
        return replace(self, **arrays)


def _picked(values: np.ndarray, rows) -> np.ndarray:
    if isinstance(rows, slice):
        return values[rows]
    return np.where((rows < 0).reshape(-1, *(1,) * (values.ndim - 1)), np.nan, values[rows])


def track_of_clip(clip: MotionClip) -> Track:
    """The track of a motion.npz; its confidences, which a true motion has no use for, are left out."""
    local = matrix_from_quat(clip.quat_local.astype(np.float64))
    offsets = clip.offsets.astype(np.float64)
    _, joints = forward_kinematics(local, offsets, clip.root_cam.astype(np.float64))
    return Track(joints, local, np.broadcast_to(offsets, joints.shape), clip.contacts.astype(np.float64))
