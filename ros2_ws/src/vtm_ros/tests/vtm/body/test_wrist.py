import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body.rotations import geodesic_angle, joint_angles_from_matrix, matrix_from_joint_angles
from vtm.body.wrist import PRONATION, SWING, turn_forearm, unturned

RNG = np.random.default_rng(3)


def rotation(order, degrees):
    return matrix_from_joint_angles(np.radians(degrees), order)


def arms(count=200):
    """Elbows and the wrists on them, all of which people can have."""
    elbow = rotation("zxy", RNG.uniform([-140, -8, -85], [0, 8, 85], (count, 3)))
    return elbow, rotation("yxz", RNG.uniform([0, -75, -30], [0, 75, 30], (count, 3)))


def test_the_hand_is_where_it_was_seen():
    elbow, wrist = arms()
    twist = RNG.uniform(-np.pi, np.pi, len(elbow))
    about = matrix_from_joint_angles(np.stack([twist, 0 * twist, 0 * twist], -1), "yxz")
    forearm = elbow @ about  # the body alone has pronation wrong by any amount
    new_elbow, new_wrist = turn_forearm(forearm, np.broadcast_to(np.eye(3), wrist.shape), elbow @ wrist, 1.0)
    assert geodesic_angle(new_elbow @ new_wrist, elbow @ wrist).max() < 1e-6
    np.testing.assert_allclose(new_elbow[..., 1], forearm[..., 1], atol=1e-9)
    assert np.abs(joint_angles_from_matrix(new_wrist, "yxz")[:, 0]).max() < 1e-6


def test_without_confidence_the_arm_stays():
    elbow, wrist = arms()
    hand = Rotation.random(len(elbow), random_state=0).as_matrix()
    for result, was in zip(turn_forearm(elbow, wrist, hand, np.zeros(len(elbow))), (elbow, wrist), strict=True):
        assert geodesic_angle(result, was).max() < 1e-6


@pytest.mark.parametrize("confidence", [1.0, 0.5])
def test_no_arm_is_twisted_beyond_its_limits(confidence):
    elbow, wrist = arms()
    hand = Rotation.random(len(elbow), random_state=0).as_matrix()
    elbow, wrist = turn_forearm(elbow, wrist, hand, confidence)
    assert np.abs(joint_angles_from_matrix(elbow, "zxy")[:, 2]).max() <= PRONATION + 1e-6
    assert (np.abs(joint_angles_from_matrix(wrist, "yxz")[:, 1:]) <= SWING + 1e-6).all()


def test_half_confident_goes_half_the_way():
    forearm = np.eye(3)
    elbow, wrist = turn_forearm(forearm, forearm, rotation("yxz", [40.0, 30.0, 10.0]), 0.5)
    np.testing.assert_allclose(np.degrees(joint_angles_from_matrix(elbow, "zxy")), [0, 0, 20], atol=1e-9)
    np.testing.assert_allclose(np.degrees(joint_angles_from_matrix(wrist, "yxz")), [0, 15, 5], atol=1e-9)


def test_pronation_is_left_out():
    elbow, _ = arms()
    bend = joint_angles_from_matrix(unturned(elbow), "zxy")
    np.testing.assert_allclose(bend[:, :2], joint_angles_from_matrix(elbow, "zxy")[:, :2], atol=1e-9)
    np.testing.assert_allclose(bend[:, 2], 0.0, atol=1e-9)


def test_half_a_turn_either_way_is_the_same():
    """A hand that is seen the wrong way round does not throw the forearm from one of its limits to the other."""
    (one, _), (other, _) = (
        turn_forearm(np.eye(3), np.eye(3), rotation("yxz", [degrees, 20.0, 0.0]), 1.0) for degrees in (178.0, -178.0)
    )
    assert np.degrees(geodesic_angle(one, other)) < 10
