from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap_ros2._dynamic import generate_dynamic
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from tests.vtm_trt.session_log.sessions import CAMERA, motion
from vtm.camera import Intrinsics
from vtm.types import HandPoses
from vtm_trt.session_log import captured_frame


@given(
    stamp_ns=st.integers(0, 2**31 * 10**9 - 1),
    size=st.tuples(st.integers(1, 10**5), st.integers(1, 10**5)),
    numbers=st.tuples(*[st.floats(1e-3, 1e6)] * 4),
    distortion=st.sampled_from([0, 4, 5, 8, 12, 14]).flatmap(lambda n: st.tuples(*[st.floats(-10, 10)] * n)),
    fisheye=st.booleans(),
)
def test_stamp_and_camera_come_back_exactly(stamp_ns, size, numbers, distortion, fisheye):
    camera = Intrinsics(*size, *numbers, distortion, fisheye and len(distortion) == 4)
    assert captured_frame.decode(captured_frame.encode(stamp_ns, camera, None)) == (stamp_ns, camera, None)


@given(seed=st.integers(0, 10**6))
def test_the_motion_comes_back_exactly(seed):
    sent = replace(
        motion(seed % 100),
        person_id=seed % 7,
        quat_local=np.random.default_rng(seed).normal(size=(22, 4)).astype(np.float32),
    )
    stamp_ns, camera, back = captured_frame.decode(captured_frame.encode(sent.stamp_ns, CAMERA, sent))
    assert (stamp_ns, camera) == (sent.stamp_ns, CAMERA)
    for field in fields(sent):
        if field.name != "observation":
            np.testing.assert_array_equal(getattr(back, field.name), getattr(sent, field.name))
    np.testing.assert_array_equal(back.observation.keypoints, sent.observation.keypoints)
    np.testing.assert_array_equal(back.observation.confidence, sent.observation.confidence)
    assert back.observation.keypoint_convention == sent.observation.keypoint_convention


def test_hands_come_back_and_older_messages_have_none():
    hands = HandPoses(np.random.default_rng(0).random((2, 21), np.float32), np.float32([0.3, 0.9]))
    data = captured_frame.encode(1, CAMERA, replace(motion(3), hands=hands))
    back = captured_frame.decode(data)[2].hands
    np.testing.assert_array_equal(back.angles, hands.angles)
    np.testing.assert_array_equal(back.confidence, hands.confidence)
    assert captured_frame.decode(data[: -4 - 6 * 8])[2].hands is not None
    older = captured_frame.decode(data[: -4 * (1 + 42 + 2) - 4 - 6 * 8])[2]
    assert older.hands is None and older.observation.keypoint_convention == 0.75


@pytest.mark.parametrize("length", [0, 3, 4, 100])
def test_damaged_messages_are_refused(length):
    with pytest.raises(ValueError, match="CapturedFrame"):
        captured_frame.decode(captured_frame.encode(1, CAMERA, None)[:length])


def test_two_public_readers_understand_its_definition():
    sent = motion(7)
    data = captured_frame.encode(sent.stamp_ns, CAMERA, sent)
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(captured_frame.definition(), captured_frame.TYPE))
    rosbags = store.deserialize_cdr(data, captured_frame.TYPE)
    mcap = generate_dynamic(captured_frame.TYPE, captured_frame.definition())[captured_frame.TYPE](data)
    for message in (rosbags, mcap):
        assert (message.stamp.sec, message.stamp.nanosec) == divmod(sent.stamp_ns, 10**9)
        assert (message.width, message.fx, message.coefficients, message.person) == (640, 500.0, 4, 1)
        np.testing.assert_array_equal(np.float32(message.quat_local).reshape(22, 4), sent.quat_local)
        np.testing.assert_array_equal(np.float32(message.keypoint_confidence), sent.observation.confidence)
        assert message.definition == 0.75
