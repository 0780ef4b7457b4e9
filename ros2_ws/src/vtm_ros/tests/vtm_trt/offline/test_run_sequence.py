import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import walker
from vtm.camera import Intrinsics
from vtm.types import Observation
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.stream.person_stream import MotionStream

CAMERA = Intrinsics.from_fov(640, 480)


def observation(stamp_ns: int, seen: bool = True) -> Observation:
    rng = np.random.default_rng(stamp_ns % 1000)
    return Observation(
        stamp_ns, CAMERA, rng.uniform(100, 400, (23, 2)).astype(np.float32), np.full(23, float(seen), np.float32)
    )


@pytest.mark.parametrize("lookahead", [0, 8])
@pytest.mark.parametrize("step_ms", [33, 200, 900])
def test_every_frame_with_the_person_has_its_motion(lookahead, step_ms):
    """At any frame rate, before the person leaves, after a gap in the recording, and at the end."""
    stamps = [frame * step_ms * 1_000_000 for frame in range(60)]
    stamps = [stamp + 3_000_000_000 * (frame >= 50) for frame, stamp in enumerate(stamps)]
    seen = [not 20 <= frame < 40 for frame in range(60)]
    items = [observation(stamp, there) for stamp, there in zip(stamps, seen, strict=True)]
    stream = MotionStream(lookahead=lookahead)
    motions, all_stamps = run_sequence(stream, stream.lifts, items)
    assert all_stamps == stamps
    assert [motion.stamp_ns for motion in motions] == [s for s, there in zip(stamps, seen, strict=True) if there]


@pytest.mark.parametrize("frames", [1, 2, 5, 8])
def test_a_clip_shorter_than_the_look_ahead(frames):
    """It is as good as one that the network need not guess the end of: as the middle of the same to and fro."""
    items = walker(40).observations
    stream = MotionStream(lookahead=8)
    long, _ = run_sequence(stream, stream.lifts, items)
    short, stamps = run_sequence(stream, stream.lifts, items[20 : 20 + frames])
    assert [motion.stamp_ns for motion in short] == stamps == [item.stamp_ns for item in items[20 : 20 + frames]]
    assert all(motion.observation.stamp_ns == motion.stamp_ns for motion in short)
    for motion, other in zip(short, long[20:], strict=False):
        assert abs(float(motion.quat_local[0] @ other.quat_local[0])) > np.cos(np.radians(25) / 2)


def test_an_empty_clip():
    stream = MotionStream()
    assert run_sequence(stream, stream.lifts, []) == ([], [])
