import io

import numpy as np
import pytest

from vtm.errors import VtmError
from vtm_trt.keypoint_files.keypoint_file import KeypointClip

FRAMES = 6
K = np.array([[500.0, 0, 320], [0, 510, 240], [0, 0, 1]])


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    keypoints = np.concatenate([rng.uniform(0, 480, (FRAMES, 23, 2)), rng.uniform(0, 1, (FRAMES, 23, 1))], -1)
    keypoints[:, 22] = keypoints[:, 5:7].mean(1)
    return {"keypoints": keypoints, "K": K, "fps": np.array(25), "image_size": np.array([640, 480])}


def load(tmp_path, arrays: dict[str, np.ndarray]) -> KeypointClip:
    np.savez(tmp_path / "k.npz", **arrays)
    return KeypointClip.load(tmp_path / "k.npz")


def test_observations(arrays, tmp_path):
    boxes = np.tile([10.0, 20, 100, 200], (FRAMES, 1))
    boxes[2] = np.nan
    clip = load(tmp_path, {**arrays, "boxes": boxes, "distortion": np.array([0.1, 0, 0, 0])})
    observations = clip.observations()
    assert [o.stamp_ns for o in observations] == [40_000_000 * frame for frame in range(FRAMES)]
    np.testing.assert_allclose([o.keypoints for o in observations], arrays["keypoints"][..., :2], rtol=1e-6)
    np.testing.assert_allclose([o.confidence for o in observations], arrays["keypoints"][..., 2], rtol=1e-6)
    assert observations[0].keypoints.dtype == np.float32
    assert observations[2].box is None and observations[3].box.tolist() == [10, 20, 100, 200]
    camera = observations[0].intrinsics
    assert (camera.width, camera.height, camera.fx, camera.distortion) == (640, 480, 500, (0.1, 0, 0, 0))


def test_keypoints_that_are_no_numbers_are_missing(arrays, tmp_path):
    arrays["keypoints"][0, 3, 0] = np.nan
    arrays["keypoints"][1, 4, 2] = np.inf
    first, second, *_ = load(tmp_path, arrays).observations()
    assert (first.confidence[3], second.confidence[4]) == (0, 0)
    assert first.keypoints[3].tolist() == [320, 240]
    assert first.confidence[4] > 0


def test_integers_are_welcome(arrays, tmp_path):
    arrays["keypoints"] = np.full((FRAMES, 23, 3), (100, 90, 1))
    assert load(tmp_path, arrays).keypoints.dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keypoints": np.zeros((FRAMES, 16, 3))}, r"shape \(6, 16, 3\); it must be \(T, P, 3\)"),
        ({"keypoints": np.zeros((FRAMES, 23, 1))}, r"it must be \(T, P, 3\)"),
        ({"keypoints": np.zeros((23, 3))}, r"it must be \(T, P, 3\)"),
        ({"keypoints": np.zeros((0, 23, 3))}, "T of 1 or more"),
        ({"keypoints": np.full((FRAMES, 23, 3), "x")}, "must be real numbers"),
        ({"keypoints": np.zeros((FRAMES, 23, 3), complex)}, "must be real numbers"),
        ({"keypoints": np.array([{}], object)}, "plain numbers"),
        ({"keypoints": np.full((FRAMES, 23, 3), 20.0)}, "between 0 and 1"),
        ({"K": np.eye(3), "keypoint_convention": np.array(1.0)}, "K is the identity"),
        ({"image_size": np.array([480, 640])}, "width and height are exchanged"),
        ({"K": np.eye(4)}, r"K has shape \(4, 4\)"),
        ({"K": K.T}, "K must be"),
        ({"K": np.diag([0.0, 500, 1])}, "focal lengths"),
        ({"K": np.full((3, 3), np.nan)}, "unusable"),
        ({"fps": np.array(np.nan)}, "fps is nan"),
        ({"fps": np.array(np.inf)}, "fps is inf"),
        ({"fps": np.array(0)}, "fps is 0"),
        ({"fps": np.array([30, 30])}, "fps has shape"),
        ({"image_size": np.array([640])}, "image_size has shape"),
        ({"image_size": np.array([640, 0])}, "two whole numbers"),
        ({"image_size": np.array([640.0, np.nan])}, "two whole numbers"),
        ({"boxes": np.zeros((FRAMES + 1, 4))}, "boxes has shape"),
        ({"boxes": np.zeros((FRAMES, 4))}, "positive width"),
        ({"distortion": np.zeros(3)}, "3 coefficients"),
        ({"distortion": np.zeros(5), "fisheye": np.array(1)}, "5 coefficients; a fisheye has 4"),
        ({"stamps": np.zeros(FRAMES)}, "increase"),
        ({"stamps": np.arange(FRAMES - 1)}, "stamps has shape"),
    ],
)
def test_wrong_content(arrays, tmp_path, changes, message):
    with pytest.raises(VtmError, match=message):
        load(tmp_path, {**arrays, **changes})


def test_missing_keys(arrays, tmp_path):
    del arrays["K"], arrays["fps"]
    with pytest.raises(VtmError, match="lacks fps"):
        load(tmp_path, arrays)


def test_damaged_files_are_refused_or_read_whole(arrays, tmp_path):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    content, whole = buffer.getvalue(), load(tmp_path, arrays).keypoints
    rng = np.random.default_rng(0)
    damaged = [content[:cut] for cut in rng.integers(0, len(content), 40)]
    for position in rng.integers(0, len(content), 200):
        damaged.append(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
    refused = 0
    for data in damaged:
        (tmp_path / "k.npz").write_bytes(data)
        try:
            np.testing.assert_array_equal(KeypointClip.load(tmp_path / "k.npz").keypoints, whole)
        except VtmError:
            refused += 1
    assert refused > 150
