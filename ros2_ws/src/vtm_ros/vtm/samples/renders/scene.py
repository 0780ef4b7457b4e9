"""Where a person is filmed: room, furniture, things in front, light, and what the camera does to the picture."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import BODY
from vtm.samples.renders.mesh import Mesh, Paint, boxes, joined

STILL = BODY.count
"""Index of the bone that never moves."""


@dataclass(frozen=True)
class Look:
    """Light and camera.

    Attributes:
        sun: (3,) unit vector towards it.
        sun_colour: (3,) RGB of its light.
        sky: (3,) RGB of the light from above.
        ground: (3,) RGB of the light from below.
        exposure: Open shutter over the frame interval, 0 for none.
        noise: Standard deviation, 0..1.
        blur: Sigma, pixels.
    """

    sun: np.ndarray
    sun_colour: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    exposure: float
    noise: float
    blur: float


def random_look(rng: np.random.Generator) -> Look:
    """From even to hard light, from dim to bright; a third of the cameras blur motion."""
    sun = rng.normal(size=3) + (0, 0, 1.0)
    sun[2] = abs(sun[2])
    strength = rng.uniform(0.2, 0.8)
    tint = 1 + 0.1 * rng.normal(size=3)
    ambient = rng.uniform(0.4, 0.85) * (1 + 0.05 * rng.normal(size=3))
    exposure = rng.uniform(0.3, 1.0) if rng.random() < 0.33 else 0.0
    return Look(
        sun / np.linalg.norm(sun), strength * tint, ambient, ambient * rng.uniform(0.5, 0.95),
        exposure, rng.choice([0.0, 0.01, 0.03]), rng.choice([0.5, 0.8, 1.3]),
    )  # fmt: skip


def random_set(
    joints: np.ndarray, eye: np.ndarray, first_paint: int, occluded: bool, rng: np.random.Generator
) -> tuple[Mesh, list[Paint]]:
    """A room round people and a camera, with furniture.

    Args:
        joints: (T, 22 N, 3) m of the N people.
        eye: (T, 3) m, the camera's way.
        first_paint: Number of the first of its paints.
        occluded: Something stands between camera and the first person.
        rng: The random numbers.
    """
    low = np.minimum(joints.min((0, 1)), eye.min(0)) - rng.uniform(0.6, 4, 3)
    high = np.maximum(joints.max((0, 1)), eye.max(0)) + rng.uniform(0.6, 4, 3)
    low[2] = min(0.0, joints[..., 2].min() - 0.03)
    paints = [Paint.random(rng, scale=scale, vivid=0.4) for scale in (2.0, 2.0, 2.0, 2.0, 2.0, 1.0)]
    walls = boxes(_placed((low + high)[None] / 2), (high - low)[None], np.arange(6)[None] + first_paint, STILL, True)
    parts = [walls]
    furniture = _furniture(joints, eye, low, high, rng)
    if occluded:
        furniture.append(_in_front(joints, eye, rng))
    for place, size in furniture:
        parts.append(boxes(place[None], size[None], np.full((1, 6), first_paint + len(paints)), STILL))
        paints.append(Paint.random(rng, scale=8.0))
    return joined(parts), paints


def _placed(centres: np.ndarray, angle: float = 0.0) -> np.ndarray:
    frames = np.tile(np.eye(4), (len(centres), 1, 1))
    frames[:, :3, :3] = Rotation.from_euler("z", angle).as_matrix()
    frames[:, :3, 3] = centres
    return frames


def _furniture(joints, eye, low, high, rng) -> list[tuple[np.ndarray, np.ndarray]]:
    """Up to eight boxes that keep clear of the people and of every line of sight to a pelvis."""
    found = []
    ways = joints[:, :: BODY.count]
    sight = (eye[:, None, None] + (ways - eye[:, None])[:, :, None] * np.linspace(0, 1, 9)[:, None]).reshape(-1, 3)
    for _ in range(rng.integers(0, 9)):
        size = rng.uniform([0.2, 0.2, 0.3], [1.2, 1.2, 2.0])
        centre = np.append(rng.uniform(low[:2], high[:2]), low[2] + size[2] / 2)
        clear = np.linalg.norm((sight - centre)[:, :2], axis=1).min() > np.linalg.norm(size[:2]) / 2 + 0.9
        if clear:
            found.append((_placed(centre[None], rng.uniform(0, 3.1))[0], size))
    return found


def _in_front(joints, eye, rng) -> tuple[np.ndarray, np.ndarray]:
    """A box between the camera and a joint in the middle of the clip, which hides a part of the body."""
    middle = len(joints) // 2
    share = rng.uniform(0.3, 0.75)
    target = joints[middle, rng.choice([0, *BODY.groups["limbs"]])]
    centre = eye[middle] + share * (target - eye[middle])
    return _placed(centre[None], rng.uniform(0, 3.1))[0], rng.uniform(0.15, 0.6, 3) * share
