"""Real video and networks, loaded once."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from vtm.camera import Intrinsics
from vtm.types import Frame
from vtm_trt.pose2d.tracker import PoseTracker

FRAME_NS = 33_333_000
"""MediaPipe's Python solution assumes this step between frames."""


def frame(image: np.ndarray, index: int = 0) -> Frame:
    height, width = image.shape[:2]
    return Frame(image, 1 + index * FRAME_NS, Intrinsics.from_fov(max(width, 1), max(height, 1)))


def read_clip(name: str, count: int) -> list[np.ndarray]:
    path = Path(sys.prefix) / "share/vtm/clips" / name
    if not path.is_file():
        pytest.skip(f"{path} is missing; `make setup` fetches it")
    capture = cv2.VideoCapture(str(path))
    images = [image for found, image in (capture.read() for _ in range(count)) if found]
    assert len(images) == count
    return images


@pytest.fixture(scope="session")
def balancing() -> list[np.ndarray]:
    """100 frames of a man who balances on one leg, 1088 x 1920."""
    return read_clip("pose2sim/cam03.mp4", 100)


@pytest.fixture(scope="session")
def outdoors() -> list[np.ndarray]:
    """106 frames of a man who jumps on the spot, far away, and a woman who walks, 1768 x 994."""
    return read_clip("sports2d/demo.mp4", 106)


@pytest.fixture(scope="session")
def loaded_tracker() -> PoseTracker:
    return PoseTracker("lite")


@pytest.fixture
def tracker(loaded_tracker) -> PoseTracker:
    """The quick network, with nobody in view yet."""
    loaded_tracker.reset()
    return loaded_tracker
