import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_trt.offline.mirror import mirrored_observation
from vtm.camera import Intrinsics
from vtm.types import CameraPose, Observation
from vtm_trt.stream.camera_rate import FASTEST, CameraRate

STEP_NS = 33_000_000
START = Rotation.random(rng=0)


def turned(by: np.ndarray, source: str = "tf") -> CameraPose:
    return CameraPose((START * Rotation.from_rotvec(by)).as_matrix(), np.zeros(3), source=source)


def test_the_rate_is_about_the_axes_of_the_camera():
    turning, rate = CameraRate(), np.array([0.1, -0.4, 0.2])
    assert not turning(0, turned(np.zeros(3))).any()
    assert turning(STEP_NS, turned(rate * STEP_NS * 1e-9)) == pytest.approx(rate)


def test_a_frame_without_a_pose_is_bridged():
    turning, rate = CameraRate(), np.array([0.0, 0.3, 0.0])
    turning(0, turned(np.zeros(3)))
    assert not turning(STEP_NS, None).any()
    assert turning(2 * STEP_NS, turned(2 * rate * STEP_NS * 1e-9)) == pytest.approx(rate)


@pytest.mark.parametrize(
    "stamp_ns, camera",
    [
        (10**9, turned(np.array([0.0, 0.1, 0.0]))),
        (-STEP_NS, turned(np.array([0.0, 0.01, 0.0]))),
        (STEP_NS, turned(np.array([0.0, 0.01, 0.0]), "imu")),
        (STEP_NS, turned(np.array([0.0, FASTEST * STEP_NS * 1.1e-9, 0.0]))),
    ],
    ids=["after a gap", "backward in time", "another source", "a leap"],
)
def test_what_is_no_turn_is_unknown(stamp_ns, camera):
    turning = CameraRate()
    turning(0, turned(np.zeros(3)))
    assert not turning(stamp_ns, camera).any()


def test_reset_forgets_the_pose():
    turning = CameraRate()
    turning(0, turned(np.zeros(3)))
    turning.reset()
    assert not turning(STEP_NS, turned(np.array([0.0, 0.01, 0.0]))).any()


def test_a_camera_in_the_mirror_turns_the_other_way_round():
    rate, blank = np.array([0.1, -0.4, 0.2]), (np.zeros((23, 2), np.float32), np.ones(23, np.float32))
    turning = CameraRate()
    for stamp_ns in (0, STEP_NS):
        seen = Observation(stamp_ns, Intrinsics.from_fov(640, 480), *blank, camera=turned(rate * stamp_ns * 1e-9))
        found = turning(stamp_ns, mirrored_observation(seen).camera)
    assert found == pytest.approx(rate * (1, -1, -1))
