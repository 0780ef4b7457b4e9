"""A board filmed by a camera that is known, lens and all."""

from functools import cache

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from vtm.camera import Intrinsics

CAMERA = Intrinsics(640, 480, 520.0, 527.0, 327.0, 233.0, (-0.25, 0.08, 0.001, -0.0005, 0.0))
COLUMNS, ROWS, SQUARE = 9, 6, 0.03
DOTS = 40
"""Pixels of a square in the drawing of the board."""


def drawing(charuco: bool, legacy: bool = False) -> np.ndarray:
    """The board (H, W) uint8 with a margin of one square."""
    if charuco:
        markers = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        board = cv2.aruco.CharucoBoard((COLUMNS + 1, ROWS + 1), SQUARE, 0.75 * SQUARE, markers)
        board.setLegacyPattern(legacy)
        return cv2.copyMakeBorder(
            board.generateImage(((COLUMNS + 1) * DOTS, (ROWS + 1) * DOTS)), DOTS, DOTS, DOTS, DOTS, 0, value=255
        )
    squares = np.indices((ROWS + 1, COLUMNS + 1)).sum(0) % 2 * 255
    return np.pad(np.kron(squares, np.ones((DOTS, DOTS))), DOTS, constant_values=255).astype(np.uint8)


@cache
def _rays() -> np.ndarray:
    x, y = np.meshgrid(np.arange(CAMERA.width), np.arange(CAMERA.height))
    rays = CAMERA.rays(np.stack([x, y], -1).astype(np.float64))
    return np.concatenate([rays, np.ones_like(rays[..., :1])], -1).astype(np.float64)


def film(board: np.ndarray, turn: Rotation, middle: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An image (H, W, 3) of the board whose middle is at `middle` (3,) m in optical axes, turned by `turn`."""
    rays = _rays() @ turn.as_matrix()
    camera = -turn.inv().apply(middle)
    place = camera + rays * (-camera[2] / rays[..., 2])[..., None]
    dots = place[..., :2] / SQUARE * DOTS + np.array(board.shape[::-1]) / 2 - 0.5
    dots[(rays[..., 2] * -camera[2]) <= 0] = -1e3
    image = cv2.remap(board, *dots.astype(np.float32).transpose(2, 0, 1), cv2.INTER_LINEAR, borderValue=110)
    image = cv2.GaussianBlur(image, (0, 0), 0.7) + rng.normal(0, 3, image.shape)
    return np.repeat(np.clip(image, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def views(count: int, seed: int = 0, tilt: float = 30.0, reach: float = 1.0):
    """Poses (turn, middle) of the board all over the image. reach: of the way to its edges."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        across, down = [(-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0)][index % 5]
        depth = rng.uniform(0.42, 0.7)
        turn = Rotation.from_euler("xyz", [*rng.uniform(-tilt, tilt, 2), rng.uniform(-10, 10)], degrees=True)
        free = np.array([CAMERA.width / 2 / CAMERA.fx, CAMERA.height / 2 / CAMERA.fy]) * depth
        free -= 0.5 * SQUARE * np.array([COLUMNS, ROWS]) + 0.005
        yield turn, np.array([across * free[0] * reach, down * free[1] * reach, depth])
