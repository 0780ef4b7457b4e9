"""Films of a right hand as a hand network sees it: crops that follow the hand, and exactly what they show."""

from dataclasses import dataclass

import cv2
import numpy as np
from motion import flow, random_pose, random_wrist
from people import WRIST, Hander

from vtm.samples.renders.clip import random_shot
from vtm.samples.renders.mesh import Mesh, Paint, boxes, joined
from vtm.samples.renders.renderer import Renderer, clip_space
from vtm.samples.renders.scene import random_look, random_set
from vtm.samples.renders.wardrobe import dress

SIZE = 224
HAND_PIXELS = (24.0, 180.0)
"""Length of the hand in the camera's picture."""
LONGEST_EXPOSURE = 0.025
"""Seconds."""
FOR_ROI = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
TRIES = 8
"""Cameras that are tried until one sees the hand before the body."""
CAPSULES = ((0, 6, 0.14), (6, 9, 0.15), (9, 12, 0.12), (12, 15, 0.09), (15, 15, 0.13), (1, 4, 0.09), (2, 5, 0.09))
"""Two joints, and how far in metres the body reaches from the line between them."""
SKIN = np.array([[238, 194, 168], [194, 145, 110], [140, 97, 69], [90, 59, 43]])


@dataclass(frozen=True)
class Crop:
    """A square of the picture: its middle (2,) and side in rays, and how far it is turned clockwise, rad."""

    middle: np.ndarray
    side: float
    turn: float

    def pixels(self, rays: np.ndarray) -> np.ndarray:
        """Rays (..., 2) in pixels of the crop."""
        return ((rays - self.middle) @ _turned(self.turn) / self.side + 0.5) * SIZE

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of the crop as rays."""
        return (pixels / SIZE - 0.5) * self.side @ _turned(self.turn).T + self.middle


def _turned(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _upwards(vector: np.ndarray) -> float:
    return float(np.arctan2(vector[0], -vector[1]))


def crop_from_body(wrist, index, little, least: float, zoom: float = 1.4, shift: float = -0.1) -> Crop:
    """Where a body's three points of a hand, rays (2,) each, say that it is.

    Args:
        wrist: Of the body.
        index: Knuckle.
        little: Knuckle.
        least: Length of the hand as the body's distance tells it: a hand that points at the camera looks shorter.
        zoom: Side of the crop over the length.
        shift: Of the middle towards the fingers, in lengths.
    """
    middle = (2 * index + little) / 3
    length, turn = max(2 * float(np.linalg.norm(middle - wrist)), least), _upwards(middle - wrist)
    return Crop(middle + shift * length * np.array([np.sin(turn), -np.cos(turn)]), zoom * length, turn)


def crop_from_points(points: np.ndarray) -> Crop:
    """Where the 21 points of the frame before say that it is."""
    turn = _upwards(((points[6] + points[14]) / 2 + points[10]) / 2 - points[0])
    own = points[FOR_ROI] @ _turned(turn)
    low, high = own.min(0), own.max(0)
    middle = (low + high) / 2 - [0, 0.1 * (high - low)[1]]
    return Crop(_turned(turn) @ middle, 2.0 * float((high - low).max()), turn)


def behind_body(hand: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """In which frames (T,) the body stands between the camera and the hand (T, 3), joints (T, 22, 3)."""
    away = np.linalg.norm(hand, axis=-1)[:, None, None]
    sight = hand[:, None] * (1 - np.linspace(0.06, 1.0, 24)[:, None] / away)
    hidden = np.zeros(len(hand), bool)
    for first, second, radius in CAPSULES:
        start, way = joints[:, None, first], joints[:, None, second] - joints[:, None, first]
        share = ((sight - start) * way).sum(-1) / np.maximum((way * way).sum(-1), 1e-9)
        nearest = start + np.clip(share, 0, 1)[..., None] * way
        hidden |= (np.linalg.norm(sight - nearest, axis=-1) < radius).any(1)
    return hidden


class HandFilm:
    """T frames of somebody's right hand.

    Args:
        hander: Who is filmed.
        local: (T, 22, 3, 3) of the body.
        root: (T, 3).
        seconds: (T,).
        seed: Of everything else.
        renderer: Of SIZE x SIZE pixels and BONES bones.
    """

    def __init__(self, hander: Hander, local, root, seconds, seed: int, renderer: Renderer):
        rng = self._rng = np.random.default_rng(seed)
        self._renderer = renderer
        self.angles, arm = flow(random_pose, seconds, rng), flow(random_wrist, seconds, rng)
        moved = hander.move(local, root, arm, self.angles)
        self._bones = moved["bones"]
        for attempt in range(TRIES):
            self.shot = random_shot(moved["joints"], seconds, (640, 480), seed * TRIES + attempt)
            turn, centre = self.shot.rotation, self.shot.centre[:, None]
            self.points, joints = ((moved[key] - centre) @ turn.transpose(0, 2, 1) for key in ("points", "joints"))
            if behind_body(self.points[:, 9], joints).mean() < 0.2:
                break
        self.hand, self.elbow, self.scale = turn @ moved["hand"], turn @ moved["elbow"], hander.scale
        self.rays = self.points[..., :2] / self.points[..., 2:]
        self.good = bool((self.points[..., 2] > 0.25).all())
        self.length = float(np.linalg.norm(hander.offsets[3]) + np.linalg.norm(hander.offsets[4:6], axis=1).sum())
        hand_rays = self.length / np.median(self.points[:, 0, 2])
        self.focal = np.exp(rng.uniform(*np.log(HAND_PIXELS))) / hand_rays
        body, paints = dress(hander.person, rng)
        room, more = random_set(moved["joints"], self.shot.centre, len(paints), False, rng)
        meshes, paints = [body, room], [*paints, *more]
        if rng.random() < 0.22:
            meshes.append(self._held(hander, len(paints)))
            paints.append(Paint.random(rng, scale=20.0))
        self._mesh, self._look = joined(meshes), random_look(rng)
        self._paints = paints
        self._blurred = self._look.exposure * LONGEST_EXPOSURE / max(seconds[1] - seconds[0], LONGEST_EXPOSURE)
        self.hidden = rng.random() < 0.15
        self._cover = self._random_cover()
        renderer.load(self._mesh, paints, self._look)

    def _held(self, hander: Hander, paint: int) -> Mesh:
        """A box in the palm, in Anny's rest pose, that moves with the wrist."""
        size = self._rng.uniform([0.02, 0.02, 0.02], [0.06, 0.06, 0.06])
        size[self._rng.integers(3)] *= self._rng.uniform(1, 6)
        frame = np.eye(4)
        frame[:3, :3] = np.linalg.qr(self._rng.normal(size=(3, 3)))[0]
        palm = np.array([0.0, -0.09, -0.03]) + self._rng.normal(0, 0.01, 3)
        frame[:3, 3] = hander.anchor[0] + hander.align[0].T @ palm
        return boxes(frame[None], size[None], np.full((1, 6), paint), WRIST)

    def _random_cover(self) -> tuple:
        rng = self._rng
        colour = SKIN[rng.integers(4)] * rng.uniform(0.5, 1.1) if rng.random() < 0.4 else rng.uniform(0, 255, 3)
        return rng.uniform(-0.6, 0.6, 2), rng.uniform(0.1, 0.45, 2), rng.uniform(0, 180), colour.clip(0, 255).tolist()

    def first_crop(self, frame: int) -> Crop:
        """The crop that the body's points give, with the errors that those have."""
        rays, size = self.rays[frame], self.length / self.points[frame, 0, 2]
        noise = self._rng.normal(0, 0.04, (3, 2)) + self._rng.normal(0, 0.05, 2)
        least = self._rng.choice([1.0, 0.6], p=[0.8, 0.2]) * size
        zoom, shift = self._rng.uniform(1.35, 1.8), self._rng.uniform(-0.12, 0.05)
        return crop_from_body(*(rays[[0, 5, 17]] + noise * size), least, zoom, shift)

    def picture(self, frame: int, crop: Crop) -> np.ndarray:
        """The crop (SIZE, SIZE, 3) uint8 RGB of one frame, as sharp as the camera's picture is."""
        roll = np.eye(3)
        roll[:2, :2] = _turned(crop.turn).T
        zoom = SIZE / crop.side
        middle = SIZE / 2 - crop.middle @ _turned(crop.turn) * zoom
        lens = np.array([[zoom, 0, middle[0]], [0, zoom, middle[1]], [0, 0, 1.0]])
        view = clip_space(lens, SIZE, SIZE, roll @ self.shot.rotation[frame], self.shot.centre[frame])
        image = self._renderer.draw(self._bones[frame], view)
        across = int(np.clip(crop.side * self.focal, 8, SIZE))
        image = cv2.resize(image, (across, across), interpolation=cv2.INTER_AREA)
        if self._blurred:
            image = self._smeared(image, frame, crop, across / SIZE)
        if self._look.blur > 1 and across > 60:
            image = cv2.GaussianBlur(image, (0, 0), 0.8)
        if self._look.noise:
            image = np.clip(image + self._rng.normal(0, 255 * self._look.noise, image.shape), 0, 255).astype(np.uint8)
        if self.hidden:
            self._hide(image, frame, crop, across / SIZE)
        if self._rng.random() < 0.3:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(self._rng.integers(35, 90))]
            image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
        return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)

    def _smeared(self, image: np.ndarray, frame: int, crop: Crop, scale: float) -> np.ndarray:
        """Smeared along the way that the hand goes while the shutter is open."""
        ends = [crop.pixels(self.rays[min(max(frame + k, 0), len(self.rays) - 1)]).mean(0) for k in (-1, 1)]
        way = (ends[1] - ends[0]) / 2 * self._blurred * scale
        length = min(float(np.linalg.norm(way)), 25.0)
        if length < 1:
            return image
        side = 2 * int(length / 2) + 3
        kernel = np.zeros((side, side), np.float32)
        half = way / np.linalg.norm(way) * length / 2
        middle = np.array([side // 2, side // 2])
        cv2.line(kernel, np.rint(middle - half).astype(int).tolist(), np.rint(middle + half).astype(int).tolist(), 1.0)
        return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)

    def _hide(self, image: np.ndarray, frame: int, crop: Crop, scale: float) -> None:
        """Something in front of a part of the hand, which passes by."""
        place, size, angle, colour = self._cover
        passing = place + np.array([0.02, 0.01]) * frame
        length = self.length / self.points[frame, 0, 2] / crop.side * SIZE * scale
        middle = crop.pixels(self.rays[frame].mean(0)) * scale + passing * length
        axes = np.maximum(size * length, 1)
        cv2.ellipse(image, (middle.tolist(), (2 * axes).tolist(), angle), colour, -1)
