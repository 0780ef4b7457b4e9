"""Distances of capsules, and by how much joints can change them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from vtm_robot.model.capsules import nearest_points

POINT = some.tuples(*[some.floats(-1, 1)] * 3).map(np.array)


@given(POINT, POINT, POINT, POINT)
def test_no_other_points_of_two_lines_are_nearer(a, b, c, d) -> None:
    first, second = nearest_points(a, b, c, d)
    along = np.linspace(0, 1, 40)[:, None]
    every = np.linalg.norm((a + along * (b - a))[:, None] - (c + along * (d - c))[None], axis=-1)
    assert np.linalg.norm(first - second) <= every.min() + 1e-5


def test_levers_bound_what_joints_do(robot) -> None:
    model = robot("small")
    random = np.random.default_rng(2)
    low, high = np.maximum(model.tree.lower, -3), np.minimum(model.tree.upper, 3)
    q = random.uniform(low, high, (200, len(low)))
    other = np.clip(q + random.normal(0, 0.1, q.shape), low, high)
    change = model.pairs.nearest(model.tree.pose(q)).distance - model.pairs.nearest(model.tree.pose(other)).distance
    assert (np.abs(change) <= np.abs(q - other) @ model.pairs.levers.T + 1e-9).all()


def test_a_drafted_robot_is_clear_of_itself_at_rest(robot) -> None:
    model = robot("small")
    assert model.pairs.nearest(model.tree.pose(model.rest)).distance.min() > model.profile.limits.distance
    assert model.pairs.nearest(model.tree.pose(model.t_pose)).distance.min() > model.profile.limits.distance
