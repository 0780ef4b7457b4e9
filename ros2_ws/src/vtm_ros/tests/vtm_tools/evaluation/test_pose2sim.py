"""A reference made up from what the program itself sees in the clip's first frames."""

import cv2
import numpy as np
import pytest

from vtm.errors import VtmError
from vtm.metrics.score import LIMBS, evaluate, summary
from vtm.metrics.track import Track
from vtm_tools.evaluation.pixels import watch, without_images
from vtm_tools.evaluation.pose2sim import _FEET, _JOINTS, PROTOCOL, pose2sim_videos
from vtm_trt.pose2d.tracker import PoseTracker

FRAMES = 8


@pytest.fixture(scope="module")
def videos(clips, tmp_path_factory):
    """The beginning of one camera's video."""
    folder = tmp_path_factory.mktemp("videos")
    capture = cv2.VideoCapture(str(clips / "pose2sim/cam03.mp4"))
    images = [cv2.resize(capture.read()[1], (540, 960)) for _ in range(FRAMES)]
    writer = cv2.VideoWriter(str(folder / "cam03.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 60, (540, 960))
    for image in images:
        writer.write(image)
    writer.release()
    return folder


def reference(path, **changes):
    """Joints that stand still at known places of the world, one frame late, one more than the video has."""
    rng = np.random.default_rng(0)
    names = [*_JOINTS.values(), *_FEET, "Nose"]
    rng.shuffle(names)
    turn = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
    arrays = {
        "joints_world": np.repeat(rng.normal(size=(1, len(names), 3)), FRAMES, 0).astype(np.float32),
        "joint_names": np.array(names), "video_frame": np.arange(1, FRAMES + 1),
        "cam03_K": np.array([[700.0, 0, 270], [0, 700, 480], [0, 0, 1]]), "cam03_dist": np.array([-0.05, 0, 0, 0]),
        "cam03_R": turn, "cam03_t": np.array([0.1, 0.2, 4.0]),
    } | changes  # fmt: skip
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return arrays


def test_frames_joints_and_camera(videos, tmp_path):
    arrays = reference(tmp_path / "r.npz")
    example = watch(*pose2sim_videos(tmp_path / "r.npz", videos), PoseTracker("lite"))
    assert example.name == "cam03" and example.fps == pytest.approx(60) and len(example.observations) == FRAMES
    joints = example.true.joints
    assert np.isnan(joints[0]).all() and np.isfinite(joints[1:, LIMBS]).all()
    wrist = arrays["joints_world"][0, arrays["joint_names"].tolist().index("LWrist")]
    np.testing.assert_allclose(joints[3, 20], arrays["cam03_R"] @ wrist + arrays["cam03_t"], atol=1e-6)
    assert np.nanmin(example.true.contacts[2:]) == 1
    assert all(one.confidence.any() for one in example.observations)


def test_world_landmarks_look_like_the_person(videos, tmp_path):
    """Seen along the optical axis, BlazePose's joints in space lie as its keypoints do in the image."""
    reference(tmp_path / "r.npz")
    example = watch(*pose2sim_videos(tmp_path / "r.npz", videos), PoseTracker("lite"))
    shoulders_and_hips, keypoints = [16, 17, 1, 2], [5, 6, 11, 12]
    for observation, world in zip(example.observations, example.baseline.joints, strict=True):
        a = world[shoulders_and_hips, 1] - world[shoulders_and_hips, 1].mean()
        b = observation.keypoints[keypoints, 1] - observation.keypoints[keypoints, 1].mean()
        assert np.corrcoef(a, b)[0, 1] > 0.9
    true = Track(example.baseline.joints + 3.0)
    assert summary([evaluate(example.baseline, true, 60, PROTOCOL)])["mpjpe_mm"] == pytest.approx(0, abs=1e-6)


def test_without_images_the_keypoints_stay(videos, tmp_path):
    reference(tmp_path / "r.npz")
    example = watch(*pose2sim_videos(tmp_path / "r.npz", videos), PoseTracker("lite"))
    for one, blind in zip(example.observations, without_images(example).observations, strict=True):
        assert one.image is not None and blind.image is None
        np.testing.assert_array_equal(one.rays, blind.rays)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joints_world": np.zeros((3, 4, 3))}, "does not fit"),
        ({"joint_names": np.array(["x"] * 17)}, "lacks"),
        ({"video_frame": None}, "video_frame"),
    ],
)
def test_another_file_is_refused(videos, tmp_path, changes, message):
    reference(tmp_path / "r.npz", **changes)
    with pytest.raises(VtmError, match=message):
        next(pose2sim_videos(tmp_path / "r.npz", videos))


def test_missing_files(videos, tmp_path):
    with pytest.raises(VtmError, match="check the path"):
        next(pose2sim_videos(tmp_path / "none.npz", videos))
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(VtmError, match="no reference|not a reference"):
        next(pose2sim_videos(tmp_path / "text.npz", videos))
    reference(tmp_path / "r.npz")
    with pytest.raises(VtmError, match="there is no video"):
        next(pose2sim_videos(tmp_path / "r.npz", tmp_path))
