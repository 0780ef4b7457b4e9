"""Pictures of several people: the man of the sample clip beside himself."""

from pathlib import Path

import cv2
import numpy as np

from vtm.errors import VtmError
from vtm_tools.bench.clip import recorded, sample_clip

WIDTH, HEIGHT, FPS = 1280, 720, 30.0
MOST = 3
"""People who have room."""
FRAMES = 100
LEFT, TOP, RIGHT, BOTTOM = 320, 430, 960, 1440
"""Around the man, in the clip's pixels."""
POSTURES = 24
APART = 17
"""Frames from the posture of one to that of the next."""


def pictures(people: int, count: int) -> list[np.ndarray]:
    """The man in `people` places, at different times of his motion, (HEIGHT, WIDTH, 3) uint8 BGR each."""
    video = recorded(sample_clip())
    men: list[np.ndarray] = []
    while len(men) < POSTURES and (image := video.read()) is not None:
        man = image[TOP:BOTTOM, LEFT:RIGHT]
        men.append(
            cv2.resize(man, (HEIGHT * man.shape[1] // man.shape[0], HEIGHT), interpolation=cv2.INTER_AREA)[:, 30:420]
        )
    video.close()
    made = []
    for index in range(count):
        picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
        for place in range(people):
            turn = (index + APART * place) % (2 * len(men) - 2)  # to and fro
            man = men[min(turn, 2 * len(men) - 2 - turn)]
            middle = WIDTH * (2 * place + 1) // (2 * people)
            picture[:, middle - man.shape[1] // 2 :][:, : man.shape[1]] = man
        made.append(picture)
    return made


def write_people(path: Path, people: int, count: int = FRAMES) -> None:
    """Write `pictures` as a video.

    Raises:
        VtmError: OpenCV cannot write it.
    """
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise VtmError(f"this OpenCV cannot write {path}; name a video of {people} people")
    for picture in pictures(people, count):
        writer.write(picture)
    writer.release()
