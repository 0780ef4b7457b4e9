"""Left and right over a whole recording: what follows tells, too, which of them the detector exchanged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from vtm.types import Motion
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.pose2d.exchange import exchange
from vtm_trt.pose2d.labels import smoothed
from vtm_trt.stream.person_stream import MotionStream


def relabelled(stream: MotionStream, motions: Sequence[Motion]) -> list[Motion]:
    """Lift the motions of one pass again where the whole tells left and right otherwise than the past did.

    Args:
        stream: What the pass ran through.
        motions: Of one person, in order of time.
    """
    before = [motion.observation for motion in motions]
    seen = smoothed([exchange(observation, observation.exchanged) for observation in before])
    if all(now.exchanged == then.exchanged for now, then in zip(seen, before, strict=True)):
        return list(motions)
    with as_labelled(stream):
        found = {motion.stamp_ns: motion for motion in run_sequence(stream, stream.lifts, seen)[0]}
    return [
        replace(found[motion.stamp_ns], person_id=motion.person_id) if motion.stamp_ns in found else motion
        for motion in motions
    ]


@contextmanager
def as_labelled(stream: MotionStream) -> Iterator[None]:
    """The stream takes the labels of left and right as they are."""
    before, stream.put_right = stream.put_right, False
    try:
        yield
    finally:
        stream.put_right = before
