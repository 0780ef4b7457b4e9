import numpy as np
import pytest

from vtm.camera import Intrinsics
from vtm.records import Observation
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.same_person import SamePerson

CAMERA = Intrinsics.from_fov(640, 480)
BODY = np.random.default_rng(0).uniform((300, 100), (380, 400), (23, 2)).astype(np.float32)


def seen(shift: float = 0.0, scale: float = 1.0) -> Observation:
    return Observation(0, CAMERA, (BODY - 300) * scale + 300 + [shift, 0], np.ones(23, np.float32))


@pytest.mark.parametrize(
    ("second", "same"),
    [(seen(), True), (seen(40), True), (seen(-250), False), (seen(scale=1.1), True), (seen(scale=2.2), False)],
)
def test_jumps_and_sudden_growth_are_another_person(second, same):
    check = SamePerson()
    assert check(seen())
    assert check(second) is same
    assert check(second)


def test_anybody_may_come_after_reset():
    check = SamePerson()
    check(seen())
    check.reset()
    assert check(seen(-250))


def test_a_man_who_jumps_and_turns_stays_himself(clips):
    from tests.pose2d.conftest import frame, read_clip

    tracker, check = PoseTracker("lite"), SamePerson()
    for index, image in enumerate(read_clip("sports2d/demo.mp4", 106)):
        observation = tracker.step(frame(image, index))
        assert observation is None or check(observation), index
