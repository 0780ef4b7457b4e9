"""Examples through the program, exactly as `vtm lift` and the ROS nodes run it, frame by frame."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import NUM_BONES, NUM_JOINTS, scaled_offsets
from vtm.metrics.example import Example
from vtm.metrics.score import HIPS, LIMBS, Errors, evaluate
from vtm.metrics.track import Track
from vtm.types import Motion, Observation
from vtm_trt.offline.refine_recording import recording
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.postprocess.expected_error import expected_error
from vtm_trt.stream.person_stream import MotionStream


@dataclass(eq=False)
class Evaluation:
    """A data set at one look-ahead, one entry per example.

    Attributes:
        lookahead: Frames.
        examples: What was judged.
        errors: By the example's own protocol.
        joints: (T, 22, 3) m as they came out, camera axes.
        limbs: The program on the limb joints with the middle of the hips aligned, in the frames that both it and its
            baseline saw; empty without a baseline.
        baseline_limbs: The baseline in the same way.
    """

    lookahead: int
    examples: list[Example]
    errors: list[Errors]
    joints: list[np.ndarray]
    limbs: list[Errors]
    baseline_limbs: list[Errors]


def run(stream: MotionStream, examples: Iterable[Example], recorded: bool = False) -> Evaluation:
    """Lift and evaluate every example.

    Args:
        stream: What lifts the keypoints.
        examples: What is judged.
        recorded: As the recording that `vtm lift` takes it for, not as if live.
    """
    judged = Evaluation(stream.lookahead, [], [], [], [], [])
    for example in examples:
        track = streamed(stream, example.observations, recorded)
        judged.examples.append(example)
        judged.errors.append(evaluate(track, example.true, example.fps, example.protocol))
        judged.joints.append(track.joints)
        if example.baseline is not None:
            both = np.isfinite(track.joints[:, LIMBS]).all((1, 2)) & np.isfinite(example.baseline.joints[:, LIMBS]).all(
                (1, 2)
            )
            rows, protocol = (
                np.where(both, np.arange(len(both)), -1),
                replace(example.protocol, joints=LIMBS, anchor=HIPS),
            )
            for errors, one in ((judged.limbs, track), (judged.baseline_limbs, example.baseline)):
                errors.append(evaluate(one.frames(rows), example.true, example.fps, protocol))
    return judged


def streamed(stream: MotionStream, observations: Sequence[Observation], recorded: bool = False) -> Track:
    """What a stream says of each frame, with the bone lengths that it knew then; NaN where it says nothing.

    Args:
        stream: What lifts the keypoints.
        observations: T frames.
        recorded: As the recording that `vtm lift` takes it for, not as if live.
    """
    motions, stamps = run_sequence(stream, stream.lifts, observations)
    if recorded:
        motions = recording(stream, motions, stamps, observations[0].intrinsics)
    return track_of_motions(motions, stamps)


def track_of_motions(motions: Sequence[Motion], stamps: Sequence[int]) -> Track:
    """What motions say of the frames with T `stamps`, nanoseconds; NaN where they say nothing."""
    row = {stamp: index for index, stamp in enumerate(stamps)}
    rows = [row[motion.stamp_ns] for motion in motions]

    def filled(values: list[np.ndarray], *shape: int) -> np.ndarray:
        array = np.full((len(stamps), *shape), np.nan)
        if values:
            array[rows] = values
        return array

    local = matrix_from_quat(filled([motion.quat_local for motion in motions], NUM_JOINTS, 4))
    offsets = scaled_offsets(filled([motion.bone_ratio for motion in motions], NUM_BONES))
    root = filled([motion.root_cam for motion in motions], 3)
    confidence = filled([motion.confidence for motion in motions], NUM_JOINTS)
    expected = expected_error(confidence)
    return Track(
        joints=forward_kinematics(local, offsets, root)[1],
        local=local,
        offsets=offsets,
        contacts=filled([motion.contacts for motion in motions], 4),
        expected_error=expected.position_m,
        expected_angle=expected.angle_deg,
        expected_root=expected.root_m,
    )
