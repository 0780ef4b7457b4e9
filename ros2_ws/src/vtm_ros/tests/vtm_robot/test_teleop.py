"""When a robot moves and when it stands, with hostile persons, robots and operators."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_robot.conftest import standing
from tests.vtm_robot.teleop import ARMS_DOWN, RATE, World, kept
from vtm_robot.retarget.retargeter import bounds_of
from vtm_robot.retarget.trial import hostile_poses
from vtm_robot.teleop.machine import State
from vtm_robot.teleop.person_watch import Quality
from vtm_robot.teleop.settings import TeleopSettings

SIDEWAYS = {"left_shoulder": (-15.0, 0.0, 0.0), "right_shoulder": (15.0, 0.0, 0.0)}
UP = {"left_shoulder": (60.0, 0.0, 0.0), "right_shoulder": (-60.0, 0.0, 0.0)}


@pytest.fixture
def world(robot) -> World:
    return World(robot("small"))


@pytest.fixture
def following(world) -> World:
    world.engage()
    return world


def test_nothing_moves_by_default(robot) -> None:
    world = World(robot("small"), TeleopSettings())
    world.held = True
    world.teleop.intent.engage(True)
    assert {order.state for order in world.run(1.0)} == {State.PREVIEW}
    assert not any(order.sent for order in world.orders)
    assert world.orders[-1].command.positions.any(), "the ghost follows all the same"


def test_it_begins_where_it_stands_and_comes_up_to_speed(world) -> None:
    lower, upper, _ = bounds_of(world.model)
    world.q = np.clip(np.random.default_rng(1).normal(0, 0.2, len(world.q)), lower, upper)
    world.until(State.READY)
    before = world.q.copy()
    world.held = True
    world.teleop.intent.engage(True)
    first = world.tick()
    assert first.state is State.BLEND and first.sent
    np.testing.assert_array_equal(first.command.positions, before)
    world.until(State.FOLLOW)
    world.run(1.0)
    assert np.abs(world.q - before)[world.model.follows].max() > 0.5
    kept(world)


def test_no_command_is_beyond_the_range_although_the_robot_is_a_little(world) -> None:
    column = int(np.flatnonzero(world.model.follows & np.isfinite(world.model.tree.upper))[0])
    end = world.model.tree.upper[column]
    world.q[column] = end + 0.02
    world.until(State.READY)
    world.held = True
    world.teleop.intent.engage(True)
    assert world.tick().command.positions[column] == end


def test_the_operator_has_to_want_it(world) -> None:
    assert world.until(State.READY).reason == "not engaged"
    world.teleop.intent.engage(True)
    assert world.tick().reason == "the dead-man's switch is not held"
    world.held = False
    assert world.run(0.5)[-1].state is State.READY
    assert not any(order.sent for order in world.orders)


@pytest.mark.parametrize("release", [False, None])
def test_a_dead_mans_switch_expires_by_itself(following, release) -> None:
    following.person = standing(**SIDEWAYS)
    following.run(0.1)
    following.held = release
    held = following.until(State.HOLD, 0.02 + following.settings.deadman_s)
    assert held.reason == "the dead-man's switch is not held" and held.sent
    following.run(1.0)
    assert following.orders[-1].state is State.HOLD and not following.orders[-1].sent
    following.held = True
    assert following.tick().state is State.BLEND
    following.until(State.FOLLOW)
    kept(following)


def nobody(world: World) -> None:
    world.person = None


def late(world: World) -> None:
    world.lag_s = 0.4


def lost(world: World) -> None:
    world.teleop.person.judge(Quality.LOST, "nobody is seen")


def well_again(world: World) -> None:
    world.person, world.lag_s = standing(**ARMS_DOWN), 0.03
    world.teleop.person.judge(Quality.GOOD)


@pytest.mark.parametrize(
    ("spoil", "reason"), [(nobody, "newest pose"), (late, "newest pose"), (lost, "nobody is seen")]
)
def test_without_a_person_it_holds_and_goes_on_by_blending(following, spoil, reason) -> None:
    following.person = standing(**SIDEWAYS)
    following.run(0.2)
    spoil(following)
    assert reason in following.until(State.HOLD, 0.25).reason
    following.run(1.0)
    stood = following.q.copy()
    well_again(following)
    first = following.until(State.BLEND)
    np.testing.assert_array_equal(first.command.positions, stood)
    following.until(State.FOLLOW)
    kept(following)


def test_another_person_has_to_be_engaged_anew(following) -> None:
    following.run(0.5)
    following.person = replace(standing(**UP), person=7)
    assert following.until(State.HOLD, 0.1).reason == "another person came"
    assert {order.state for order in following.run(2.0)} == {State.HOLD}
    assert "hold it again" in following.orders[-1].reason
    following.held = False
    following.run(0.1)
    following.held = True
    following.until(State.FOLLOW)
    kept(following)


def test_somebody_else_who_comes_while_it_stands_has_to_be_engaged_anew(following) -> None:
    nobody(following)
    following.run(1.5)
    following.person = replace(standing(**UP), person=7)
    assert {order.state for order in following.run(1.5)} == {State.HOLD}


def test_a_glitch_is_left_out_and_a_jump_is_blended(following) -> None:
    refused = following.teleop.person.refused
    following.person = standing(**UP)
    following.run(0.04)
    following.person = standing(**ARMS_DOWN)
    assert {order.state for order in following.run(0.3)} == {State.FOLLOW}
    assert following.teleop.person.refused > refused
    following.person = standing(**UP)
    assert following.until(State.HOLD, 0.3).reason == "the person was elsewhere at once"
    following.until(State.FOLLOW)
    kept(following)


def test_a_limb_that_is_not_sure_holds_alone(following) -> None:
    unsure = np.ones(22)
    unsure[[16, 18, 20]] = 0.1
    following.person = replace(standing(**ARMS_DOWN), confidence=unsure)
    order = following.run(0.5)[-1]
    assert order.state is State.FOLLOW and "left upper arm" in order.reason


def test_a_robot_whose_state_is_lost_is_engaged_anew_from_where_it_is(following) -> None:
    following.joints = False
    assert "joint states are too old" in following.until(State.HOLD, 0.3).reason
    following.run(1.0)
    assert not following.orders[-1].sent
    column = int(np.flatnonzero(following.model.follows)[3])
    following.q[column] += 0.3
    elsewhere = following.q.copy()
    following.joints = True
    assert {order.state for order in following.run(1.0)} == {State.HOLD}, "the switch was held all the time"
    following.held = False
    following.run(0.1)
    following.held = True
    first = following.until(State.BLEND)
    np.testing.assert_array_equal(first.command.positions, elsewhere)


def test_a_robot_that_is_elsewhere_is_told_nothing_more(following) -> None:
    following.follows = False
    following.q[int(np.flatnonzero(following.model.follows)[3])] += 0.8
    order = following.tick()
    assert order.state is State.HOLD and not order.sent and "from where it was told to be" in order.reason
    assert not any(order.sent for order in following.run(1.0))


def test_stop_is_latched(following) -> None:
    following.person = standing(**SIDEWAYS)
    following.run(0.1)
    following.teleop.stop()
    assert following.tick().state is State.STOP
    following.run(1.0)
    following.held = False
    following.run(0.3)
    following.held = True
    following.teleop.intent.engage(True)
    assert {order.state for order in following.run(1.0)} == {State.STOP}
    assert not following.orders[-1].sent
    following.teleop.release()
    assert following.run(0.3)[-1].state is State.READY
    following.teleop.intent.engage(True)
    following.held = False
    following.run(0.1)
    following.held = True
    following.until(State.FOLLOW)
    kept(following)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda world: world.teleop.person.judge(Quality.DEGRADED, "the left arm is unsure"), "the left arm is unsure"),
        (lambda world: world.teleop.person.judge(Quality.UNKNOWN), "has not told its quality"),
        (lambda world: setattr(world, "joints", False), "no joint states"),
        (lambda world: setattr(world, "q", world.q + np.nan), "no joint states"),
        (lambda world: setattr(world, "q", world.q + 9.0), "beyond its range"),
        (lambda world: setattr(world, "person", standing(**UP)), "degrees elsewhere"),
        (nobody, "nobody has been seen"),
    ],
)
def test_what_is_missing_is_said(robot, spoil, reason) -> None:
    world = World(robot("small"), TeleopSettings(moves=True, rate=RATE))
    world.teleop.person.judge(Quality.GOOD)
    world.held = True
    world.teleop.intent.engage(True)
    spoil(world)
    order = world.run(0.5)[-1]
    assert order.state is State.PREVIEW and reason in order.reason
    assert not any(order.sent for order in world.orders)


def test_whatever_comes_the_limits_are_kept(robot) -> None:
    """Poses no person has, operators who cannot decide, joints that stop, switches that stick."""
    random = np.random.default_rng(5)
    world = World(robot("small"))
    world.engage()
    for pose in hostile_poses(random, 1500):
        world.person = pose
        dice = random.random(6)
        if dice[0] < 0.02:
            world.held = [True, False, None][random.integers(3)]
        if dice[1] < 0.01:
            world.teleop.intent.engage(bool(random.integers(4)))
        if dice[2] < 0.01:
            world.joints = bool(random.integers(4))
        if dice[3] < 0.003:
            world.teleop.stop()
        if dice[4] < 0.02:
            world.teleop.release()
            world.teleop.intent.engage(True)
            world.held = True
        if dice[5] < 0.02:
            world.lag_s = random.choice([0.0, 0.03, 0.5, -5.0])
        world.tick()
    sent = sum(order.sent for order in world.orders)
    assert 200 < sent < len(world.orders) - 200
    kept(world)


def test_for_want_of_a_person_it_goes_to_its_rest_where_that_is_asked_for(robot) -> None:
    world = World(robot("small"), lost_rests=True)
    lower, upper, _ = bounds_of(world.model)
    rest = np.clip(world.model.rest, lower, upper)[world.model.follows]
    world.person = standing(**UP)
    world.engage()
    world.run(3.0)
    assert np.abs(world.q[world.model.follows] - rest).max() > 0.5
    world.teleop.person.judge(Quality.LOST)
    order = world.run(8.0)[-1]
    np.testing.assert_allclose(world.q[world.model.follows], rest, atol=1e-4)
    assert order.state is State.HOLD and not order.sent, "it has come to rest"
    world.teleop.person.judge(Quality.GOOD)
    world.until(State.FOLLOW)
    world.teleop.person.judge(Quality.LOST)
    world.run(0.6)
    assert world.teleop.follower.moving, "on its way"
    world.held = False
    world.run(0.6)
    still = world.q.copy()
    world.run(1.0)
    np.testing.assert_array_equal(world.q, still)
    kept(world)
