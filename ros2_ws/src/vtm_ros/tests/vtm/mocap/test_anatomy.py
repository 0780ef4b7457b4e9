"""Skeletons whose rest pose says nothing: the motion tells how joints are turned."""

import re

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


def test_a_rest_frame_settles_it(tmp_path):
    local, root = walk(40)
    local[7] = t_pose()
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, scrambled(0)), local, root)
    assert np.degrees(geodesic_angle(retarget(read_bvh(path), rest_frame=7).local, local).max()) < 0.5
    with pytest.raises(VtmError, match="no frame 40"):
        retarget(read_bvh(path), rest_frame=40)
