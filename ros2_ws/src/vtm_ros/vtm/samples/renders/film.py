"""Pictures of moving bodies as a camera takes them: motion blur, the blur of the lens, the noise of the sensor."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vtm.camera import Intrinsics
from vtm.samples.renders.mesh import Mesh, Paint
from vtm.samples.renders.renderer import Renderer, clip_space
from vtm.samples.renders.scene import Look

SUB_FRAMES = 3
"""Pictures averaged into one with motion blur."""


@dataclass(frozen=True)
class Shot:
    """A camera in motion: x_camera = rotation (x_world - centre).

    Attributes:
        intrinsics: Of every frame.
        rotation: (T, 3, 3).
        centre: (T, 3) m.
    """

    intrinsics: Intrinsics
    rotation: np.ndarray
    centre: np.ndarray

    def in_camera(self, points: np.ndarray) -> np.ndarray:
        """`points` (T, J, 3) of the world in the camera's optical axes."""
        return (self.rotation[:, None] @ (points - self.centre[:, None])[..., None])[..., 0]


class Film:
    """T pictures: iterated, (H, W, 3) uint8 BGR.

    Args:
        mesh: The triangles.
        palette: Their paints.
        bones: (T, B, 4, 4) from rest vertices to the world.
        shot: The camera.
        look: Light and camera.
        seed: Of the sensor's noise.

    Attributes:
        shot: The camera.
        size: Width and height of the picture.
    """

    def __init__(self, mesh: Mesh, palette: list[Paint], bones: np.ndarray, shot: Shot, look: Look, seed: int):
        self._mesh, self._palette, self._bones, self._look, self._seed = mesh, palette, bones, look, seed
        self.shot, self.size = shot, (shot.intrinsics.width, shot.intrinsics.height)
        self._view = clip_space(shot.intrinsics.matrix, *self.size, shot.rotation, shot.centre)

    def __len__(self) -> int:
        return len(self._bones)

    def __iter__(self) -> Iterator[np.ndarray]:
        renderer = Renderer(*self.size, bones=self._bones.shape[1])
        try:
            renderer.load(self._mesh, self._palette, self._look)
            for frame in range(len(self)):
                yield self._developed(self._exposed(renderer, frame), frame)
        finally:
            renderer.close()

    def _exposed(self, renderer: Renderer, frame: int) -> np.ndarray:
        """The light of one frame, float32 RGB in 0..255: the mean over the time that the shutter is open."""
        if not self._look.exposure:
            return renderer.draw(self._bones[frame], self._view[frame]).astype(np.float32)
        before, after = max(frame - 1, 0), min(frame + 1, len(self) - 1)
        total = np.zeros((*self.size[::-1], 3), np.float32)
        for moment in (np.arange(SUB_FRAMES) + 0.5) / SUB_FRAMES - 0.5:
            step = moment * self._look.exposure / max(after - before, 1)
            bones, view = (x[frame] + step * (x[after] - x[before]) for x in (self._bones, self._view))
            total += renderer.draw(bones, view)
        return total / SUB_FRAMES

    def _developed(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """With the blur of the lens and the noise of the sensor."""
        picture = cv2.GaussianBlur(picture, (0, 0), self._look.blur)
        if self._look.noise:
            noise = np.random.default_rng((self._seed, frame)).standard_normal(picture.shape, np.float32)
            picture = picture + noise * np.float32(255 * self._look.noise)
        return np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8)[..., ::-1])
