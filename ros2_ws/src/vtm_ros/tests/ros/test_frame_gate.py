import numpy as np
import pytest

from vtm.camera import Intrinsics
from vtm.records import Frame
from vtm_ros.frame_gate import FrameGate, Gate

from .support import FRAME_NS, START_NS

BLANK = np.zeros((4, 6, 3), np.uint8)
LENS = Intrinsics.from_fov(6, 4)


def verdicts(*stamps_ns: int, lenses=()):
    gate = FrameGate(0.5)
    pairs = zip(stamps_ns, [*lenses, *[LENS] * len(stamps_ns)], strict=False)
    return [gate.check(Frame(BLANK, stamp_ns, lens)) for stamp_ns, lens in pairs]


def test_frames_in_order_go_on():
    assert verdicts(*range(START_NS, START_NS + 10 * FRAME_NS, FRAME_NS)) == [Gate.CONTINUE] * 10


@pytest.mark.parametrize("step_ns", [-1, -FRAME_NS, -START_NS, 500_000_001, 10**12])
def test_a_step_back_and_a_long_gap_reset_once(step_ns):
    later = START_NS + step_ns
    assert verdicts(START_NS, later, later + FRAME_NS) == [Gate.CONTINUE, Gate.RESET, Gate.CONTINUE]


def test_a_gap_within_the_timeout_goes_on():
    assert verdicts(START_NS, START_NS + 500_000_000) == [Gate.CONTINUE] * 2


def test_a_repeated_stamp_is_dropped():
    stamps = START_NS, START_NS, START_NS + FRAME_NS
    assert verdicts(*stamps) == [Gate.CONTINUE, Gate.DROP, Gate.CONTINUE]


@pytest.mark.parametrize("other", [Intrinsics.from_fov(12, 8), Intrinsics.from_fov(6, 4, 80.0)])
def test_another_size_or_calibration_resets(other):
    stamps = START_NS, START_NS + FRAME_NS, START_NS + 2 * FRAME_NS
    assert verdicts(*stamps, lenses=(LENS, other, other)) == [Gate.CONTINUE, Gate.RESET, Gate.CONTINUE]
