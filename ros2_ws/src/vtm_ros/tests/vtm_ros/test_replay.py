"""The node `replay` over real DDS."""

import ast
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from tests.vtm_ros.support import PATIENCE_S, Listener, in_executor, program, ros, wait_until
from tests.vtm_trt.session_log.sessions import CAMERA, FRAME_NS, START_NS
from tests.vtm_trt.session_log.sessions import motion as walker
from tests.vtm_trt.session_log.test_session import record
from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.files.assemble import assemble
from vtm.types import HandPoses
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.nodes.replay_node import ReplayNode, load_motions
from vtm_ros.nodes.spinning import spinning

COUNT = 40
LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "replay.launch.py"


@pytest.fixture(scope="module", params=["npz", "mcap"])
def recording(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("replay") / f"a.{request.param}"
    if request.param == "mcap":
        return record(path)
    stamps = [START_NS + frame * FRAME_NS for frame in range(COUNT)]
    assemble([walker(frame) for frame in range(3, 38)], stamps, 25.0, CAMERA).save(path)
    return path


def replaying(recording, **parameters) -> ReplayNode:
    parameters |= dict(recording=str(recording), autostart=False)
    return ReplayNode(parameter_overrides=[Parameter(name, value=value) for name, value in parameters.items()])


def pace_ns(stamps: list[int]) -> float:
    """From one to the next, measured over half of them: a busy machine may halt for a while."""
    half = len(stamps) // 2
    return float(np.median(np.subtract(stamps[half : 2 * half], stamps[:half]))) / half


def test_the_same_angles_and_transforms_come_at_the_same_pace(recording):
    motions = load_motions(str(recording))
    assert len(motions) == 35
    angles: list[np.ndarray] = []
    for motion in motions:
        angles.append(angles_from_quats(motion.quat_local, angles[-1] if angles else None))
    with ros():
        node, listener = replaying(recording), Listener()
        with spinning(node, listener):
            assert in_executor(node.trigger_configure) == TransitionCallbackReturn.SUCCESS
            wait_until(lambda: listener.count_publishers("joint_states"), "discovery")
            in_executor(node.trigger_activate)
            wait_until(node.done.done, "the end")
            states, transforms = (listener.received[topic] for topic in ("joint_states", "/tf"))
            wait_until(lambda: states and np.allclose(states[-1].position, angles[-1], atol=1e-5), "the last angles")
            wait_until(lambda: listener.transforms(listener.stamps()[-1]), "the last transforms")
            wait_until(lambda: listener.received["robot_description"], "a description")
    assert min(len(states), len(transforms)) > 20, "discovery may cost the first ones, no more"
    for expected, state in zip(angles[-len(states) :], states, strict=True):
        assert tuple(state.name) == ANGLE_NAMES
        np.testing.assert_allclose(state.position, expected, atol=1e-5)
    places = dict(zip(listener.stamps(), (motion.root_cam for motion in motions[-len(states) :]), strict=True))
    placed = [message.transforms[0] for message in transforms]
    placed = [pelvis for pelvis in placed if ns_from_time(pelvis.header.stamp) in places]
    assert len(placed) > 20
    for pelvis in placed:
        at, expected = pelvis.transform.translation, places[ns_from_time(pelvis.header.stamp)]
        np.testing.assert_allclose([at.x, at.y, at.z], expected, atol=1e-5)
    assert pace_ns([ns_from_time(state.header.stamp) for state in states]) > 0.9 * FRAME_NS


def test_fingers_that_are_published_are_described(tmp_path):
    hands = HandPoses(np.full((2, 21), 0.1, np.float32), np.float32([0.9, 0.8]))
    stamps = [START_NS + frame * FRAME_NS for frame in range(COUNT)]
    motions = [replace(walker(frame), hands=hands) for frame in range(COUNT)]
    assemble(motions, stamps, 25.0, CAMERA).save(tmp_path / "hands.npz")
    with ros():
        node, listener = replaying(tmp_path / "hands.npz", publish_link_frames=True), Listener()
        with spinning(node, listener):
            in_executor(node.trigger_configure)
            in_executor(node.trigger_activate)
            wait_until(lambda: listener.received["joint_states"], "the fingers")
            description = wait_until(lambda: listener.received["robot_description"], "a description")[-1].data
            links = re.findall(r'<link name="(\w+)"', description)

            def framed() -> set[str]:
                return {t.child_frame_id for message in list(listener.received["/tf"]) for t in message.transforms}

            wait_until(lambda: framed() == {f"person/{link}" for link in links}, "a frame for every link")
    hinges = re.findall(r'<joint name="(\w+)" type="revolute"', description)
    assert sorted(listener.received["joint_states"][-1].name) == sorted(hinges) and len(hinges) == 63 + 42


def test_rate_and_loop_and_deactivation(recording):
    with ros():
        node, listener = replaying(recording, rate=0.5, loop=True), Listener()
        with spinning(node, listener):
            in_executor(node.trigger_configure)
            in_executor(node.trigger_activate)
            wait_until(lambda: len(listener.stamps()) > 75, "a third round")
            stamps = listener.stamps()
            assert stamps == sorted(stamps)
            assert pace_ns(stamps) > 0.9 * FRAME_NS / 0.5, "a busy machine may be slower, but not faster"
            in_executor(node.trigger_deactivate)
            count = len(listener.stamps())
            assert not node.done.done()
            in_executor(node.trigger_activate)
            wait_until(lambda: len(listener.stamps()) > count, "it plays again")


def test_the_program_ends_with_the_recording(recording):
    with ros():
        listener = Listener("/anna")
        with spinning(listener), program("replay_node", str(recording), "--ros-args", "-r", "__ns:=/anna") as replay:
            wait_until(listener.stamps, "motion")
            assert replay.wait(timeout=PATIENCE_S) == 0


def test_the_program_ends_well_when_interrupted(recording):
    with ros():
        listener = Listener()
        with spinning(listener), program("replay_node", str(recording), "--loop") as replay:
            wait_until(listener.stamps, "motion")
            replay.send_signal(signal.SIGINT)
            _, errors = replay.communicate(timeout=PATIENCE_S)
    assert replay.returncode == 0 and "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no recording is given"),
        (["/nothing.npz"], "check the path"),
        (["/nothing.mcap"], "check the path"),
        ([__file__], "is not a recording"),
        (["a.npz", "--rate", "0"], "0.01..100.0"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, sentence):
    with program("replay_node", *arguments) as replay:
        _, errors = replay.communicate(timeout=PATIENCE_S)
    assert replay.returncode == 2 and sentence in errors and "Traceback" not in errors


def test_the_launch_file_describes_every_argument():
    calls = [node for node in ast.walk(ast.parse(LAUNCH_FILE.read_text())) if isinstance(node, ast.Call)]
    declared = [call for call in calls if getattr(call.func, "id", "") == "DeclareLaunchArgument"]
    assert {"recording", "bag", "rate", "loop", "rviz", "namespace"} <= {call.args[0].value for call in declared}
    assert all(any(keyword.arg == "description" for keyword in call.keywords) for call in declared)
