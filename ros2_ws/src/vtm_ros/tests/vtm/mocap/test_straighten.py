import numpy as np
import pytest

from tests.vtm.body.poses import posture
from tests.vtm.mocap.standers import LEGS, SQUAT, STAND, WALK, clip_of, knees, pose_of, stand_walk_squat
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.mocap.clip_file import Clip
from vtm.mocap.stance import stance
from vtm.mocap.straighten import straighten

ANNA = ("made", "anna")
FEET = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot")]
KNEES = [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]


@pytest.fixture(scope="module")
def motion():
    return stand_walk_squat()


@pytest.fixture(scope="module")
def true(motion):
    return clip_of(*motion)


@pytest.fixture(scope="module")
def recorded(motion):
    return clip_of(*motion, longer=1.03)


@pytest.fixture(scope="module")
def right(recorded):
    return straighten([ANNA], [recorded])


def test_legs_that_are_too_long_crouch(true, recorded):
    assert np.median(knees(true)[STAND]) == pytest.approx(5, abs=0.1)
    assert np.median(knees(recorded)[STAND]) > 25


def test_people_who_stand_get_their_knees_back(true, recorded, right):
    assert right.legs[ANNA] == pytest.approx(1 / 1.03, abs=0.002)
    assert np.abs(knees(right.clips[0]) - knees(true))[STAND].max() < 2
    assert np.median(np.abs(knees(right.clips[0]) - knees(true))[WALK]) < 2


def test_squats_stay_squats(true, right):
    assert knees(true)[SQUAT].max() > 100
    assert np.abs(knees(right.clips[0])[SQUAT].max() - knees(true)[SQUAT].max()) < 2


def test_hips_and_feet_stay(recorded, right):
    (turned, position), (before_turned, before) = pose_of(right.clips[0]), pose_of(recorded)
    assert np.linalg.norm(position - before, axis=-1)[:, FEET].max() < 0.01
    assert right.feet.max() < 0.01 and len(right.feet) == 2 * len(before)
    assert np.degrees(geodesic_angle(turned, before_turned)[:, FEET].max()) < 0.05
    others = [j for j in range(22) if j not in (*FEET, *KNEES)]
    np.testing.assert_allclose(position[:, others], before[:, others], atol=1e-5)
    lengths = np.linalg.norm(right.clips[0].offsets, axis=1) / np.linalg.norm(recorded.offsets, axis=1).clip(1e-9)
    np.testing.assert_allclose(lengths[[joint for leg in LEGS for joint in leg[1:]]], right.legs[ANNA], rtol=1e-5)


def test_knees_bend_forward_in_their_planes_and_never_snap(right):
    turned, position = pose_of(right.clips[0])
    for hip, knee, ankle in LEGS:
        middle = (position[:, hip] + position[:, ankle]) / 2
        assert ((position[:, knee] - middle)[:, 0] > 0).all()
        assert np.abs((position[:, knee] - middle)[:, 1]).max() < 1e-3
    speed = np.abs(np.diff(knees(right.clips[0])[STAND], axis=0)) * 60
    assert speed.max() < 30, "degrees/s of somebody who sways"


def test_what_is_right_is_left_alone(true, right):
    again = straighten([ANNA], [right.clips[0]])
    assert again.legs == {ANNA: 1.0} and again.clips[0] is right.clips[0] and not len(again.feet)
    assert straighten([ANNA], [true]).clips[0] is true


def test_who_never_stands_gets_the_median_of_the_source(motion):
    tall, small, strange = ("made", "tall"), ("made", "small"), ("other", "x")
    sits = clip_of(*motion, longer=1.03)
    sits = Clip(sits.quat[:100], sits.root[:100] + np.linspace(0, 3, 100)[:, None] * [1, 0, 0], sits.offsets, sits.fps)
    people = [ANNA, tall, small, ("made", ""), strange]
    clips = [clip_of(*motion, longer=1.03), clip_of(*motion, longer=1.01), sits, sits, sits]
    legs = straighten(people, clips).legs
    middle = (legs[ANNA] + legs[tall]) / 2
    assert legs[ANNA] < middle < legs[tall]
    for person in (small, ("made", ""), strange):
        assert legs[person] == pytest.approx(middle)
    assert straighten([small], [sits]).legs == {small: 1.0}, "nobody stands, nothing is known"


def test_a_few_frames_of_straight_legs_are_believed(motion):
    once = ("made", "once")
    right = straighten([ANNA, once], [clip_of(*motion, longer=1.03), clip_of(*motion, frames=slice(0, 60))])
    assert right.legs[ANNA] < 0.975 and right.legs[once] == 1.0


def test_who_only_crouches_is_not_stretched(motion):
    """Knees of 40 degrees in a source of people whose legs are right: a boxer."""
    boxer = ("made", "boxer")
    crouching = clip_of(*motion, longer=1.07, frames=STAND)
    assert np.median(knees(crouching)) > 35
    right = straighten([ANNA, boxer], [clip_of(*motion), crouching])
    assert right.legs[boxer] == 1.0 and right.clips[1] is crouching


def test_necks_that_crane_are_set_upright():
    pose = posture(pelvis=("Z", 40), neck=("Y", 30), head=("YZ", [-30, 20]))
    clip = Clip(np.tile(pose, (240, 1, 1)), np.tile([0, 0, 0.95], (240, 1)), VIRTUAL_OFFSETS, 60.0)
    right = straighten([ANNA], [clip])
    assert right.necks == {"made": pytest.approx(30, abs=0.1)}
    assert np.median(stance(right.clips[0]).necks) == pytest.approx(10, abs=0.1)
    head = JOINT_INDEX["head"]
    before, after = pose_of(clip)[0][:, head], pose_of(right.clips[0])[0][:, head]
    assert np.degrees(geodesic_angle(before, after).max()) < 0.01
    assert straighten([ANNA], right.clips).necks == {}
