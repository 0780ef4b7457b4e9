from itertools import islice

import numpy as np
import pytest

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import VIRTUAL_OFFSETS, bone_lengths, person_scale
from vtm.errors import VtmError
from vtm.metrics.feet import CONTACT_JOINTS
from vtm.metrics.smoothness import speed
from vtm.samples.held_out import FRAMES, held_out_examples, held_out_videos
from vtm_trt.pose2d.tracker import PoseTracker


@pytest.fixture(scope="module")
def examples(clips_file):
    return held_out_examples(clips_file, 6)


def test_only_held_out_clips_are_shown(examples):
    assert [example.name for example in examples] == [f"c #{window}" for window in range(6)]


def test_the_same_windows_every_time(clips_file, examples):
    for one, other in zip(examples, held_out_examples(clips_file, 6), strict=True):
        np.testing.assert_array_equal(one.true.joints, other.true.joints)
        for a, b in zip(one.observations, other.observations, strict=True):
            np.testing.assert_array_equal(a.rays, b.rays)


def test_the_truth_is_one_body_that_the_keypoints_show(examples):
    misses = []
    for example in examples:
        true = example.true
        _, joints = forward_kinematics(true.local, true.offsets, true.joints[:, 0])
        np.testing.assert_allclose(joints, true.joints, atol=1e-5)
        projected = true.joints[..., :2] / true.joints[..., 2:]
        seen = np.stack([observation.rays for observation in example.observations])
        sure = np.stack([observation.confidence for observation in example.observations])
        for keypoint, joint in ((5, 16), (6, 17), (13, 4), (16, 8)):
            off = np.linalg.norm(seen[:, keypoint] - projected[:, joint], axis=-1) * true.joints[:, joint, 2]
            misses.append(off[sure[:, keypoint] > 0.7])
    assert np.median(np.concatenate(misses)) < 0.1


def test_thirty_frames_a_second(examples):
    for example in examples:
        stamps = np.array([observation.stamp_ns for observation in example.observations])
        assert len(stamps) == len(example.true.joints) == FRAMES
        np.testing.assert_allclose(np.diff(stamps) * 1e-9, 1 / example.fps, rtol=1e-6)


def test_feet_in_contact_are_slower(examples):
    fast, slow = [], []
    for example in examples:
        moving = speed(example.true.joints[:, CONTACT_JOINTS] - example.true.joints[:1, :1], example.fps)
        stands = example.true.contacts[1:] > 0.5
        fast.append(moving[~stands])
        slow.append(moving[stands])
    if sum(map(len, slow)):
        assert np.concatenate(slow).mean() < np.concatenate(fast).mean()


def test_a_file_without_the_split(clips_file, tmp_path):
    (tmp_path / "clips.npz").symlink_to(clips_file)
    (tmp_path / "index.csv").write_text("clip,split\na,train\n")
    with pytest.raises(VtmError, match="no clip of the split val"):
        held_out_examples(tmp_path / "clips.npz", 3)


def test_rendered_windows(clips_file):
    """The truth is one body of the virtual skeleton's size, and the picture shows a person where it is."""
    pytest.importorskip("moderngl", reason="pip install --no-deps -r requirements/render.txt")
    pytest.importorskip("anny", reason="pip install --no-deps -r requirements/render.txt")
    *_, sample = islice(held_out_videos(clips_file, 4), 2)
    true = sample.true
    _, joints = forward_kinematics(true.local, true.offsets, true.joints[:, 0])
    np.testing.assert_allclose(joints, true.joints, atol=1e-5)
    assert person_scale(true.bones[0] / bone_lengths(VIRTUAL_OFFSETS)) == pytest.approx(1)
    try:
        frames = list(islice(sample.frames, 12))
    except VtmError as fault:
        pytest.skip(str(fault))
    assert frames[1].stamp_ns - frames[0].stamp_ns == pytest.approx(1e9 / sample.fps, abs=2)
    tracker = PoseTracker("lite", threads=1)
    row, observation = next((row, seen) for row, frame in enumerate(frames) if (seen := tracker.step(frame)))
    limbs, keypoints = [1, 2, 4, 5, 16, 17], [11, 12, 13, 14, 5, 6]
    off = observation.keypoints[keypoints] - frames[row].intrinsics.project(true.joints[row])[limbs]
    assert np.median(np.linalg.norm(off, axis=-1)) < 0.15 * np.ptp(observation.keypoints[:, 1])
