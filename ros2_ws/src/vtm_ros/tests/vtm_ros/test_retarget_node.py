"""The node `retarget` over real DDS: when the robot is told to move, and what."""

import numpy as np
import pytest

from tests.vtm_robot.small_robot import small_robot
from tests.vtm_ros.support import wait_until
from tests.vtm_ros.teleoperation import SIDEWAYS, UP, Cell, cell
from vtm_robot.profile.model import RobotModel, draft_robot
from vtm_robot.retarget.retargeter import bounds_of


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> RobotModel:
    path = tmp_path_factory.mktemp("robot") / "small.yaml"
    path.with_suffix(".urdf").write_text(small_robot())
    robot = draft_robot(path.with_suffix(".urdf"))[0]
    robot.profile.save(path)
    return robot


@pytest.fixture
def start(model):
    """A posture within the bounds, not at rest."""
    lower, upper, _ = bounds_of(model)
    return np.clip(np.random.default_rng(2).normal(0, 0.15, len(lower)), lower, upper)


@pytest.fixture
def running(model, start):
    def run(**parameters):
        return cell(model.profile.urdf, model.tree, start, **parameters)

    return run


def steps(told) -> np.ndarray:
    return np.diff([message.points[0].positions for message in told], axis=0)


def test_it_begins_where_the_robot_stands_and_keeps_every_limit(running, model, start) -> None:
    with running() as one:
        one.operator.hears("READY", "not engaged")
        assert not one.robot.told
        one.follow()
        one.person.bends = SIDEWAYS
        told = one.robot.told
        wait_until(lambda: np.abs(one.robot.q - start).max() > 0.5, "the robot to have moved")
    follows = np.flatnonzero(model.follows)
    assert told[0].joint_names == [model.tree.names[column] for column in follows]
    np.testing.assert_array_equal(told[0].points[0].positions, start[follows])
    assert not told[0].points[0].velocities and told[0].points[0].time_from_start.nanosec == 30_000_000
    lower, upper, speed = (bound[follows] for bound in bounds_of(model))
    moved = steps(told)
    assert (np.abs(moved) <= speed / 50 + 1e-9).all()
    assert (np.abs(np.diff(moved, axis=0)) <= model.profile.limits.acceleration / 2500 + 1e-9).all()
    assert all((message.points[0].positions >= lower).all() for message in told)
    assert all((message.points[0].positions <= upper).all() for message in told)


def interrupted(one: Cell, state: str, reason: str) -> int:
    """Wait for that, and until the robot stands; how many commands it got."""
    one.operator.hears(state, reason)
    count = one.falls_silent()
    last = steps(one.robot.told[-10:])
    assert not last[-1].any(), "its last command is to stand"
    return count


def test_the_dead_mans_switch_expires_by_itself(running) -> None:
    with running(deadman_timeout=1.0) as one:
        one.follow()
        one.operator.held = None
        count = interrupted(one, "HOLD", "the dead-man's switch is not held")
        one.operator.held = True
        one.operator.hears("FOLLOW")
        assert len(one.robot.told) > count


def test_without_a_person_it_holds_and_comes_back_by_blending(running) -> None:
    with running(stale_after=1.0) as one:
        one.follow()
        one.person.bends = None
        count = interrupted(one, "HOLD", "newest pose is")
        stood = one.robot.q.copy()
        one.person.bends = SIDEWAYS
        one.operator.hears("FOLLOW")
        again = one.robot.told[count].points[0].positions
        columns = [one.robot.names.index(name) for name in one.robot.told[count].joint_names]
        np.testing.assert_array_equal(again, stood[columns])


def test_who_is_lost_is_not_followed_and_poor_quality_does_not_begin(running) -> None:
    with running() as one:
        one.person.judged("DEGRADED", reason="the left arm is unsure")
        one.operator.engage()
        one.operator.held = True
        one.operator.hears("PREVIEW", "the left arm is unsure")
        assert not one.robot.told
        one.person.judged("GOOD")
        one.operator.hears("FOLLOW")
        one.person.judged("LOST", reason="nobody is seen")
        interrupted(one, "HOLD", "the person is lost: nobody is seen")


def test_another_person_needs_the_switch_anew(running) -> None:
    with running() as one:
        one.follow()
        one.person.judged("GOOD", person=2)
        interrupted(one, "HOLD", "another person came; release the dead-man's switch and hold it again")
        one.press_anew()
        one.operator.hears("FOLLOW")


def test_a_person_who_is_elsewhere_at_once_is_blended_in(running) -> None:
    with running() as one:
        one.follow()
        one.person.bends = UP
        wait_until(lambda: any(said.values[0].value == "the person was elsewhere at once" for said in one.operator.said), "a jump")
        one.operator.hears("FOLLOW")
        unit = one.node._teleop.model.profile.limits.acceleration / 2500
        assert (np.abs(np.diff(steps(one.robot.told), axis=0)) <= unit + 1e-9).all()


def test_a_controller_that_restarts_elsewhere_is_met_there(running) -> None:
    with running(robot_stale_after=1.0) as one:
        one.follow()
        one.robot.tells = False
        count = interrupted(one, "HOLD", "joint states are too old")
        one.robot.q = one.robot.q - 0.02
        elsewhere = one.robot.q.copy()
        one.robot.tells = True
        one.operator.hears("HOLD", "hold it again")
        assert len(one.robot.told) == count
        one.press_anew()
        one.operator.hears("FOLLOW")
        columns = [one.robot.names.index(name) for name in one.robot.told[count].joint_names]
        np.testing.assert_array_equal(one.robot.told[count].points[0].positions, elsewhere[columns])


def test_a_robot_that_does_not_follow_is_told_nothing_more(running) -> None:
    with running(max_lag=0.3) as one:
        one.follow()
        one.robot.follows = False
        one.person.bends = SIDEWAYS
        one.operator.hears("HOLD", "from where it was told to be")
        count = one.falls_silent()
        one.operator.hears("HOLD", "hold it again")
        assert len(one.robot.told) == count


def test_stop_is_latched_until_it_is_released(running) -> None:
    with running() as one:
        one.follow()
        one.operator.call("stop")
        count = interrupted(one, "STOP", "stopped by ~/stop")
        one.press_anew()
        one.operator.engage()
        one.operator.hears("STOP")
        assert len(one.robot.told) == count
        one.operator.call("release")
        one.operator.hears("READY", "not engaged")
        one.operator.engage()
        one.press_anew()
        one.operator.hears("FOLLOW")
