"""What was seen in a piece is read as it was written."""

from dataclasses import asdict

import numpy as np

from vtm.camera import Intrinsics
from vtm.types import HandLandmarks, Observation
from vtm_tools.batch.watched import Look, Watched, read_watched, write_watched

LENS = Intrinsics.from_fov(64, 48)


def seen(place_ns: int, **told) -> Observation:
    numbers = np.random.default_rng(place_ns)
    keypoints, confidence = numbers.random((23, 2), np.float32), numbers.random(23, np.float32)
    return Observation(place_ns, LENS, keypoints, confidence, **told)


def hand(number: float) -> HandLandmarks:
    points = np.full((21, 3), number, np.float32)
    return HandLandmarks(points[:, :2], points[:, 0], points, 0.1 + number, 0.9)


def test_it_is_read_as_it_was_written(tmp_path):
    image = np.arange(70, dtype=np.float32)
    looks = [
        Look(seen(0), False, 7, None),
        Look(seen(40, image=image, keypoint_convention=1.0, hands=(None, None)), True, 2**32 - 1, np.ones((3, 2, 2))),
        Look(seen(50, image=image, hands=(hand(0.2), None), looked=(True, False)), False, 0, np.zeros((3, 2, 2))),
    ]
    write_watched(tmp_path / "piece.npz", Watched(looks, lost=7))
    found = read_watched(tmp_path / "piece.npz", LENS)
    assert found.lost == 7
    for one, two in zip(found.looks, looks, strict=True):
        np.testing.assert_equal(asdict(one), asdict(two))


def test_pieces_without_anybody(tmp_path):
    write_watched(tmp_path / "piece.npz", Watched([Look(seen(0), False, 7, None)], lost=0))
    found = read_watched(tmp_path / "piece.npz", LENS)
    assert found.looks[0].memory is None and found.looks[0].observation.hands is None and found.lost == 0


def test_damaged_files_are_not_taken(tmp_path):
    path = tmp_path / "piece.npz"
    assert read_watched(path, LENS) is None
    write_watched(path, Watched([Look(seen(0), False, 7, None)], lost=0))
    whole = path.read_bytes()
    for content in (b"", b"no archive", whole[: len(whole) // 2]):
        path.write_bytes(content)
        assert read_watched(path, LENS) is None
    np.savez(path, keypoints=np.zeros(3))
    assert read_watched(path, LENS) is None
