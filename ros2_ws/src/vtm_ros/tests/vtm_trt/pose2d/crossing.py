"""Pictures of two people, made of one who balances: the second is in the mirror, and in other clothes."""

from collections.abc import Iterator, Sequence

import numpy as np

from tests.vtm_trt.pose2d.conftest import frame
from vtm.types import Frame

SMALLER = 3
LEFT, TOP, RIGHT, BOTTOM = 320, 430, 980, 1400
"""Around the man, in the clip's pixels."""
WIDTH, HEIGHT = 800, 360


def cut_outs(images: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The man, and the same in the mirror with his colours exchanged, in each picture of the clip."""
    small = [image[TOP:BOTTOM:SMALLER, LEFT:RIGHT:SMALLER] for image in images]
    return [(one, one[:, ::-1, ::-1]) for one in small]


def beside(cut_out: tuple[np.ndarray, np.ndarray], places: Sequence[int | None], index: int) -> Frame:
    """A frame with each person's left edge at that place; None leaves it out. The first one is in front."""
    picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for image, place in reversed(list(zip(cut_out, places, strict=True))):
        if place is not None:
            height, width = image.shape[:2]
            picture[HEIGHT - height - 10 : HEIGHT - 10, place : place + width] = image
    return frame(picture, index)


def crossing(images: Sequence[np.ndarray], count: int) -> Iterator[Frame]:
    """Two people who walk past each other from one side to the other."""
    people = cut_outs(images)
    far = WIDTH - people[0][0].shape[1]
    for index in range(count):
        way = round(far * index / (count - 1))
        yield beside(people[index % len(people)], (way, far - way), index)
