"""Several people in one picture: the colour of each, the same in pictures, films and files, and its number."""

from collections.abc import Iterable

import cv2
import numpy as np

from vtm.body.skeleton import scaled_offsets
from vtm.types import Motion
from vtm_tools.draw.overlay import draw_overlay
from vtm_tools.draw.stick_figure import bgr, figure_points

PEOPLE = ("#d81b60", "#1e88e5", "#00897b", "#f9a825", "#8e24aa", "#6d4c41", "#43a047", "#3949ab")
"""Told apart also by who sees red and green alike."""


def person_colour(number: int) -> str:
    """The colour, #rrggbb, of the person with this number, from 1 up."""
    return PEOPLE[(number - 1) % len(PEOPLE)]


def draw_people(image: np.ndarray, motions: Iterable[Motion]) -> np.ndarray:
    """Draw people over a camera's image, the farthest first, with the number of each above the head.

    Args:
        image: (H, W, 3) uint8 BGR, which stays as it is.
        motions: Of the same instant; `Motion.person_id` is the number.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    picture = np.array(image)
    size = max(0.5, min(picture.shape[:2]) / 700)
    for motion in sorted(motions, key=lambda motion: -motion.root_cam[2]):
        colour = person_colour(motion.person_id)
        picture = draw_overlay(picture, motion, colour)
        points = figure_points(motion.quat_local, scaled_offsets(motion.bone_ratio), motion.root_cam.astype(float))
        x, y = motion.observation.intrinsics.project(points)[points[:, 1].argmin()]
        across, down = np.clip((x, y), (0, 30 * size), picture.shape[1::-1]).astype(int).tolist()
        place = across - round(8 * size), max(down - round(8 * size), round(22 * size))
        for shade, thickness in (((255, 255, 255), 7), (bgr(colour), 3)):
            cv2.putText(picture, str(motion.person_id), place, 0, size, shade, round(thickness * size) + 1, cv2.LINE_AA)
    return picture
