"""A T-pose of the person who drives a robot tells what the capture is off."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_robot.conftest import standing
from tests.vtm_robot.teleop import ARMS_DOWN, World
from vtm.body.skeleton import JOINT_INDEX
from vtm.errors import VtmError


@pytest.fixture
def world(robot) -> World:
    return World(robot("small"))


def test_a_t_pose_tells_what_the_capture_is_off(world) -> None:
    crooked = standing(left_shoulder=(-12.0, 5.0, 0.0), spine3=(-6.0, 0.0, 0.0))
    with pytest.raises(VtmError, match="arm points 70 degrees elsewhere"):
        world.run(0.5)
        world.teleop.calibrate(world.now)
    world.person = crooked
    world.run(2.0)
    assert 10 < np.degrees(world.teleop.calibrate(world.now)) < 20
    targets = world.teleop.follower.targets
    np.testing.assert_allclose(_pointing(targets, crooked), targets.axes, atol=1e-6)
    other = replace(crooked, person=1)
    assert np.abs(_pointing(targets, other) - targets.axes).max() > 0.1


def test_a_limb_that_is_not_seen_and_a_robot_that_moves_are_not_calibrated(world) -> None:
    world.person = replace(standing(), confidence=np.where(np.arange(22) == JOINT_INDEX["left_elbow"], 0.1, 1.0))
    world.run(2.0)
    with pytest.raises(VtmError, match="left .* is not seen well enough"):
        world.teleop.calibrate(world.now)
    world.person = standing(**ARMS_DOWN)
    world.engage()
    with pytest.raises(VtmError, match="release the dead-man"):
        world.teleop.calibrate(world.now)


def _pointing(targets, person) -> np.ndarray:
    return (targets.goal(person).turns @ targets.axes[..., None])[..., 0]
