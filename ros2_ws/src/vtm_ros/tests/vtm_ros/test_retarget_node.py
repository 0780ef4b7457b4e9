"""The node `retarget` over real DDS: when the robot is told to move, and what."""

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from std_msgs.msg import Float64MultiArray, String
from tf2_msgs.msg import TFMessage

from tests.vtm_robot.small_robot import handed_robot, small_robot
from tests.vtm_robot.test_fingers import bent
from tests.vtm_ros.support import LATCHED, in_executor, ros, wait_until
from tests.vtm_ros.teleoperation import SIDEWAYS, UP, Cell, cell
from vtm.types import HandPoses
from vtm_robot.profile.model import RobotModel, draft_robot
from vtm_robot.retarget.retargeter import bounds_of
from vtm_ros.nodes.retarget_node import RetargetNode


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> RobotModel:
    path = tmp_path_factory.mktemp("robot") / "small.yaml"
    path.with_suffix(".urdf").write_text(handed_robot())
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


def values_of(message: DiagnosticArray) -> dict[str, str]:
    return {pair.key: pair.value for pair in message.status[0].values}


def steps(told) -> np.ndarray:
    return np.diff([message.points[0].positions for message in told], axis=0)


def test_it_begins_where_the_robot_stands_and_keeps_every_limit_fingers_too(running, model, start) -> None:
    with running() as one:
        one.operator.hears("READY", "not engaged")
        assert not one.robot.told
        diagnostics: list = []
        one.operator.create_subscription(DiagnosticArray, "/diagnostics", diagnostics.append, 10)
        one.follow()
        one.person.bends = SIDEWAYS
        told = one.robot.told
        wait_until(lambda: np.abs(one.robot.q - start).max() > 0.5, "the robot to have moved")
        assert not one.robot.fingers, "nobody looks at the person's hands"
        one.person.hands = HandPoses(np.array([bent(80, "index"), bent(0)], np.float32), np.array([0.9, 0.9]))
        index = model.tree.names.index("left_index_1")
        wait_until(lambda: one.robot.q[index] > 1.0, "a finger to bend")
        heard = wait_until(
            lambda: [told for told in map(values_of, diagnostics) if told["hands that follow"] == "left, right"],
            "diagnostics",
        )
        one.person.hands = HandPoses(np.zeros((2, 21), np.float32), np.array([0.1, 0.9]))
        one.operator.hears("FOLLOW", "not sure enough: left fingers")
    fingers = one.robot.fingers
    columns = [model.tree.names.index(name) for name in fingers[0].joint_names]
    np.testing.assert_array_equal(fingers[0].points[0].positions, start[columns], "a hand begins where it is measured")
    moved = steps(fingers)
    assert (np.abs(np.diff(moved, axis=0)) <= model.profile.limits.acceleration / 900 + 1e-9).all()
    assert one.robot.q[index] > 1.0, "a hand that is not seen holds"
    assert 0 < float(heard[0]["latency p50 [ms]"]) <= float(heard[0]["latency p95 [ms]"])
    assert int(heard[0]["commands sent"]) > 0 and heard[0]["robot"] == "small"
    follows = np.flatnonzero(model.follows)
    assert told[0].joint_names == [model.tree.names[column] for column in follows]
    np.testing.assert_array_equal(told[0].points[0].positions, start[follows])
    assert not told[0].points[0].velocities and told[0].points[0].time_from_start.nanosec == 50_000_000
    lower, upper, speed = (bound[follows] for bound in bounds_of(model))
    moved = steps(told)
    assert (np.abs(moved) <= speed / 30 + 1e-9).all()
    assert (np.abs(np.diff(moved, axis=0)) <= model.profile.limits.acceleration / 900 + 1e-9).all()
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
    with running(stale_after=0.7) as one:
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
        one.hold()
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
        wait_until(
            lambda: any(said.values[0].value == "the person was elsewhere at once" for said in one.operator.said),
            "a jump",
        )
        one.operator.hears("FOLLOW")
        unit = one.node._teleop.model.profile.limits.acceleration / 900
        assert (np.abs(np.diff(steps(one.robot.told), axis=0)) <= unit + 1e-9).all()


def test_a_controller_that_restarts_elsewhere_is_met_there(running) -> None:
    with running(robot_stale_after=0.7) as one:
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


def test_by_default_nothing_moves_but_the_ghost(running) -> None:
    with running(output="preview") as one:
        ghosts: list = []
        one.operator.create_subscription(TFMessage, "/tf", ghosts.append, 10)
        one.hold()
        one.operator.hears("PREVIEW", "the output is a preview")
        wait_until(lambda: len(ghosts) > 5, "a ghost")
        assert ghosts[0].transforms[0].header.frame_id == one.robot.tree.base
        assert not one.robot.told
        assert "elsewhere than in a T-pose" in one.operator.ask("calibrate").message
        one.person.bends = {"left_shoulder": (-12.0, 0.0, 0.0)}
        wait_until(lambda: one.operator.ask("calibrate").success, "a T-pose")


def test_a_robot_that_describes_itself_and_takes_numbers(running, model) -> None:
    arm = [name for name in model.tree.names if name.startswith("left_") and "finger" not in name][:6]
    with running(robot_profile="", output="commands", joints=" ".join(reversed(arm)), groups="arms") as one:
        told: list = []
        one.operator.create_subscription(Float64MultiArray, "retarget/commands", told.append, 10)
        description = one.robot.create_publisher(String, "robot/robot_description", LATCHED)
        description.publish(String(data=small_robot()))
        one.follow()
        expected = [one.robot.q[model.tree.names.index(name)] for name in reversed(arm)]
        wait_until(lambda: told, "numbers")
        np.testing.assert_array_equal(told[0].data, expected)


def test_poses_of_hands_for_a_servo(running) -> None:
    with running(output="servo") as one:
        hands: list = []
        one.operator.create_subscription(PoseStamped, "retarget/left_hand_target", hands.append, 10)
        one.follow()
        wait_until(lambda: hands, "a target")
        assert hands[0].header.frame_id == one.robot.tree.base


def test_it_brakes_when_it_is_deactivated_and_forgets_that_it_was_engaged(running) -> None:
    with running() as one:
        one.follow()
        one.person.bends = SIDEWAYS
        wait_until(lambda: steps(one.robot.told[-3:]).any(), "it moves")
        in_executor(one.node.trigger_deactivate)
        wait_until(lambda: len(one.robot.told) >= one.node._statistics.counts["sent"], "the last command")
        moved = steps(one.robot.told)
        assert not moved[-1].any()
        assert (np.abs(np.diff(moved, axis=0)) <= one.node._teleop.model.profile.limits.acceleration / 900 + 1e-9).all()
        in_executor(one.node.trigger_activate)
        one.operator.hears("READY", "not engaged")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"robot_profile": "/nowhere.urdf"}, "cannot read /nowhere.urdf"),
        ({"groups": "arms wings"}, "there is no group wings"),
        ({"joints": "wheel"}, "has no joint wheel"),
    ],
)
def test_a_bad_robot_leaves_it_unconfigured_with_the_remedy(model, changes, fault, capfd) -> None:
    values = {"robot_profile": model.profile.urdf, "autostart": False} | changes
    with ros():
        node = RetargetNode(parameter_overrides=[Parameter(name, value=value) for name, value in values.items()])
        assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert fault in node._fault
        node.destroy_node()
