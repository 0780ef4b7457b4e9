from dataclasses import replace

import numpy as np
import pytest
from std_srvs.srv import Trigger

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import NEVER_S, PATIENCE_S, clip_pictures, wait_until
from tests.vtm_ros.test_calibration import seen_exactly, standing
from vtm_ros.conversions.messages import ns_from_time


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return clip_pictures(1, (90, 160))[0]


def call(listener, name: str) -> Trigger.Response:
    client = listener.create_client(Trigger, f"/capture/{name}")
    assert client.wait_for_service(PATIENCE_S)
    answer = client.call_async(Trigger.Request())
    wait_until(answer.done, f"an answer of {name}")
    return answer.result()


def pretend(node, **pose) -> None:
    """From now on every image shows the pose; bones waver by 3 % from frame to frame."""
    random = np.random.default_rng(0)

    def step(frame, locate):
        bones = random.normal(1.05, 0.03, 21).astype(np.float32)
        person = replace(standing(bone_ratio=bones, **pose), stamp_ns=frame.stamp_ns)
        node._pipeline.stream.tracking = True
        return node._pipeline.stream.correct(replace(person, observation=seen_exactly(person)))

    node._pipeline.stream.step = step


def upper_arm(listener) -> float:
    """Length of the left upper arm in the last transforms, metres."""
    place = listener.received["/tf"][-1].transforms[18].transform.translation
    return float(np.linalg.norm([place.x, place.y, place.z]))


def test_bones_are_measured_in_a_t_pose_and_hold_until_reset(picture):
    with capturing(pose_model="lite", timeout=NEVER_S) as (node, camera, listener):
        inactive = call(listener, "calibrate")
        assert not inactive.success and "nobody is tracked" in inactive.message
        pretend(node)
        camera.connect(listener, picture)
        camera.film([picture] * 35, listener)
        answer = call(listener, "calibrate")
        assert answer.success and "T-pose" in answer.message and "stature 1." in answer.message
        camera.film([picture] * 5, listener)
        fixed = [node._pipeline._body.fixed.bone_ratio.tolist()]
        np.testing.assert_allclose(fixed, 1.05, atol=0.02)
        listener.wait_status(bones=answer.message)
        camera.next_ns += round((NEVER_S + 1) * 1e9)  # a gap starts the motion anew, the bones stay
        camera.film([picture] * 65, listener)
        assert upper_arm(listener) == pytest.approx(0.2812 * node._pipeline._body.fixed.bone_ratio[17], rel=1e-4)
        assert call(listener, "reset").success
        camera.film([picture] * 2, listener)
        listener.wait_status(bones="estimated")


def test_other_poses_are_refused_with_the_reason(picture):
    with capturing(pose_model="lite", timeout=NEVER_S) as (node, camera, listener):
        pretend(node, left_shoulder=(0, 0, -90.0))
        camera.connect(listener, picture)
        camera.film([picture] * 35, listener)
        answer = call(listener, "calibrate")
        assert not answer.success and "neither T nor I: the left upper arm" in answer.message
        assert listener.wait_status(tracking="person")["bones"] == "estimated"
        assert ns_from_time(listener.received["joint_states"][-1].header.stamp) == camera.next_ns
