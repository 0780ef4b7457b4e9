"""A motion told by a foreign skeleton must come back as the motion it was."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.vtm.body.poses import bodies
from tests.vtm.mocap.people import (
    CMU,
    MIXAMO,
    SKELETONS,
    XSENS,
    Y_UP,
    Foreign,
    a_pose,
    t_pose,
    walk,
    write_foreign_asf_amc,
    write_foreign_bvh,
)
from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import within_limits
from vtm.body.rotations import geodesic_angle, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, VIRTUAL_OFFSETS, bone_lengths
from vtm.errors import VtmError
from vtm.files.bvh import write_bvh
from vtm.mocap.asf_amc import read_amc
from vtm.mocap.bvh_reader import read_bvh
from vtm.mocap.retarget import Motion, retarget

HALF_A_DEGREE = np.radians(0.5)
LIMBS = [j for j, name in enumerate(JOINT_NAMES) if name.endswith(("knee", "ankle", "elbow", "wrist"))]
OPTICAL = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
"""Our world to the axes of a level camera that looks along our x."""
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)


def same_motion(motion: Motion, local: np.ndarray, root: np.ndarray, joints=range(22)) -> None:
    """Rotations to half a degree, the path of the root to a few millimetres."""
    joints = list(joints)
    error = geodesic_angle(motion.local[:, joints], local[:, joints]).max(0)
    assert (error < HALF_A_DEGREE).all(), {JOINT_NAMES[j]: e for j, e in zip(joints, np.degrees(error), strict=True)}
    np.testing.assert_allclose(motion.root - motion.root[0], root - root[0], atol=0.005)


@same_folder
@given(seed=st.integers(0, 1000))
def test_our_own_bvh_comes_back(tmp_path, seed):
    """The file faces its camera: its forward is our backward."""
    local, root = walk(seed=seed)
    seen = local.copy()
    seen[:, 0] = OPTICAL @ seen[:, 0]
    write_bvh(tmp_path / "a.bvh", quat_from_matrix(seen), root @ OPTICAL.T, VIRTUAL_OFFSETS, 60)
    motion = retarget(read_bvh(tmp_path / "a.bvh"))
    about = np.diag([-1.0, -1.0, 1.0])
    local[:, 0] = about @ local[:, 0]
    same_motion(motion, local, root @ about.T)
    np.testing.assert_allclose(motion.offsets, VIRTUAL_OFFSETS, atol=1e-5)
    assert motion.metres == 1.0


@pytest.mark.parametrize("name", SKELETONS)
@pytest.mark.parametrize("rest", [t_pose, a_pose], ids=["T-pose", "A-pose"])
def test_other_skeletons_and_rest_poses(tmp_path, name, rest):
    """Whatever joints the skeleton has, they turn as ours; what it lacks follows the joint above."""
    person = Foreign(SKELETONS[name], rest())
    local, root = walk()
    for joint in set(range(22)) - set(person.joints()):
        local[:, joint] = np.eye(3)
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", person, local, root)))
    guessed = () if "left_foot" in person.names else ("left_ankle", "right_ankle")
    same_motion(motion, local, root, [j for j in person.joints() if JOINT_NAMES[j] not in guessed])
    assert motion.metres == 0.01


@same_folder
@given(
    turn=st.sampled_from([Y_UP, np.eye(3), Y_UP @ np.diag([-1.0, -1, 1]), np.diag([-1.0, -1, 1])]),
    order=st.sampled_from(["ZXY", "XYZ", "YXZ", "ZYX"]),
    unit=st.sampled_from([1.0, 100.0, 1000.0, 1 / 0.0254, 17.0]),
)
def test_axes_channel_orders_and_units(tmp_path, turn, order, unit):
    local, root = walk(40)
    person = Foreign(MIXAMO, a_pose(), turn, unit)
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", person, local, root, order=order)))
    if unit != 17.0:
        assert motion.metres == pytest.approx(1 / unit)
    same_motion(Motion(motion.local, motion.root / motion.metres / unit, motion.offsets, 1.0), local, root)


def test_a_person_askew_to_the_axes(tmp_path):
    """Rest pose and motion are both turned by 40 degrees about the vertical: forward is still forward."""
    local, root = walk(40)
    askew = Rotation.from_euler("y", 40, True).as_matrix() @ Y_UP
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(XSENS, world=askew), local, root)))
    same_motion(motion, local, root)


@pytest.mark.parametrize("rest", [t_pose, a_pose], ids=["T-pose", "A-pose"])
def test_asf_amc_with_axes_of_their_own(tmp_path, rest):
    local, root = walk(40)
    person = Foreign(CMU, rest(), unit=1 / 0.05644)
    motion = retarget(read_amc(write_foreign_asf_amc(tmp_path / "01_01.amc", person, local, root)))
    ours = [j for j in range(22) if not JOINT_NAMES[j].endswith("foot")]
    same_motion(motion, local, root, ours)
    np.testing.assert_allclose(
        bone_lengths(motion.offsets)[LIMBS - np.array(1)], bone_lengths(VIRTUAL_OFFSETS)[LIMBS - np.array(1)], atol=1e-4
    )


@same_folder
@given(offsets=bodies(), seed=st.integers(0, 100))
def test_joints_stay_where_they_are(tmp_path, offsets, seed):
    """Bodies of other proportions, left unlike right: our skeleton passes through the source's joints."""
    local, root = walk(20, seed)
    person = Foreign(MIXAMO, a_pose(), offsets=offsets)
    recording = read_bvh(write_foreign_bvh(tmp_path / "a.bvh", person, local, root))
    motion = retarget(recording, metres=0.01)
    positions = motion.pose()[1]
    expected = forward_kinematics(local, offsets, root)[1]
    np.testing.assert_allclose(positions, expected, atol=0.002)


@pytest.mark.parametrize("roll", [30, 90, -90], ids=["as CMU's", "palms to the front", "palms to the back"])
def test_elbows_and_knees_bend_about_our_axes(tmp_path, roll):
    """A rest pose in which upper arms are rolled: the roll is the file's, not the person's."""
    local, root = walk(60)
    rolled = t_pose()
    for side, s in (("left", 1), ("right", -1)):
        rolled[JOINT_INDEX[f"{side}_shoulder"]] = Rotation.from_euler("y", roll * s, True).as_matrix()
        rolled[JOINT_INDEX[f"{side}_wrist"]] = Rotation.from_euler("y", -roll * s, True).as_matrix()
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, rolled), local, root)))
    same_motion(motion, local, root)


def test_the_hands_of_a_t_pose_whose_palms_look_ahead(tmp_path):
    """Elbows tell that its arms are twisted, and hands, which lie along the forearms, are twisted with them."""
    local, root = walk(40)
    ahead = t_pose()
    for side in ("left", "right"):
        ahead[JOINT_INDEX[f"{side}_shoulder"]] = Rotation.from_euler("y", -90, True).as_matrix()
    same_motion(
        retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, ahead), local, root))), local, root
    )


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_rest_pose_that_leans_as_a_whole(tmp_path, axis):
    local, root = walk(40)
    leaning = t_pose()
    leaning[0] = Rotation.from_euler(axis, 30, True).as_matrix()
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, leaning), local, root)))
    assert np.degrees(geodesic_angle(motion.pose()[0], forward_kinematics(local, VIRTUAL_OFFSETS, root)[0]).max()) < 2


def test_a_rest_pose_that_is_a_frame_of_a_motion_is_told(tmp_path):
    local, root = walk(40)
    waves = a_pose()
    waves[JOINT_INDEX["left_shoulder"]] = np.eye(3)
    for rest, told in ((waves, True), (a_pose(), False)):
        motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, rest), local, root)))
        assert any("left and right differ in the rest pose" in remark for remark in motion.remarks) == told


def test_a_twist_that_wanders_is_told_by_the_bend(tmp_path):
    """Upper arms and thighs are twisted anyhow, another way in every frame, and all joints are in their places."""
    local, root = walk(120)
    for side, s in (("left", 1), ("right", -1)):  # elbows are bent, so that there is a plane to tell it
        local[:, JOINT_INDEX[f"{side}_elbow"]] = Rotation.from_euler("z", -s * 60, True).as_matrix()
        local[:, JOINT_INDEX[f"{side}_knee"]] = Rotation.from_euler("y", 50, True).as_matrix()
    wandering = local.copy()
    angle = np.linspace(-1, 1, len(local))
    for upper, lower, axis, most in (("shoulder", "elbow", "y", 80), ("hip", "knee", "z", 40)):
        twist = Rotation.from_euler(axis, most * angle, True).as_matrix()
        for side in ("left_", "right_"):
            above, below = JOINT_INDEX[side + upper], JOINT_INDEX[side + lower]
            wandering[:, above] = local[:, above] @ twist
            wandering[:, below] = np.swapaxes(twist, -1, -2) @ local[:, below]
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO), wandering, root)))
    assert within_limits(motion.local).all()
    error = geodesic_angle(motion.local, local)[
        :, [JOINT_INDEX[f"left_{part}"] for part in ("shoulder", "hip", "knee")]
    ]
    assert np.degrees(np.percentile(error, 95)) < 5
    theirs = forward_kinematics(wandering, VIRTUAL_OFFSETS, root)[1]
    np.testing.assert_allclose(motion.pose()[1] - motion.root[:1, None], theirs - root[:1, None], atol=0.003)


def test_the_heads_of_cmu_look_ahead(tmp_path):
    """In a file with CMU's joint LHipJoint the head of the rest pose looks up by 16 degrees."""
    local, root = walk(20)
    up = t_pose()
    up[JOINT_INDEX["head"]] = Rotation.from_euler("y", -16, True).as_matrix()
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(XSENS | {"left_foot": "LHipJoint"}, up), local, root)
    same_motion(retarget(read_bvh(path)), local, root, [15])


def test_a_frame_takes_the_place_of_the_rest_pose(tmp_path):
    """The rest pose of the file sits on the floor; one frame is an A-pose, another is none."""
    local, root = walk(40)
    local[25] = a_pose()
    sitting = t_pose()
    for name in ("left_hip", "right_hip"):
        sitting[JOINT_INDEX[name]] = Rotation.from_euler("y", -70, True).as_matrix()
    local[30] = sitting
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, sitting), local, root)
    same_motion(retarget(read_bvh(path), rest_frame=25), local, root)
    with pytest.raises(VtmError, match="nobody stands in frame 30: give --rest-frame"):
        retarget(read_bvh(path), rest_frame=30)


def test_knees_pressed_back_are_not_mirrored_where_feet_point_forward(tmp_path):
    """Without joints at the toes the tips of the feet tell."""
    local, root = t_pose(), np.zeros((40, 3))
    local = np.broadcast_to(local, (40, 22, 3, 3)).copy()
    for knee in ("left_knee", "right_knee"):
        local[:, JOINT_INDEX[knee]] = Rotation.from_euler("y", -7, True).as_matrix()
    names = {ours: theirs for ours, theirs in MIXAMO.items() if not ours.endswith("foot")}
    motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(names), local, root)))
    assert within_limits(motion.local).all()


def test_mirrored_files_are_refused(tmp_path):
    names = {ours: MIXAMO[ours.replace("left", "x").replace("right", "left").replace("x", "right")] for ours in MIXAMO}
    local, root = walk(5)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(names), local, root)
    with pytest.raises(VtmError, match="left and right are exchanged"):
        retarget(read_bvh(path))


def test_unknown_joints_are_named(tmp_path):
    names = MIXAMO | {"left_hip": "Gelenk", "left_knee": "Knie"}
    local, root = walk(5)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(names), local, root)
    with pytest.raises(VtmError, match="recognised as left_hip, left_knee; say which.*--names FILE.*Gelenk"):
        retarget(read_bvh(path))
