"""When the fingers of a robot move and when they stand."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_robot.teleop import RATE, World, kept
from tests.vtm_robot.test_fingers import bent
from vtm.types import HandPoses
from vtm_robot.teleop.machine import State


def gripping(world: World, confidence: float = 0.9, degrees: float = 80.0) -> None:
    """The person's left hand makes a fist; of the right one nothing is known."""
    angles = np.stack([bent(degrees, "index", "middle", "ring", "pinky"), bent(0)])
    world.person = replace(world.person, hands=HandPoses(angles, np.array([confidence, 0.0])))


@pytest.fixture
def handed(robot) -> World:
    world = World(robot("handed"))
    world.engage()
    return world


def test_fingers_join_where_they_are_measured_and_hold_where_the_hand_is_not_sure(handed) -> None:
    columns = handed.teleop.hands.columns[0]
    assert handed.teleop.hands.sides == ("left", "right") and handed.orders[-1].fingers == (False, False)
    handed.q[columns] += 0.3
    gripping(handed)
    before = handed.q[columns].copy()
    orders = handed.run(1.0)
    assert orders[-1].fingers == (True, False) and orders[-1].reason == "not sure enough: right fingers"
    told = np.stack([before, before, *(order.command.positions[columns] for order in orders if order.fingers[0])])
    unit = handed.model.profile.limits.acceleration / RATE**2
    assert (np.abs(np.diff(told, 2, axis=0)) <= unit + 1e-9).all(), "from rest, where they were measured"
    assert told[-1].max() > 1.2
    gripping(handed, confidence=0.2, degrees=0.0)
    handed.run(0.3)
    np.testing.assert_array_equal(
        handed.tick().command.positions[columns], handed.run(0.5)[-1].command.positions[columns]
    )
    assert "left fingers, right fingers" in handed.orders[-1].reason and handed.q[columns].max() > 1.0
    handed.held = False
    handed.until(State.HOLD)
    handed.run(1.0)
    assert not handed.orders[-1].sent
    kept(handed)


def test_fingers_that_hold_something_are_no_reason_to_stop_and_those_no_longer_told_stay(handed) -> None:
    columns = handed.teleop.hands.columns[0]
    gripping(handed)
    blocked = handed.q[columns].copy()
    for _ in range(50):
        handed.q[columns] = blocked
        assert handed.tick().state is State.FOLLOW
    told = handed.orders[-1].command.positions[columns]
    assert np.abs(told - blocked).max() > handed.settings.max_lag
    handed.tells = [name for column, name in enumerate(handed.model.tree.names) if column not in columns]
    handed.run(0.5)
    gripping(handed, degrees=0.0)
    handed.run(0.5)
    assert "joint states are too old: left fingers" in handed.orders[-1].reason
    assert handed.orders[-1].state is State.FOLLOW and handed.orders[-1].command.positions[columns].max() > 1.0
