"""Short clips of a real person, made once."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vtm_trt.engine.conftest import counting_network, make_machine  # noqa: F401, for those who ask for them
from vtm_tools.cli.app import main

WIDTH, HEIGHT, FPS = 544, 960, 30.0
SHOWN, AWAY, BACK = 30, 24, 16


def write_clip(path: Path, images: list[np.ndarray]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, images[0].shape[1::-1])
    assert writer.isOpened()
    for image in images:
        writer.write(image)
    writer.release()
    return path


@pytest.fixture(scope="session")
def images() -> list[np.ndarray]:
    """40 frames of a man who balances on one leg."""
    path = Path(sys.prefix) / "share/vtm/clips/pose2sim/cam03.mp4"
    if not path.is_file():
        pytest.skip(f"{path} is missing; `make setup` fetches it")
    capture = cv2.VideoCapture(str(path))
    return [cv2.resize(capture.read()[1], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for _ in range(40)]


@pytest.fixture(scope="session")
def grey() -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), 128, np.uint8)


@pytest.fixture(scope="session")
def clip(images, tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "person.mp4", images)


@pytest.fixture(scope="session")
def brief_clip(images, tmp_path_factory) -> Path:
    """The first 10 frames of `clip`."""
    return write_clip(tmp_path_factory.mktemp("clip") / "brief.mp4", images[:10])


@pytest.fixture(scope="session")
def interrupted_clip(images, grey, tmp_path_factory) -> Path:
    """The person, then nobody for longer than the stream remembers, then the person again."""
    frames = images[:SHOWN] + [grey] * AWAY + images[:BACK]
    return write_clip(tmp_path_factory.mktemp("clip") / "leaves.mp4", frames)


@pytest.fixture(scope="session")
def empty_clip(grey, tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "empty.mp4", [grey] * 8)


@pytest.fixture(scope="session")
def motion_file(clip, tmp_path_factory) -> Path:
    """What `vtm capture` makes of `clip`."""
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    assert main(["capture", str(clip), "--out", str(path), "--pose-model", "lite"]) == 0
    return path
