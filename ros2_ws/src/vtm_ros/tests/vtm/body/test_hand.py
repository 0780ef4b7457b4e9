import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vtm.body import hand
from vtm.body.rotations import geodesic_angle

REFLECT = np.array([1.0, -1.0, 1.0])
SIDES = ("left", "right")


def some_angles(count=50):
    return np.random.default_rng(0).uniform(hand.LOWER, hand.UPPER, (count, 21))


def angles_with(**degrees):
    return np.radians([float(degrees.get(name, 0)) for name in hand.ANGLE_NAMES])


def points(side="left", **degrees):
    return hand.hand_points(hand.finger_rotations(angles_with(**degrees), side), side)


@pytest.mark.parametrize("side", SIDES)
def test_angles_come_back_from_their_rotations(side):
    angles = some_angles()
    np.testing.assert_allclose(hand.finger_angles(hand.finger_rotations(angles, side), side), angles, atol=1e-9)


@pytest.mark.parametrize("side", SIDES)
def test_any_rotation_becomes_angles_within_limits(side):
    local = Rotation.random(15 * 20, random_state=1).as_matrix().reshape(20, 15, 3, 3)
    angles = hand.finger_angles(local, side)
    assert (angles >= hand.LOWER - 1e-9).all() and (angles <= hand.UPPER + 1e-9).all()


def test_equal_angles_mean_mirrored_hands():
    left, right = (hand.finger_rotations(some_angles(), side) for side in SIDES)
    np.testing.assert_allclose(REFLECT[:, None] * left * REFLECT, right, atol=1e-12)
    np.testing.assert_allclose(hand.hand_points(left, "left") * REFLECT, hand.hand_points(right, "right"), atol=1e-12)


@given(st.sampled_from(hand.ANGLE_NAMES), st.sampled_from(SIDES), st.floats(-0.5, 1.0))
def test_each_angle_turns_its_joint_about_its_hinge(name, side, angle):
    number = hand.ANGLE_NAMES.index(name)
    joint = hand.HINGES[number][0]
    local = hand.finger_rotations(np.eye(21)[number] * angle, side)
    wanted = np.tile(np.eye(3), (15, 1, 1))
    wanted[joint] = Rotation.from_rotvec(hand.hinge_axes(side)[number] * angle).as_matrix()
    assert geodesic_angle(local, wanted).max() < 1e-7
    assert hand.JOINTS[joint].startswith(name.split("_")[0])


def test_the_rest_hand_is_flat_with_the_thumb_in_front():
    rest = points()
    assert np.ptp(rest[:, 2]) < 0.006
    assert rest[12, 1] == rest[:, 1].max() == pytest.approx(0.174, abs=0.01)
    assert rest[4, 0] == rest[:, 0].max()
    assert (np.diff(rest[[5, 9, 13, 17], 0]) < 0).all()


def test_angles_move_the_way_their_names_say():
    rest = points()
    fist = points(**{f"{finger}_{k}": 80 for finger in ("index", "middle", "ring", "pinky") for k in ("mcp_fe", "pip")})
    assert (fist[[8, 12, 16, 20], 2] < -0.02).all() and (fist[[8, 12, 16, 20], 1] < rest[[6, 10, 14, 18], 1]).all()
    assert points(index_mcp_aa=20)[8, 0] > rest[8, 0] + 0.01
    assert points(thumb_cmc_aa=40)[4, 2] < rest[4, 2] - 0.02
    little = rest[17]
    assert np.linalg.norm(points(thumb_cmc_fe=40)[4] - little) < np.linalg.norm(rest[4] - little) - 0.01


def test_a_scaled_hand():
    local = hand.finger_rotations(some_angles(3), "left")
    wanted = hand.hand_points(local, "left") * np.array([0.5, 1.0, 2.0])[:, None, None]
    np.testing.assert_allclose(hand.hand_points(local, "left", np.array([0.5, 1.0, 2.0])), wanted)


@pytest.mark.parametrize("side", SIDES)
def test_it_is_the_hand_of_the_body_model(side):
    """Anny's average person, its finger bones turned as ours: every joint falls on ours within two millimetres."""
    anny = pytest.importorskip("anny", reason="pip install --no-deps -r requirements/render.txt")
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = anny.Anny(rig="anny", phenotypes="all").float()
    rest = model(phenotype_kwargs={name: torch.tensor([0.5]) for name in model.phenotype_labels})
    ours = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    heads, bones = rest["rest_bone_heads"][0].numpy() @ ours.T, ours @ rest["rest_bone_poses"][0, :, :3, :3].numpy()
    number = {name: i for i, name in enumerate(model.bone_labels)}
    at = lambda name: heads[number[f"{name}.{side[0].upper()}"]]  # noqa: E731
    scale = np.linalg.norm(at("wrist") - at("lowerarm01")) / 0.2149
    local = hand.finger_rotations(some_angles(1)[0], side)
    mirror = 1.0 if side == "left" else -1.0
    reached = hand.hand_points(local, side, float(scale))
    for finger, place in (("2", 0), ("3", 1), ("5", 2), ("4", 3), ("1", 4)):
        bone = [bones[number[f"finger{finger}-{k}.{side[0].upper()}"]] for k in (1, 2, 3)]
        along = hand.BASES[3 * place][:, 1] * [1, mirror, 1]
        turn, point = np.eye(3), reached[{0: 5, 1: 9, 2: 17, 3: 13, 4: 1}[place]]
        for k in (0, 1):
            length = at(f"finger{finger}-{k + 2}") - at(f"finger{finger}-{k + 1}")
            assert bone[k][:, 1] @ length == pytest.approx(np.linalg.norm(length), rel=1e-3)
            turn = turn @ local[3 * place + k]
            point = point + turn @ along * np.linalg.norm(length)
            first = {0: 5, 1: 9, 2: 17, 3: 13, 4: 1}[place]
            np.testing.assert_allclose(point, reached[first + k + 1], atol=2e-3)
