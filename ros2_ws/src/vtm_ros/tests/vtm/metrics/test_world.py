import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import NUM_JOINTS
from vtm.metrics.feet import CONTACT_JOINTS
from vtm.metrics.world import STANDING_M, WorldTrack, evaluate_in_world, world_summary

FPS, FRAMES = 30.0, 60


def walk(seed: int = 0) -> WorldTrack:
    """Joints that swing smoothly about a root that goes 1 m/s; the left foot stands where it is."""
    rng = np.random.default_rng(seed)
    time = np.arange(FRAMES)[:, None, None] / FPS
    swing = 0.1 * np.sin(2 * np.pi * time + rng.uniform(0, 6, (1, NUM_JOINTS, 3)))
    joints = rng.normal(0, 0.5, (1, NUM_JOINTS, 3)) + swing + time * [1.0, 0, 0]
    joints[:, CONTACT_JOINTS[:2]] = [[[0.0, 0, 0.07], [0.1, 0, 0.025]]]
    local = Rotation.from_rotvec(rng.normal(0, 0.3, (FRAMES * NUM_JOINTS, 3))).as_matrix()
    contacts = np.repeat([[1.0, 1, 0, 0]], FRAMES, 0)
    heights = np.repeat([STANDING_M], FRAMES, 0)
    return WorldTrack(joints, local.reshape(FRAMES, NUM_JOINTS, 3, 3), contacts, heights)


def changed(track: WorldTrack, **arrays) -> WorldTrack:
    return WorldTrack(**{**vars(track), **arrays})


def scores(predicted: WorldTrack, true: WorldTrack) -> dict[str, float]:
    return world_summary([evaluate_in_world(predicted, true, FPS)], FPS)


def test_the_truth_is_without_error():
    found = scores(walk(), walk())
    for name in ("mpjpe_mm", "mpjae_deg", "orientation_deg", "aligned_mpjpe_mm", "first_aligned_mpjpe_mm", "root_mm"):
        assert found[name] == pytest.approx(0, abs=1e-3), name
    assert found["slide_mm_s"] == found["penetration_mm"] == 0 and found["detected_percent"] == 100
    assert found["lag_ms"] == pytest.approx(0, abs=0.1)
    assert evaluate_in_world(walk(), walk(), FPS).walks


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3.1, 3.1))
def test_where_the_world_begins_does_not_matter(x, y, yaw):
    """A move leaves all; a turn about the whole leaves the aligned error."""
    true = walk()
    moved = scores(changed(true, joints=true.joints + [x, y, 0.0]), true)
    assert moved["first_aligned_mpjpe_mm"] == pytest.approx(0, abs=1e-6) and moved["root_mm"] < 1e-6
    turned = scores(changed(true, joints=true.joints @ Rotation.from_euler("z", yaw).as_matrix().T), true)
    assert turned["aligned_mpjpe_mm"] == pytest.approx(0, abs=1e-3)


def test_slide_penetration_and_detection():
    true = walk()
    joints = true.joints.copy()
    joints[:, CONTACT_JOINTS[0], 0] += 0.2 * np.arange(FRAMES) / FPS
    contacts = true.contacts.copy()
    contacts[:, 0] = 0.2
    heights = true.heights - [0.03, 0, 0, 0.01]
    found = scores(changed(true, joints=joints, contacts=contacts, heights=heights), true)
    assert found["slide_mm_s"] == pytest.approx(100) and found["slide_said_mm_s"] == pytest.approx(0, abs=1e-6)
    assert found["detected_percent"] == pytest.approx(50) and found["penetration_mm"] == pytest.approx(30)


@pytest.mark.parametrize("frames", [1, 2, 4])
def test_lag(frames):
    true = walk()
    late = changed(true, joints=np.concatenate([true.joints[:1].repeat(frames, 0), true.joints[:-frames]]))
    assert scores(late, true)["lag_ms"] == pytest.approx(1e3 * frames / FPS, abs=3)


def test_frames_without_the_person_do_not_count():
    true = walk()
    joints = true.joints.copy()
    joints[20:25] = np.nan
    found = scores(changed(true, joints=joints), true)
    assert all(np.isfinite(value) for value in found.values()) and found["root_mm"] < 1e-6
