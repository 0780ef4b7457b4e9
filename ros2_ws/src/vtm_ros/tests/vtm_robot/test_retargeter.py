"""Following a person: the right way round, within every limit, without a jump."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_robot.conftest import HANGING, HUMANOIDS, standing
from tests.vtm_robot.small_robot import small_robot
from vtm.body.skeleton import JOINT_INDEX
from vtm_robot.model.urdf import parse_urdf
from vtm_robot.profile.draft import draft_links
from vtm_robot.profile.model import robot_model
from vtm_robot.profile.profile import Profile, Weights
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.retargeter import Retargeter, State, bounds_of
from vtm_robot.retarget.trial import trial

RATE = 50.0
UP, DOWN = (60.0, 0.0, 0.0), (-60.0, 0.0, 0.0)


def followed(follower: Retargeter, person: PersonPose, steps: int = 150):
    for _ in range(steps):
        command = follower.step(person)
    return command


@pytest.mark.parametrize("name", [*HUMANOIDS, "baxter", "romeo"])
def test_no_limit_is_passed_whatever_is_asked(name, robot) -> None:
    result = trial(robot(name), 700, seed=3)
    assert result.kept, result
    assert result.followed > 0.5


@pytest.mark.parametrize("build", [{"legs": False}, {"legs": False, "arms": ("right",)}, {"facing": np.pi}])
def test_robots_of_every_build_keep_them(build) -> None:
    tree = parse_urdf(small_robot(**build))
    links, yaw, _ = draft_links(tree)
    model = robot_model(
        tree, Profile(links, forward_deg=float(np.degrees(yaw)), groups=("arms", "trunk", "head", "legs"))
    )
    assert trial(model, 400, seed=1).kept


def test_hands_stay_in_their_box(robot) -> None:
    model = robot("small")
    box = np.array([[-0.1, 0.05, 0.0], [0.45, 0.5, 0.6]])
    profile = replace(model.profile, workspace={"left_hand": box}, rest={"left_elbow": -1.4, "left_shoulder_roll": 0.3})
    boxed = robot_model(model.tree, profile)
    follower = Retargeter(boxed, RATE)
    (arm,) = [limb for limb in boxed.limbs if limb.side == "left" and limb.kind == "arm"]
    assert follower.shield.clearances(boxed.tree.pose(boxed.rest))[0].min() > 0
    for bend in ((0, 0, -90), (80, 0, 0), (-80, 0, 0), (0, 0, 90)):
        for _ in range(80):
            place = boxed.tree.pose(follower.step(standing(left_shoulder=bend)).positions).frame(arm.wrist)[1]
            assert (place > box[0]).all() and (place < box[1]).all()


@pytest.mark.parametrize("name", HUMANOIDS)
def test_left_is_left_and_up_is_up(name, robot) -> None:
    model = robot(name)
    arms = {limb.side: limb for limb in model.limbs if limb.kind == "arm"}
    for raised, person in (
        ("left", standing(**{**HANGING, "left_shoulder": UP})),
        ("right", standing(**{**HANGING, "right_shoulder": DOWN})),
    ):
        pose = model.tree.pose(followed(Retargeter(model, RATE), person).positions)
        for side, arm in arms.items():
            upper, lower = arm.bones(pose)
            rise = (upper + lower)[2] / np.linalg.norm(upper + lower)
            assert rise > 0.5 if side == raised else rise < -0.7, (side, rise)
            assert (upper[1] > -0.05) == (side == "left") or side != raised


@pytest.mark.parametrize("name", HUMANOIDS)
def test_bones_point_where_the_persons_do(name, robot) -> None:
    model = robot(name)
    follower = Retargeter(model, RATE)
    person = standing(
        left_shoulder=(-40, 0, 0), left_elbow=(0, 0, -70), right_shoulder=(40, 0, 0), right_elbow=(0, 0, 70)
    )
    command = followed(follower, person, 250)
    errors = follower.targets.errors(
        follower.targets.turns(model.tree.pose(command.positions)), follower.targets.goal(person).turns
    )
    for segment, error in zip(follower.targets.segments, errors, strict=True):
        if segment.endswith("arm"):
            assert np.degrees(np.linalg.norm(error[1:])) < 4, segment


def test_a_person_who_turns_about_turns_no_fixed_robot(robot) -> None:
    follower = Retargeter(robot("small"), RATE)
    ahead = followed(follower, standing(left_elbow=(0, 0, -60))).positions
    around = followed(follower, standing(pelvis=(0, 0, 170), left_elbow=(0, 0, -60))).positions
    np.testing.assert_allclose(ahead, around, atol=1e-3)


def test_hands_reach_where_they_should_with_their_weight(robot) -> None:
    model = robot("small")
    model = replace(model, profile=replace(model.profile, weights=Weights(direction=0.05, hand_position=1.0)))
    follower = Retargeter(model, RATE)
    person = standing(left_shoulder=(-30, 0, -30), left_elbow=(0, 0, -80))
    command = followed(follower, person, 300)
    pose = model.tree.pose(command.positions)
    for arm, want in zip(follower.targets.arms, follower.targets.goal(person).hands, strict=True):
        have = pose.frame(arm.wrist)[1] - pose.frame(arm.start)[1]
        assert np.linalg.norm(have - want) < 0.03


def test_engaging_moves_nothing(robot) -> None:
    model = robot("small")
    lower, upper, _ = bounds_of(model)
    measured = np.clip(np.random.default_rng(1).normal(0, 0.2, len(lower)), lower, upper)
    follower = Retargeter(model, RATE)
    follower.engage(measured)
    first = follower.step(standing(**HANGING))
    np.testing.assert_array_equal(first.positions, measured)
    assert first.state is State.BLEND and not first.velocities.any()


def test_who_vanishes_is_held_and_who_comes_back_is_followed(robot) -> None:
    follower = Retargeter(robot("small"), RATE, blend_s=0.5)
    moving = followed(follower, standing(left_shoulder=UP), 20)
    assert np.abs(moving.velocities).max() > 0.3
    gone = [follower.step(None) for _ in range(60)]
    assert all(command.state is State.HOLD for command in gone)
    assert not gone[-1].velocities.any()
    np.testing.assert_array_equal(gone[-1].positions, gone[-20].positions)
    back = follower.step(standing(**HANGING))
    np.testing.assert_array_equal(back.positions, gone[-1].positions)
    assert followed(follower, standing(**HANGING)).state is State.FOLLOW


def test_somebody_else_is_followed_from_rest(robot) -> None:
    follower = Retargeter(robot("small"), RATE, blend_s=0.5)
    followed(follower, standing(left_shoulder=UP), 20)
    other = replace(standing(**HANGING), person=5)
    states, stood = [], False
    for _ in range(200):
        command = follower.step(other)
        states.append(command.state)
        stood |= not command.velocities.any()
    first = states.index(State.BLEND)
    assert first > 0 and set(states[:first]) == {State.HOLD} and states[-1] is State.FOLLOW and stood


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_numbers_that_are_none_are_held(value, robot) -> None:
    follower = Retargeter(robot("small"), RATE)
    followed(follower, standing(**HANGING))
    broken = standing()
    broken.rotations[JOINT_INDEX["left_elbow"], 0, 0] = value
    for _ in range(30):
        assert np.isfinite(follower.step(broken).positions).all()
    if not np.isfinite(value):
        assert follower.step(broken).state is State.HOLD


@pytest.mark.parametrize("name", ("small", "g1"))
def test_an_arm_that_has_wound_itself_up_comes_free(name, robot) -> None:
    model = robot(name)
    wound = model.rest.copy()
    ends = {"pitch": 2.6, "roll": 2.1, "yaw": 1.6}
    for part, angle in ends.items():
        joint = next(j for j, other in enumerate(model.tree.names) if other.startswith(f"left_shoulder_{part}"))
        wound[joint] = min(angle, model.tree.upper[joint] - 0.05)
    follower = Retargeter(model, RATE)
    follower.engage(wound)
    command = followed(follower, standing(left_shoulder=(-70, 0, 20)), 300)
    (arm,) = [limb for limb in model.limbs if (limb.side, limb.kind) == ("left", "arm")]
    upper, _ = arm.bones(model.tree.pose(command.positions))
    assert upper[2] < -0.7 * np.linalg.norm(upper)


def test_an_arm_that_is_not_seen_stands_still_alone(robot) -> None:
    follower = Retargeter(robot("small"), RATE, min_confidence=0.5)
    before = followed(follower, standing(**HANGING)).positions
    person = standing(left_shoulder=UP, right_shoulder=DOWN)
    person.confidence[[JOINT_INDEX[f"left_{joint}"] for joint in ("shoulder", "elbow", "wrist")]] = 0.2
    command = followed(follower, person)
    assert command.held == ("left_upper_arm", "left_forearm", "left_hand")
    names = follower.tree.names
    moved = {name for name, a, b in zip(names, before, command.positions, strict=True) if abs(a - b) > 0.2}
    assert "right_shoulder_roll" in moved and not any(name.startswith("left") for name in moved)
