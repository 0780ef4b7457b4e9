"""A rendered clip: pictures of a moving person, and exactly what they show."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.samples import virtual_camera
from vtm.samples.renders.anny_body import Person, random_person
from vtm.samples.renders.film import Film, Shot
from vtm.samples.renders.mesh import joined
from vtm.samples.renders.rig import shortest_rotation
from vtm.samples.renders.scene import STILL, Look, random_look, random_set
from vtm.samples.renders.wardrobe import dress

FOCAL = (0.7, 2.0)
"""Focal length over the image's longer side."""
FOLLOWING = 0.6
"""Share of cameras that turn with the person."""
HEAD_AND_SOLE = 0.15
"""How far a body reaches beyond its joints, metres."""


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


class RenderedClip(Film):
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
        self.person = person or random_person(seed)
        ratio = self.person.rig.ratio
        rotations, joints = forward_kinematics(local, scaled_offsets(ratio), root * person_scale(ratio))
        look = look or random_look(rng)
        shot = shot or random_shot(joints, seconds, size, seed)
        body, paints = dress(self.person, rng)
        room, more = random_set(joints, shot.centre, len(paints), occluded, rng)
        bones = np.tile(np.eye(4), (len(local), STILL + 1, 1, 1))
        bones[:, :STILL] = self.person.skin_matrices(rotations, joints)
        super().__init__(joined([body, room]), [*paints, *more], bones, shot, look, seed)
        self.truth = Truth(shot.intrinsics, seconds, shot.rotation[:, None] @ rotations, shot.in_camera(joints), ratio)


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
