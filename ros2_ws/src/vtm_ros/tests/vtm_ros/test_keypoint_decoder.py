import math

import numpy as np
import pytest
from geometry_msgs.msg import Point, Pose, PoseArray
from hypothesis import given, settings
from hypothesis import strategies as st
from std_msgs.msg import Header

from tests.vtm_trt.keypoint_files.test_networks import as_network, person
from vtm.body.conventions import CONVENTIONS
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm_ros.conversions.messages import time_from_ns
from vtm_ros.inputs.keypoint_decoder import decode_keypoints, message_type
from vtm_ros.outputs.hri_messages import skeleton2d

LENS = Intrinsics.from_fov(1280, 720)
HEADER = Header(stamp=time_from_ns(1_700_000_000_123_456_789), frame_id="optical")


def pose_array(points) -> PoseArray:
    return PoseArray(
        header=HEADER, poses=[Pose(position=Point(x=x, y=y, z=c)) for x, y, c in np.asarray(points).tolist()]
    )


@pytest.mark.parametrize("convention", [name for name in CONVENTIONS if name != "skeleton2d"])
def test_arrays_of_every_network(convention):
    asked = "auto" if CONVENTIONS[convention].guessed else convention
    seen = decode_keypoints(pose_array(as_network(person(), convention)), LENS, asked)
    assert seen.stamp_ns == 1_700_000_000_123_456_789
    for name, index in KEYPOINT_INDEX.items():
        if name in CONVENTIONS[convention].names[:33]:
            np.testing.assert_allclose(seen.keypoints[index], person()[index, :2], atol=0.01)
        elif name not in ("neck", "mid_hip"):
            assert seen.confidence[index] == 0
    assert seen.keypoints.dtype == seen.confidence.dtype == np.float32


def test_what_hri_publishes_comes_back():
    kinds = pytest.importorskip("hri_msgs.msg")
    sent = decode_keypoints(pose_array(as_network(person(), "coco17")), LENS, "auto")
    back = decode_keypoints(skeleton2d(kinds, HEADER, sent), LENS, "auto")
    assert message_type("skeleton2d") is kinds.Skeleton2D
    np.testing.assert_allclose(back.keypoints[:17], sent.keypoints[:17], atol=0.01)
    np.testing.assert_allclose(back.confidence[:17], sent.confidence[:17], atol=1e-6)
    assert not decode_keypoints(kinds.Skeleton2D(header=HEADER), LENS, "auto").confidence.any()


@pytest.mark.parametrize(
    ("points", "convention", "reason"),
    [
        (person()[:16], "auto", "has 16 keypoints"),
        (person()[:17], "halpe26", "halpe26 has 26"),
        (person()[:17] / (1280, 720, 1), "auto", "within 0..1"),
        (person()[:17] * (1, 1, 100), "auto", "between 0 and 1"),
    ],
)
def test_what_cannot_be_understood_is_refused(points, convention, reason):
    with pytest.raises(VtmError, match=reason):
        decode_keypoints(pose_array(points), LENS, convention)


def test_missing_points_and_nobody():
    points = person()[:17]
    points[3], points[4, 2], points[5] = (math.nan, 1, 1), -1, (0, 0, 0.9)
    seen = decode_keypoints(pose_array(points), LENS, "auto")
    assert not seen.confidence[[3, 4, 5, 22]].any() and seen.confidence[6] > 0 and np.isfinite(seen.keypoints).all()
    for nobody in ([], points * (1, 1, 0), points * math.nan):
        assert not decode_keypoints(pose_array(np.reshape(nobody, (-1, 3))), LENS, "auto").confidence.any()


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([0, 5, 17, 18]).flatmap(lambda n: st.lists(st.tuples(*[st.floats()] * 3), min_size=n, max_size=n)),
    st.sampled_from(["auto", "coco17", "openpose18"]),
)
def test_any_message_is_read_or_refused(points, convention):
    try:
        seen = decode_keypoints(pose_array(np.reshape(points, (-1, 3))), LENS, convention)
    except VtmError:
        return
    assert np.isfinite(seen.keypoints).all() and ((seen.confidence >= 0) & (seen.confidence <= 1)).all()
