"""Rendered people as training material: what the 2D network found and made of them in space, and the whole truth."""

from dataclasses import dataclass

import numpy as np

from vtm.samples.renders.keypoint_fit import Found


@dataclass(frozen=True)
class Filmed(Found):
    """`Found` with what training needs besides.

    Attributes:
        image: (S, T, C) features of the image, 0 where nobody was found.
        rotation: (S, T, 3, 3) of the camera: x_camera = rotation (x_world - centre), world z up.
        centre: (S, T, 3) m, of the camera.
        fps: (S,) frames/s.
    """

    image: np.ndarray
    rotation: np.ndarray
    centre: np.ndarray
    fps: np.ndarray
