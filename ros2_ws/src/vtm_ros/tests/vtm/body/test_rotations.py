import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.vtm.body.poses import ORDERS, rotations
from vtm.body import rotations as r

JOINT_BY_JOINT = ("xyz", "yxz", "zxy", "xzy", "zyx", "yzx", "xyz", "zyx")


def same_rotation(a, b):
    """Quaternions (..., 4) that differ at most in sign."""
    np.testing.assert_allclose(np.abs((a * b).sum(-1)), 1, atol=1e-12)


def assert_rotation(matrix, atol=1e-12):
    np.testing.assert_allclose(
        matrix @ np.swapaxes(matrix, -1, -2), np.broadcast_to(np.eye(3), matrix.shape), atol=atol
    )
    np.testing.assert_allclose(np.linalg.det(matrix), 1, atol=atol)


@given(rotations())
def test_conversions_agree_with_scipy(a):
    matrix = a.as_matrix()
    np.testing.assert_allclose(r.matrix_from_quat(a.as_quat()), matrix, atol=1e-12)
    same_rotation(r.quat_from_matrix(matrix), a.as_quat())
    assert (r.quat_from_matrix(matrix)[:, 3] >= 0).all()
    np.testing.assert_allclose(r.matrix_from_rotvec(a.as_rotvec()), matrix, atol=1e-12)
    np.testing.assert_allclose(r.matrix_from_rotvec(r.rotvec_from_matrix(matrix)), matrix, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(r.rotvec_from_matrix(matrix), axis=-1), a.magnitude(), atol=1e-9)


@given(rotations(), rotations())
def test_geodesic_angle_agrees_with_scipy(a, b):
    np.testing.assert_allclose(r.geodesic_angle(a.as_matrix(), b.as_matrix()), (a.inv() * b).magnitude(), atol=1e-9)


@given(rotations())
def test_six_numbers_are_the_first_two_columns(a):
    matrix = a.as_matrix()
    six = r.rot6d_from_matrix(matrix)
    np.testing.assert_array_equal(six[:, :3], matrix[:, :, 0])
    np.testing.assert_array_equal(six[:, 3:], matrix[:, :, 1])
    np.testing.assert_allclose(r.matrix_from_rot6d(six), matrix, atol=1e-11)


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6).map(np.array))
def test_any_six_numbers_give_a_rotation_unless_degenerate(six):
    matrix = r.matrix_from_rot6d(six)
    assert np.isfinite(matrix).all()
    if np.linalg.norm(np.cross(six[:3], six[3:])) > 1e-2 and np.linalg.norm(six[:3]) > 1e-2:
        assert_rotation(matrix, atol=1e-6)


@pytest.mark.parametrize("order", ORDERS)
def test_joint_angles_are_intrinsic_euler_angles(order):
    turn = Rotation.random(200, random_state=1)
    angles = r.joint_angles_from_matrix(turn.as_matrix(), order)
    np.testing.assert_allclose(angles, turn.as_euler(order.upper()), atol=1e-9)
    np.testing.assert_allclose(r.matrix_from_joint_angles(angles, order), turn.as_matrix(), atol=1e-12)


@pytest.mark.parametrize("order", [*ORDERS, JOINT_BY_JOINT])
@given(a=rotations(), seed=st.integers(0, 2**32 - 1))
def test_joint_angles_reproduce_the_rotation_on_any_branch(order, a, seed):
    previous = np.random.default_rng(seed).uniform(-10, 10, (8, 3))
    for angles in (
        r.joint_angles_from_matrix(a.as_matrix(), order),
        r.joint_angles_from_matrix(a.as_matrix(), order, previous),
    ):
        np.testing.assert_allclose(r.matrix_from_joint_angles(angles, order), a.as_matrix(), atol=1e-6)


@pytest.mark.parametrize("order", ORDERS)
@given(truth=st.lists(st.floats(-9, 9), min_size=3, max_size=3).map(np.array))
def test_the_branch_nearest_to_the_previous_sample_is_taken(order, truth):
    if abs(np.cos(truth[1])) < 1e-3:
        return
    matrix = r.matrix_from_joint_angles(truth, order)
    np.testing.assert_allclose(r.joint_angles_from_matrix(matrix, order, previous=truth + 1e-3), truth, atol=1e-6)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("middle", [np.pi / 2, -np.pi / 2])
def test_the_first_angle_stays_put_at_the_singularity(order, middle):
    matrix = r.matrix_from_joint_angles(np.array([0.3, middle, 0.8]), order)
    angles = r.joint_angles_from_matrix(matrix, order, previous=np.array([0.5, middle, 0.7]))
    assert angles[0] == pytest.approx(0.5, abs=1e-9)
    np.testing.assert_allclose(r.matrix_from_joint_angles(angles, order), matrix, atol=1e-9)


UNARY = [
    (r.quat_normalize, "quat"),
    (r.matrix_from_quat, "quat"),
    (r.quat_from_matrix, "matrix"),
    (r.rot6d_from_matrix, "matrix"),
    (r.rotvec_from_matrix, "matrix"),
    (r.matrix_from_rotvec, "rotvec"),
    (lambda m: r.matrix_from_rot6d(r.rot6d_from_matrix(m)), "matrix"),
    (lambda m: r.geodesic_angle(m[:4], m[4:]), "matrix"),
    (lambda m: r.joint_angles_from_matrix(m, "zxy"), "matrix"),
    (lambda m: r.joint_angles_from_matrix(m, JOINT_BY_JOINT, m[..., 0]), "matrix"),
    (lambda v: r.matrix_from_joint_angles(v, JOINT_BY_JOINT), "rotvec"),
]


@pytest.mark.parametrize(("function", "kind"), UNARY)
@given(a=rotations())
def test_torch_agrees_with_numpy(function, kind, a):
    value = getattr(a, f"as_{kind}")()
    answer = function(torch.tensor(value))
    assert isinstance(answer, torch.Tensor) and answer.dtype == torch.float64
    np.testing.assert_allclose(answer.numpy(), function(value), atol=1e-9)
    assert function(value.astype(np.float32)).dtype == np.float32


CORNERS = torch.stack([
    torch.eye(3), torch.diag(torch.tensor([1.0, -1, -1])), torch.diag(torch.tensor([-1.0, 1, -1])),
    torch.diag(torch.tensor([-1.0, -1, 1])), torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
])  # fmt: skip


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (r.matrix_from_rot6d, torch.cat([torch.zeros(1, 6), torch.ones(1, 6), torch.eye(6), 1e-8 * torch.ones(1, 6)])),
        (r.quat_from_matrix, CORNERS),
        (r.rotvec_from_matrix, CORNERS),
        (lambda m: r.geodesic_angle(m, CORNERS), CORNERS),
        (r.matrix_from_rotvec, torch.cat([torch.zeros(1, 3), 1e-12 * torch.ones(1, 3), torch.pi * torch.eye(3)])),
        (r.quat_normalize, torch.cat([torch.zeros(1, 4), torch.eye(4)])),
    ],
)
def test_gradients_are_finite_at_the_corners(function, at):
    at = at.clone().requires_grad_()
    value = function(at)
    (value * torch.arange(1.0, value.numel() + 1).reshape(value.shape)).sum().backward()
    assert value.isfinite().all() and at.grad.isfinite().all()
