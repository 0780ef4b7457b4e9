"""What the capture node publishes of several people."""

from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger
from visualization_msgs.msg import MarkerArray

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import LATCHED, soon, wait_until
from tests.vtm_trt.pose2d.conftest import read_clip
from tests.vtm_trt.pose2d.crossing import WIDTH, beside, cut_outs
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_ros.capture.calibration import BodyCalibration
from vtm_ros.capture.capture_stream import CaptureStream
from vtm_ros.parameters import CaptureParameters

SLOTS = ("person_1", "person_2")
HERE, THERE = 20, WIDTH - 280


@pytest.fixture(scope="module")
def pair():
    return cut_outs(read_clip("pose2sim/cam03.mp4", 12))


def film(pair, places=(HERE, THERE)) -> list[np.ndarray]:
    return [beside(both, places, index).image for index, both in enumerate(pair)]


def asked(node: Node, name: str, kind=Trigger, **request):
    client = node.create_client(kind, name)
    wait_until(client.service_is_ready, name)
    answer = client.call_async(kind.Request(**request))
    wait_until(answer.done, f"an answer of {name}")
    return answer.result()


def told_by(node) -> list[tuple[str, int]]:
    """Appended to from now on: "motion" or "quality", and whose it is."""
    told: list[tuple[str, int]] = []
    publish, say = node._publisher.publish, node._quality.say

    def publish_too(motion, *rest):
        told.append(("motion", motion.person_id))
        return publish(motion, *rest)

    def say_too(quality, person):
        told.append(("quality", person))
        return say(quality, person)

    node._publisher.publish, node._quality.say = publish_too, say_too
    return told


def test_everybody_has_a_slot_and_the_operator_is_on_the_topics_of_the_node(pair):
    with capturing(pose_model="lite", max_people=2, timeout=1.0) as (node, camera, listener):
        for place in ("", *(f"{slot}/" for slot in SLOTS)):
            listener.listen(DiagnosticStatus, f"{place}quality", LATCHED)
        listener.listen(PoseWithCovarianceStamped, "root_pose")
        for slot in SLOTS:
            listener.listen(JointState, f"{slot}/joint_states")
            listener.listen(MarkerArray, f"{slot}/skeleton")
            listener.listen(String, f"{slot}/robot_description", LATCHED)
        camera.connect(listener, film(pair)[0])

        def angles(stamp: int) -> list[list[float]] | None:
            """Of the operator and of both slots."""
            states = [
                listener.stamped(topic, stamp)
                for topic in ("joint_states", *(f"{slot}/joint_states" for slot in SLOTS))
            ]
            return [list(state.position) for state in states] if all(states) else None

        def filmed() -> list[list[float]] | None:
            """In one of the last two images: where time is short, bystanders are looked at in every second one."""
            stamps = camera.film(film(pair), listener)
            return soon(lambda: next(filter(None, map(angles, stamps[:-3:-1])), None), 5.0)

        def person(place: str = "") -> str:
            return listener.received[f"{place}quality"][-1].values[-1].value

        operator, *slots = wait_until(filmed, "both people")
        before = slots.index(operator)
        assert slots[0] != slots[1]
        for slot in SLOTS:
            assert "left_elbow" in listener.received[f"{slot}/robot_description"][-1].data
        frames = {t.child_frame_id.split("/")[0] for message in listener.received["/tf"] for t in message.transforms}
        assert frames == {"person", *SLOTS}
        shades = [listener.received[f"{slot}/skeleton"][-1].markers[0].colors[0] for slot in SLOTS]
        assert shades[0] != shades[1]
        wait_until(lambda: sorted(person(f"{slot}/") for slot in SLOTS) == ["1", "2"], "the people's numbers")

        told = told_by(node)
        assert asked(listener, "/capture/next_person").success
        operator, *slots = wait_until(filmed, "both people")
        assert slots.index(operator) != before
        other = node._pipeline.person
        assert told.index(("quality", other)) < told.index(("motion", other)), "who it is comes before what they do"
        wait_until(lambda: person() == person(f"{SLOTS[1 - before]}/"), "the operator's number")

        is_left = listener.received["root_pose"][-1].pose.pose.position.x < 0
        alone = film(pair, (HERE, None) if is_left else (None, THERE))

        def one_is_gone() -> bool:
            camera.film(alone, listener)
            return any(listener.received[f"{slot}/quality"][-1].message == "LOST" for slot in SLOTS)

        wait_until(one_is_gone, "a slot that has nobody")
        assert any(listener.received[f"{slot}/quality"][-1].message != "LOST" for slot in SLOTS)


def test_a_recording_has_everybody(pair, tmp_path):
    with capturing(pose_model="lite", max_people=2, record_directory=str(tmp_path)) as (node, camera, listener):
        for slot in SLOTS:
            listener.listen(JointState, f"{slot}/joint_states")
        camera.connect(listener, film(pair)[0])

        def both() -> bool:
            camera.film(film(pair), listener)
            return all(listener.received[f"{slot}/joint_states"] for slot in SLOTS)

        wait_until(both, "both people")
        assert asked(listener, "/capture/record", SetBool, data=True).success
        for _ in range(3):
            camera.film(film(pair), listener)
        files = asked(listener, "/capture/record", SetBool, data=False).message.split(", ")
    recording = Path(files[0])
    names = (".npz", ".bvh", ".person_1.npz", ".person_2.npz")
    assert [Path(file).name for file in files[1:]] == [f"{recording.stem}{name}" for name in names]
    operator, *people = (MotionClip.load(file) for file in files if file.endswith(".npz"))
    assert [clip.person_id.tolist() for clip in people] == [[1], [2]] and operator.person_id[0] in (1, 2)
    assert all(len(clip.valid) == len(operator.valid) and clip.valid.any() for clip in people)


def test_whose_hands_are_looked_at():
    for whose, everybodys in (("operator", False), ("all", True)):
        parameters = CaptureParameters(pose_model="lite", max_people=2, hands="lite", hands_of=whose)
        assert CaptureStream(parameters, BodyCalibration()).people.everybodys_hands is everybodys


def test_where_one_is_followed_nobody_is_next():
    stream = CaptureStream(CaptureParameters(pose_model="lite"), BodyCalibration())
    with pytest.raises(VtmError, match="max_people"):
        stream.next_person()
