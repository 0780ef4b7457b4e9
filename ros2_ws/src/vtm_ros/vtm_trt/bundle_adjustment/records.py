"""What the adjustment takes and what it gives."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Recording:
    """A motion of one person and the keypoints it was lifted from.

    Attributes:
        local: (T, 22, 3, 3) rotations relative to the parent, the pelvis relative to optical camera axes.
        root: (T, 3) metres, the pelvis in optical axes.
        bone_ratio: (21,) bone lengths over the virtual skeleton's; (T, 21) only to tell how well a body fits.
        rays: (T, 23, 2) keypoints in normalised image coordinates.
        confidence: (T, 23) of the keypoints, 0..1.
        keypoint_convention: (T,) where the keypoints lie, as in `vtm.types.Observation`.
        contacts: (T, 4) probabilities that left heel, left toe, right heel and right toe stand.
        seconds: (T,) growing.
    """

    local: np.ndarray
    root: np.ndarray
    bone_ratio: np.ndarray
    rays: np.ndarray
    confidence: np.ndarray
    keypoint_convention: np.ndarray
    contacts: np.ndarray
    seconds: np.ndarray

    def rows(self, rows: np.ndarray | slice) -> "Recording":
        """Some of the frames, by indices or a slice."""
        ratio = self.bone_ratio
        some = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name != "bone_ratio"}
        return Recording(**some, bone_ratio=ratio[rows] if ratio.ndim > 1 else ratio)


@dataclass(frozen=True)
class Adjusted:
    """A better motion.

    Attributes:
        local: (T, 22, 3, 3) as in `Recording`.
        root: (T, 3) metres, optical axes.
        bone_ratio: (21,) for all frames.
        contacts: (T, 4) probabilities as in `Recording`, of feet that also stand in the image.
        followed: (T,) bool, whether the keypoints of the frame could be followed; where not, the motion is as given.
    """

    local: np.ndarray
    root: np.ndarray
    bone_ratio: np.ndarray
    contacts: np.ndarray
    followed: np.ndarray
