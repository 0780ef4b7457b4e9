"""One way from a recorded clip to its motion, for every command and for Python."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vtm.camera import Intrinsics
from vtm.files.assemble import assemble
from vtm.files.motion_file import MotionClip
from vtm.types import Motion
from vtm_trt.offline.refine_recording import recording
from vtm_trt.offline.run_sequence import Item, run_sequence
from vtm_trt.offline.screening import people, sound
from vtm_trt.postprocess.plausibility import Kind
from vtm_trt.stream.hand_lifter import hand_network
from vtm_trt.stream.hands import HandMotion
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.track_gate import Decision


@dataclass(frozen=True)
class Captured:
    """What a clip showed.

    Attributes:
        motions: In order of time, one for every frame that shows the person soundly.
        clip: The same as arrays with a row for every frame, as in a motion file; `clip.valid` says which show somebody.
        decisions: Where the motion began anew, and why.
        faults: How many frames were left out, by what was wrong with them.
    """

    motions: list[Motion]
    clip: MotionClip
    decisions: list[Decision]
    faults: Counter[Kind]

    def save(self, path: str | Path) -> None:
        """Write the motion file `path` (.npz), whole or not at all.

        Raises:
            VtmError: The file cannot be written.
        """
        self.clip.save(path)


def capture_sequence(
    stream: MotionStream,
    lifted: Callable[[Iterable[Item]], Iterator[Motion | None]],
    items: Iterable[Item],
    intrinsics: Intrinsics,
    fps: float,
    once: bool = False,
    feet: bool = True,
) -> Captured:
    """Run a whole clip through `stream` and refine it as only a recording allows.

    Args:
        stream: Of the clip's person.
        lifted: `stream.steps` for frames, `stream.lifts` for observations.
        items: Frames or observations, in order of time.
        intrinsics: The camera's.
        fps: Frames per second that the motion file announces.
        once: Run over the clip once, as if live.
        feet: Hold feet where they stand.
    """
    if fps * stream.timeout_s < 1:
        stream.look_ahead(0)  # each frame begins anew: the network would make up what follows it
    motions, stamps = run_sequence(stream, lifted, items)
    decisions = list(stream.gate.decisions)
    motions, nobody = people(motions)
    if not once:
        motions = recording(stream, motions, stamps, intrinsics, feet)
    motions, faults = sound(motions)
    faults[Kind.NOBODY] += nobody
    motions = _with_hands(motions, stream.backend)
    return Captured(motions, assemble(motions, stamps, fps, intrinsics), decisions, faults)


def _with_hands(motions: list[Motion], backend: str) -> list[Motion]:
    """`motions` with their fingers, where somebody looked at the hands."""
    if not any(motion.observation.hands for motion in motions):
        return motions
    hands, before = HandMotion(hand_network(backend)), motions[0].person_id
    moved = []
    for motion in motions:
        if motion.person_id != before:
            hands.reset()
            before = motion.person_id
        moved.append(hands(motion))
    return moved
