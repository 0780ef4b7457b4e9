import numpy as np
import pytest

from tests.vtm.body.poses import POSTURES, posture
from tests.vtm.mocap.standers import SQUAT, STAND, clip_of, knees, stand_walk_squat
from vtm.body.skeleton import VIRTUAL_OFFSETS
from vtm.mocap.clip_file import Clip
from vtm.mocap.stance import stance, stance_numbers


def still(pose: np.ndarray, height: float = 0.95) -> Clip:
    return Clip(np.tile(pose, (60, 1, 1)), np.tile([0, 0, height], (60, 1)), VIRTUAL_OFFSETS, 60.0)


def test_who_stands_is_seen_with_knees_elbows_and_neck():
    hanging = posture(left_shoulder=("X", -85), right_shoulder=("X", 85), left_elbow=("Z", -20), right_elbow=("Z", 20))
    found = stance(still(hanging))
    assert len(found.knees) == len(found.elbows) == 120 and len(found.necks) == 60
    np.testing.assert_allclose(found.knees, 0, atol=0.1)
    np.testing.assert_allclose(found.elbows, 20, atol=0.1)
    np.testing.assert_allclose(found.necks, 0, atol=0.1)
    np.testing.assert_allclose(found.reach, 1, atol=1e-6)
    heading = posture(pelvis=("Z", 130), neck=("Y", 25))
    np.testing.assert_allclose(stance(still(heading)).necks, 25, atol=0.1)
    assert not len(stance(still(heading)).elbows), "arms to the side do not hang"


@pytest.mark.parametrize("pose", ["sitting", "split", "squatting"])
def test_who_does_not_stand_is_not_counted(pose):
    assert not len(stance(still(POSTURES[pose])).knees)


def test_a_foot_that_moves_carries_nobody():
    clip = still(POSTURES["arms hanging"])
    sliding = Clip(clip.quat, clip.root + np.linspace(0, 1, 60)[:, None] * [0.5, 0, 0], clip.offsets, 60.0)
    assert not len(stance(sliding).knees)
    assert not len(stance(Clip(clip.quat[:1], clip.root[:1], clip.offsets, 60.0)).knees)


def test_numbers_are_told_by_source_and_over_all():
    hips, ankles = stand_walk_squat()
    stands, squats = clip_of(hips, ankles, frames=STAND), clip_of(hips, ankles, frames=SQUAT)
    numbers = stance_numbers(["a", "b", ""], [stance(stands), stance(squats), stance(still(POSTURES["sitting"]))])
    assert list(numbers) == ["all", "a", "b", "unknown"]
    assert numbers["a"]["frames"] == 2 * 420 and numbers["unknown"] == {"frames": 0}
    np.testing.assert_allclose(numbers["a"]["knee_deg"], np.percentile(knees(stands), (5, 25, 50)), atol=0.1)
    np.testing.assert_allclose(numbers["a"]["elbow_deg"], 15, atol=0.1)
    assert numbers["all"]["frames"] == numbers["a"]["frames"] + numbers["b"]["frames"]
