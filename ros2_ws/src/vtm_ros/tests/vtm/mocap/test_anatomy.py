"""Skeletons whose rest pose says nothing: the motion tells how joints are turned."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm.mocap.people import BANDAI, MIXAMO, POSER, Y_UP, Foreign, t_pose, walk, write_foreign_bvh
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm.errors import VtmError
from vtm.mocap.bvh_reader import read_bvh
from vtm.mocap.retarget import Motion, retarget

LIMBS = [j for j, name in enumerate(JOINT_NAMES) if name.endswith(("knee", "elbow"))]


def scrambled(seed: int) -> np.ndarray:
    """A rest pose with every joint turned anyhow."""
    return Rotation.random(NUM_JOINTS, random_state=seed).as_matrix()


def imported(folder, names: dict[str, str], world: np.ndarray, seed: int) -> tuple[Motion, np.ndarray, np.ndarray]:
    local, root = walk(200, seed)
    rest, missing = scrambled(seed), list(set(range(22)) - set(Foreign(names).joints()))
    local[:, missing] = rest[missing] = np.eye(3)
    path = write_foreign_bvh(folder / "a.bvh", Foreign(names, rest, world), local, root)
    return retarget(read_bvh(path)), local, root


@pytest.mark.parametrize("names", [MIXAMO, BANDAI, POSER], ids=["Mixamo", "Bandai Namco", "Poser"])
@pytest.mark.parametrize("world", [Y_UP, np.eye(3)], ids=["y up", "z up"])
@pytest.mark.parametrize("seed", range(3))
def test_limbs_come_back_and_trunk_nearly(tmp_path, names, world, seed):
    motion, local, root = imported(tmp_path, names, world, seed)
    error = np.degrees(geodesic_angle(motion.local, local))
    assert error[:, LIMBS].max() < 1
    trunk = [JOINT_INDEX[name] for name in ("left_hip", "right_hip", "left_shoulder", "right_shoulder", "spine3")]
    assert np.median(error[:, trunk], axis=0).max() < 20
    assert motion.metres == 0.01


@pytest.mark.parametrize("tip", ["HeadTop_End", "Head_Nub", "Nose"])
def test_the_tip_of_a_head_tells_its_top(tmp_path, tip):
    """Of somebody who looks down all the time; a nose is no tip, nor is one that is not on top."""
    local, root = walk(200)
    local[:, JOINT_INDEX["head"]] = Rotation.from_euler("y", 25, True).as_matrix()
    for place, told in (([0.0, 0, 0.18], tip != "Nose"), ([0.1, 0.0, -0.1], False)):
        person = Foreign(MIXAMO, scrambled(0), tips={tip: ("head", np.array(place))})
        motion = retarget(read_bvh(write_foreign_bvh(tmp_path / "a.bvh", person, local, root)))
        nod = np.median(geodesic_angle(motion.local, local)[:, JOINT_INDEX["head"]])
        assert np.degrees(nod) < 8 if told else np.degrees(nod) > 20


@pytest.mark.parametrize("seed", range(3))
def test_joints_stay_where_they_are(tmp_path, seed):
    """But for the heading, which such a file does not tell."""
    motion, local, root = imported(tmp_path, MIXAMO, Y_UP, seed)
    ours, theirs = motion.pose()[1], forward_kinematics(local, VIRTUAL_OFFSETS, root)[1]
    flat_ours, flat_theirs = (p.reshape(-1, 3) - p[:, :1].reshape(-1, 3).mean(0) for p in (ours, theirs))
    turn = Rotation.align_vectors(flat_theirs, flat_ours)[0]
    assert np.degrees(np.linalg.norm(turn.as_rotvec()[:2])) < 1, "a turn about the vertical"
    assert np.linalg.norm(turn.apply(flat_ours) - flat_theirs, axis=1).mean() < 0.02
    assert np.linalg.norm(turn.apply(flat_ours) - flat_theirs, axis=1).max() < 0.06


def test_a_file_that_tells_nothing_asks_for_a_frame(tmp_path):
    local, root = walk(30)
    for name in ("left_knee", "right_knee"):
        local[:, JOINT_INDEX[name]] = np.eye(3)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, scrambled(0)), local, root)
    with pytest.raises(VtmError, match="left_knee is never bent; give --rest-frame"):
        retarget(read_bvh(path))
    lying, _ = walk(30)
    lying[:, 0] = Rotation.from_euler("yz", [60, 45], True).as_matrix()
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, scrambled(0)), lying, root)
    with pytest.raises(VtmError, match=re.escape("the person is not mostly upright; give --rest-frame")):
        retarget(read_bvh(path))


def test_who_crawls_is_not_taken_for_somebody_who_climbs_the_air(tmp_path):
    """Prone, head first: the way is along the trunk."""
    local, root = walk(60)
    prone = Rotation.from_euler("y", 90, True).as_matrix()
    local[:, 0], root[:] = prone @ local[:, 0], np.linspace([0, 0, 0.3], [3, 0, 0.3], 60)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, scrambled(0)), local, root)
    with pytest.raises(VtmError, match="not mostly upright, or climbs; give --rest-frame"):
        retarget(read_bvh(path))


def test_who_lies_still_is_not_taken_for_somebody_who_stands(tmp_path):
    local, root = walk(60)
    prone = Rotation.from_euler("y", 90, True).as_matrix()
    local[:, 0], root[:] = prone @ local[:, 0], [0.7, 0.4, 0]
    root[:, 2] -= forward_kinematics(local, VIRTUAL_OFFSETS, root)[1][..., 2].min(1)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, scrambled(0)), local, root)
    with pytest.raises(VtmError, match="not mostly upright, or climbs; give --rest-frame"):
        retarget(read_bvh(path))


def along_x() -> Foreign:
    """Bones along +x at rest, as rigs have them whose joints' axes were lost."""
    rest = Rotation.from_euler("y", 90, True).as_matrix()  # up becomes forward: spine along +x
    turns = np.broadcast_to(np.eye(3), (NUM_JOINTS, 3, 3)).copy()
    turns[0] = rest
    for side, s in (("left", 1), ("right", -1)):
        turns[JOINT_INDEX[f"{side}_hip"]] = Rotation.from_euler("y", 180, True).as_matrix()
        turns[JOINT_INDEX[f"{side}_ankle"]] = Rotation.from_euler("y", 70, True).as_matrix()
        turns[JOINT_INDEX[f"{side}_shoulder"]] = Rotation.from_euler("x", 90 * s, True).as_matrix()
    return Foreign(MIXAMO, turns, np.eye(3))


@pytest.mark.parametrize("stance", ["T-pose", "A-pose", "arms hang"])
@pytest.mark.parametrize("heading", [0.0, 20.0, 75.0])
def test_whoever_stands_in_the_take_tells_how_joints_are_turned(tmp_path, stance, heading):
    """Also where no limb is ever bent, and wherever the person faces."""
    local = np.broadcast_to(np.eye(3), (30, NUM_JOINTS, 3, 3)).copy()
    for side, s in (("left", 1), ("right", -1)):
        down = {"T-pose": 0, "A-pose": -40, "arms hang": -80}[stance]
        turn = Rotation.from_euler("x", down * s + np.linspace(0, 8, 30), True).as_matrix()
        local[:, JOINT_INDEX[f"{side}_shoulder"]] = turn
    local[:, JOINT_INDEX["head"]] = Rotation.from_euler("z", np.linspace(0, 40, 30)[:, None], True).as_matrix()
    local[:, 0] = Rotation.from_euler("z", heading, True).as_matrix()
    root = np.tile([0.0, 0, 0.95], (30, 1))
    path = write_foreign_bvh(tmp_path / "a.bvh", along_x(), local, root)
    motion = retarget(read_bvh(path))
    _, ours = motion.pose()
    _, theirs = forward_kinematics(local, VIRTUAL_OFFSETS, root)
    around = Rotation.from_euler("z", 90 if heading > 45 else 0, True).as_matrix()  # forward is the axis next to it
    np.testing.assert_allclose(ours @ around.T, theirs, atol=0.01)
    error = np.degrees(geodesic_angle(motion.local, local))
    error[:, 0] = np.degrees(geodesic_angle(around @ motion.local[:, 0], local[:, 0]))
    error[:, JOINT_INDEX["head"]] -= error[0, JOINT_INDEX["head"]]
    assert error.max() < (1 if stance == "T-pose" else 12)


def test_mirrored_motion_is_told_whatever_the_rest_pose(tmp_path):
    swapped = {
        name: MIXAMO[name.replace("left", "x").replace("right", "left").replace("x", "right")] for name in MIXAMO
    }
    local, root = walk(60)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(swapped, scrambled(1)), local, root)
    with pytest.raises(VtmError, match="left and right are exchanged"):
        retarget(read_bvh(path))


@pytest.mark.parametrize("lies", [False, True])
def test_a_rest_pose_with_another_up_than_the_motion(tmp_path, lies):
    """At rest y is up, in motion z: so it is where the feet are on the ground; who lies on the ground stays there."""
    local, root = walk(60)
    if lies:
        fall = Rotation.from_euler("z", 90, True).as_matrix() @ Rotation.from_euler("y", 90, True).as_matrix()
        local[:, 0], root = fall @ local[:, 0], root[:, [2, 1, 0]] * [0, 1, 0] + [3.0, 0, 0.15]
    person = Foreign(MIXAMO, world=Y_UP)
    recording = read_bvh(write_foreign_bvh(tmp_path / "a.bvh", person, local, root))
    if not lies:
        tip = Rotation.from_euler("x", 90, True).as_matrix()  # y up becomes z up
        turned = recording.local.copy()
        turned[:, 0] = tip @ turned[:, 0]
        recording = replace(recording, local=turned, places={0: recording.places[0] @ tip.T})
    motion = retarget(recording)
    up = motion.pose()[1][:, JOINT_INDEX["head"], 2] - motion.root[:, 2]
    assert (up > 0.4).all() if not lies else (np.abs(up) < 0.35).all()
    assert not motion.remarks


@pytest.mark.parametrize("place", [[0.0, 0.0], [3.0, 2.0]])
def test_who_lies_in_a_file_that_rests_with_another_up(tmp_path, place):
    """The ground at 0 tells, if there is one only, and it is said that this is not sure."""
    local, root = walk(60)
    prone = Rotation.from_euler("y", 90, True).as_matrix()
    local[:, 0], root[:] = prone @ local[:, 0], [*place, 0.0]
    root[:, 2] -= forward_kinematics(local, VIRTUAL_OFFSETS, root)[1][..., 2].min(1)
    recording = read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO), local, root))
    tip = Rotation.from_euler("x", 90, True).as_matrix()
    turned = recording.local.copy()
    turned[:, 0] = tip @ turned[:, 0]
    motion = retarget(replace(recording, local=turned, places={0: recording.places[0] @ tip.T}))
    assert "which axis is up is not sure" in motion.remarks[0]
    if place != [0.0, 0.0]:
        up = motion.pose()[1][:, JOINT_INDEX["head"], 2] - motion.root[:, 2]
        assert (np.abs(up) < 0.35).all()


def test_who_stands_high_above_the_ground_does_not_lie(tmp_path):
    """At rest y is up, in motion z, and the ground is not at 0 along any axis."""
    local, root = walk(60)
    recording = read_bvh(write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO), local, root + [5.0, 4.0, 1.0]))
    tip = Rotation.from_euler("x", 90, True).as_matrix()
    turned = recording.local.copy()
    turned[:, 0] = tip @ turned[:, 0]
    motion = retarget(replace(recording, local=turned, places={0: recording.places[0] @ tip.T}))
    assert (motion.pose()[1][:, JOINT_INDEX["head"], 2] - motion.root[:, 2] > 0.4).all() and not motion.remarks


def test_a_rest_frame_settles_it(tmp_path):
    local, root = walk(40)
    local[7] = t_pose()
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, scrambled(0)), local, root)
    assert np.degrees(geodesic_angle(retarget(read_bvh(path), rest_frame=7).local, local).max()) < 0.5
    with pytest.raises(VtmError, match="no frame 40"):
        retarget(read_bvh(path), rest_frame=40)
