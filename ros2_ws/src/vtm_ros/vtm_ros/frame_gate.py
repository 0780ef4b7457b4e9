"""What a frame's stamp, size and frame mean for the motion: go on, start anew, or drop the frame."""

from enum import Enum

from vtm.records import Frame


class Gate(Enum):
    """What to do with a frame."""

    CONTINUE = "continue"
    RESET = "reset"
    DROP = "drop"


class FrameGate:
    """Compares every frame with the one before it.

    A repeated stamp is dropped. A step back in time, a gap longer than `timeout_s`, another image size and another
    calibration start the motion anew.
    """

    def __init__(self, timeout_s: float):
        self._timeout_ns = int(timeout_s * 1e9)
        self._last: tuple[int, object] | None = None

    def check(self, frame: Frame) -> Gate:
        last, self._last = self._last, (frame.stamp_ns, frame.intrinsics)
        if last is None:
            return Gate.CONTINUE
        step = frame.stamp_ns - last[0]
        if step == 0:
            return Gate.DROP
        same = 0 < step <= self._timeout_ns and frame.intrinsics == last[1]
        return Gate.CONTINUE if same else Gate.RESET
