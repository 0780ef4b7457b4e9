"""A rendered clip: pictures of a moving person, and exactly what they show."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.samples import virtual_camera
from vtm.samples.renders.anny_body import Person, random_person
from vtm.samples.renders.mesh import joined
from vtm.samples.renders.renderer import Renderer, clip_space
from vtm.samples.renders.rig import shortest_rotation
from vtm.samples.renders.scene import STILL, Look, random_look, random_set
from vtm.samples.renders.wardrobe import dress

SUB_FRAMES = 3
"""Pictures averaged into one with motion blur."""
FOCAL = (0.7, 2.0)
"""Focal length over the image's longer side."""
FOLLOWING = 0.6
"""Share of cameras that turn with the person."""
HEAD_AND_SOLE = 0.15
"""How far a body reaches beyond its joints, metres."""


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


@dataclass(frozen=True)
class Truth:
    """What a clip of T frames shows, in the camera's optical axes.

    Attributes:
        intrinsics: Of every frame.
        seconds: (T,).
        rotations: (T, 22, 3, 3), global.
        joints: (T, 22, 3) m.
        ratio: (21,) bone lengths over the virtual skeleton's.
    """

    intrinsics: Intrinsics
    seconds: np.ndarray
    rotations: np.ndarray
    joints: np.ndarray
    ratio: np.ndarray

    @property
    def pixels(self) -> np.ndarray:
        """The joints in the picture, (T, 22, 2)."""
        return self.intrinsics.project(self.joints)


class RenderedClip:
    """A rendered clip: iterated, its pictures (H, W, 3) uint8 BGR. Everything follows from the arguments.

    Args:
        local: (T, 22, 3, 3) rotations relative to the parent, the pelvis in world axes (z up).
        root: (T, 3) virtual-skeleton metres.
        seconds: (T,).
        seed: Of person, clothes, set, light and camera.
        size: Width and height of the picture.
        occluded: Something hides a part of the person.
        person: In place of a random one.
        shot: In place of a random one.
        look: In place of a random one.

    Attributes:
        truth: What the pictures show.
        shot: The camera.
    """

    def __init__(
        self,
        local: np.ndarray,
        root: np.ndarray,
        seconds: np.ndarray,
        seed: int,
        size: tuple[int, int] = (480, 360),
        occluded: bool = False,
        person: Person | None = None,
        shot: Shot | None = None,
        look: Look | None = None,
    ):
        rng = np.random.default_rng(seed)
        self._seed, self.size, self.person = seed, size, person or random_person(seed)
        ratio = self.person.rig.ratio
        rotations, joints = forward_kinematics(local, scaled_offsets(ratio), root * person_scale(ratio))
        self._look = look or random_look(rng)
        self.shot = shot = shot or random_shot(joints, seconds, size, seed)
        body, paints = dress(self.person, rng)
        room, more = random_set(joints, shot.centre, len(paints), occluded, rng)
        self._mesh, self._palette = joined([body, room]), [*paints, *more]
        self._bones = np.tile(np.eye(4), (len(local), STILL + 1, 1, 1))
        self._bones[:, :STILL] = self.person.skin_matrices(rotations, joints)
        self._view = clip_space(shot.intrinsics.matrix, *size, shot.rotation, shot.centre)
        turn = shot.rotation[:, None]
        in_camera = (turn @ (joints - shot.centre[:, None])[..., None])[..., 0]
        self.truth = Truth(shot.intrinsics, seconds, turn @ rotations, in_camera, ratio)

    def __len__(self) -> int:
        return len(self._bones)

    def __iter__(self) -> Iterator[np.ndarray]:
        renderer = Renderer(*self.size)
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


def random_shot(joints: np.ndarray, seconds: np.ndarray, size: tuple[int, int], seed: int) -> Shot:
    """A virtual camera of the training with a lens under which the person fills 25-110 % of the picture.

    Args:
        joints: (T, 22, 3) m in the world.
        seconds: (T,).
        size: Width and height of the picture.
        seed: Of the random numbers.
    """
    generator = torch.Generator().manual_seed(seed)
    rotations, centres = virtual_camera.look_at_person(
        torch.from_numpy(joints[None, :, 0]).float(), torch.from_numpy(seconds[None]).float(), generator
    )
    rotation, centre = rotations[0].double().numpy(), centres[0].double().numpy()
    if torch.rand(1, generator=generator) < FOLLOWING:
        rotation = rotation @ _follow(joints[:, 0] - centre)
    in_camera = (rotation[:, None] @ (joints - centre[:, None])[..., None])[..., 0]
    depth = np.maximum(in_camera[..., 2:], 0.5)
    rays = in_camera[..., :2] / depth
    extent = np.median(np.ptp(rays, axis=1), axis=0) + 2 * HEAD_AND_SOLE / np.median(depth)
    fill = 0.25 * (1.1 / 0.25) ** float(torch.rand(1, generator=generator))
    focal = np.clip(fill * min(size[0] / extent[0], size[1] / extent[1]) / max(size), *FOCAL) * max(size)
    return Shot(Intrinsics(*size, focal, focal, size[0] / 2, size[1] / 2), rotation, centre)


def _follow(sight: np.ndarray) -> np.ndarray:
    """World rotations (T, 3, 3) that turn the directions `sight` (T, 3) into the one of the middle frame, smoothed."""
    sight = gaussian_filter1d(sight / np.linalg.norm(sight, axis=-1, keepdims=True), 8, axis=0, mode="nearest")
    return np.stack([shortest_rotation(direction, sight[len(sight) // 2]) for direction in sight])
