"""`MotionStream.person` changes with the person, at the motion where it happens."""

import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import CAMERA, walker
from vtm.types import Observation
from vtm_trt.stream.person_stream import MotionStream

BODY = walker(10).observations[-1].keypoints
FRAME_NS = 33_333_333


def seen(frame: int, shift: float = 0.0, confidence: float = 0.9) -> Observation:
    places = BODY + np.float32([shift, 0])
    return Observation(
        (frame + 1) * FRAME_NS, CAMERA, places, np.full(23, confidence, np.float32), keypoint_convention=1.0
    )


def people(stream: MotionStream, observations: list[Observation]) -> dict[int, int]:
    """The number of the person of each frame that got a motion."""
    found = {}
    for observation in observations:
        motion = stream.lift(observation)
        if motion:
            found[motion.stamp_ns // FRAME_NS - 1] = stream.person
    return found


@pytest.mark.parametrize("lookahead", [0, 3])
def test_another_person_has_another_number_from_the_first_frame_on(lookahead):
    stream = MotionStream(lookahead=lookahead, backend="onnxruntime")
    numbers = people(stream, [seen(i) if i < 10 else seen(i, shift=500) for i in range(20)])
    first, second = ({numbers[i] for i in numbers if (i < 10) is early} for early in (True, False))
    assert len(first) == len(second) == 1 and first != second
    assert set(range(10)) <= set(numbers)


def test_a_glance_away_is_the_same_person_and_a_long_absence_is_not():
    stream = MotionStream(backend="onnxruntime", timeout_s=0.5)
    numbers = people(stream, [seen(i, confidence=0.0 if 5 <= i < 10 or 15 <= i < 40 else 0.9) for i in range(45)])
    assert numbers[4] == numbers[12] != numbers[44]


def test_a_reset_is_a_new_person():
    stream = MotionStream(backend="onnxruntime")
    before = people(stream, [seen(0), seen(1)])
    stream.reset()
    assert before[1] != people(stream, [seen(2)])[2]
