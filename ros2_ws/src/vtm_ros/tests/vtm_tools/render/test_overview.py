import cv2
import numpy as np
import pytest

from vtm.body.rotations import quat_from_matrix
from vtm.camera import Intrinsics
from vtm.files.assemble import assemble
from vtm.files.motion_file import MotionClip
from vtm.types import HandPoses, Motion, Observation
from vtm_tools.draw.stick_figure import COLOURS
from vtm_tools.render.overview import draw_motion, example_frames, read_images

CAMERA = Intrinsics.from_fov(320, 240)
FACING_THE_CAMERA = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])


def standing(frames: int, hands: HandPoses | None = None) -> MotionClip:
    """A person in the T-pose who faces the camera, seen in all frames but the first."""
    quat = np.tile(np.float32([0, 0, 0, 1]), (22, 1))
    quat[0] = quat_from_matrix(FACING_THE_CAMERA)
    unknown = np.full((23, 2), np.nan, np.float32), np.full(23, np.nan, np.float32)
    motions = [
        Motion(
            stamp_ns=frame * 10**8,
            quat_local=quat,
            root_cam=np.float32([0, 0, 4]),
            bone_ratio=np.ones(21, np.float32),
            confidence=np.ones(22, np.float32),
            contacts=np.ones(4, np.float32),
            observation=Observation(frame * 10**8, CAMERA, *unknown),
            hands=hands,
        )
        for frame in range(1, frames)
    ]
    return assemble(motions, [frame * 10**8 for frame in range(frames)], 10.0, CAMERA)


FLAT = HandPoses(np.zeros((2, 21), np.float32), np.float32([0.9, 0.9]))
"""Hands whose fingers are straight."""


def pixels_of(image: np.ndarray, colour: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels of exactly this colour (#rrggbb)."""
    return np.nonzero((image == [int(colour[start : start + 2], 16) for start in (5, 3, 1)]).all(-1))


def bands(rows: np.ndarray) -> list[tuple[int, int]]:
    """First and last row of every stretch of `rows` without a gap of 100: one for each view."""
    rows = np.unique(rows)
    return [(part[0], part[-1]) for part in np.split(rows, np.flatnonzero(np.diff(rows) > 100) + 1)]


@pytest.mark.parametrize("hands", [None, FLAT])
def test_left_is_left_and_up_is_up(tmp_path, hands):
    clip = standing(3, hands)
    draw_motion(tmp_path / "p.png", clip, [1], [np.zeros((240, 320, 3), np.uint8)], "a person")
    image = cv2.imread(str(tmp_path / "p.png"))
    assert image.shape[1] == 1600
    above_legend = image[: int(0.95 * len(image))]
    overlay, front, _side = bands(pixels_of(above_legend, COLOURS["left"])[0])
    for first, last in (overlay, front):
        view = image[first : last + 1]
        (rows, left), (_, right) = pixels_of(view, COLOURS["left"]), pixels_of(view, COLOURS["right"])
        assert left.mean() > right.mean() + 50
        assert np.bincount(rows).argmax() < len(view) / 4, "the outstretched arm is near the top"


def test_example_frames():
    valid = np.zeros(100, bool)
    valid[20:60] = True
    frames = example_frames(valid)
    assert frames == [25, 35, 45, 55] and valid[frames].all()
    assert example_frames(np.array([False, True, False, True])) == [1, 3]
    assert example_frames(np.zeros(5, bool)) == []


def test_read_images(tmp_path):
    path = tmp_path / "grey.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in range(0, 250, 25):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    levels = [image.mean() for image in read_images(path, [0, 3, 9])]
    np.testing.assert_allclose(levels, [0, 75, 225], atol=3)
