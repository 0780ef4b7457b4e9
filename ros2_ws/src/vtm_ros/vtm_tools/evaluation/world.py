"""The motion in the world: recordings by cameras of known pose, with each stage of the refinement on and off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import NUM_JOINTS, scaled_offsets
from vtm.metrics.example import Example
from vtm.metrics.feet import CONTACT_JOINTS, standing
from vtm.metrics.world import WorldErrors, WorldTrack, evaluate_in_world, world_summary
from vtm.types import CameraPose, Motion
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.postprocess.postprocess import PostprocessConfig, Postprocessor
from vtm_trt.stream.person_stream import MotionStream

CHOICES = {
    "network": PostprocessConfig(trajectory=False, smoothing="off", feet=False),
    "trajectory": PostprocessConfig(trajectory=True, smoothing="off", feet=False),
    "smoothing": PostprocessConfig(trajectory=False, smoothing="teleop", feet=False),
    "feet": PostprocessConfig(trajectory=False, smoothing="off", feet=True),
    "both": PostprocessConfig(trajectory=True, smoothing="off", feet=True),
    "teleop": PostprocessConfig(smoothing="teleop"),
    "balanced": PostprocessConfig(smoothing="balanced"),
    "recording": PostprocessConfig(smoothing="recording"),
}
"""What is compared: nothing but the world, each stage alone, trajectory and feet, and all with each smoothing."""


@dataclass(eq=False)
class Refined:
    """One choice on many recordings.

    Attributes:
        tracks: Of each recording.
        errors: Of each recording.
        tilts: Degrees between the estimated up and the true one at the end of each.
        frame_ms: Mean time of the refinement, milliseconds.
    """

    tracks: list[WorldTrack]
    errors: list[WorldErrors]
    tilts: list[float]
    frame_ms: float

    def scores(self, fps: float) -> dict[str, float]:
        """All of them as one row of numbers, of recordings at `fps` frames/s."""
        tilt = float(np.mean(self.tilts))
        return {**world_summary(self.errors, fps), "tilt_deg": tilt, "refinement_ms": self.frame_ms}


def lifted(stream: MotionStream, examples: Iterable[Example], told: bool = True) -> list[list[Motion | None]]:
    """What a stream says of each frame of each example.

    Args:
        stream: What lifts the keypoints.
        examples: By cameras whose pose is known.
        told: Whether the network knows how the camera turns.
    """
    every = []
    for example in examples:
        seen = example.observations
        given = seen if told else [replace(one, camera=None) for one in seen]
        motions, stamps = run_sequence(stream, stream.lifts, given)
        cameras = {observation.stamp_ns: observation.camera for observation in seen}
        by_stamp = {motion.stamp_ns: replace(motion, camera=cameras[motion.stamp_ns]) for motion in motions}
        every.append([by_stamp.get(stamp) for stamp in stamps])
    return every


def without_poses(motions: Sequence[Motion | None]) -> list[Motion | None]:
    """The same motions by a camera of which nothing is known."""
    return [motion and replace(motion, camera=None) for motion in motions]


def refined(
    config: PostprocessConfig, examples: Sequence[Example], motions: Sequence[Sequence[Motion | None]]
) -> Refined:
    """Post-process what `lifted` returned, and judge it.

    Args:
        config: The post-processing.
        examples: Those of `lifted`.
        motions: A frame without motion makes the refinement forget the person.
    """
    found, spent, frames = Refined([], [], [], 0.0), 0.0, 0
    for example, raw in zip(examples, motions, strict=True):
        refinement, after = Postprocessor(config), list[Motion | None]()
        for motion in raw:
            began = perf_counter()
            if motion is None:
                refinement.reset()
            after.append(motion and refinement(motion))
            spent, frames = spent + perf_counter() - began, frames + 1
        truth = _poses(example)
        predicted, true = _track(after, truth), true_track(example)
        judged = example.protocol.judged(len(truth))
        found.tracks.append(predicted)
        found.errors.append(evaluate_in_world(_part(predicted, judged), _part(true, judged), example.fps))
        found.tilts.append(_tilt(after, truth))
    found.frame_ms = 1e3 * spent / max(frames, 1)
    return found


def _track(motions: Sequence[Motion | None], truth: Sequence[CameraPose]) -> WorldTrack:
    """Where the motions are in the true world; heights are those in the world that the program knows."""

    def unknown(*shape: int) -> np.ndarray:
        return np.full((len(motions), *shape), np.nan)

    track = WorldTrack(unknown(NUM_JOINTS, 3), unknown(NUM_JOINTS, 3, 3), unknown(4), unknown(4))
    for row, (motion, camera) in enumerate(zip(motions, truth, strict=True)):
        if motion is None:
            continue
        local = matrix_from_quat(motion.quat_local.astype(np.float64))
        offsets = scaled_offsets(motion.bone_ratio.astype(np.float64))
        _, joints = forward_kinematics(local, offsets, motion.root_cam.astype(np.float64))
        track.joints[row] = joints @ camera.rotation.T + camera.position
        track.local[row] = local
        track.local[row, 0] = camera.rotation @ local[0]
        track.contacts[row] = motion.contacts
        if motion.camera is not None:
            feet = joints[list(CONTACT_JOINTS)] @ motion.camera.rotation[2] + motion.camera.position[2]
            track.heights[row] = feet - motion.camera.floor
    return track


def true_track(example: Example) -> WorldTrack:
    """The true motion in the world."""
    true, truth = example.true, _poses(example)
    assert true.local is not None
    turn, place = np.stack([one.rotation for one in truth]), np.stack([one.position for one in truth])
    joints = true.joints @ np.swapaxes(turn, -1, -2) + place[:, None]
    local = true.local.copy()
    local[:, 0] = turn @ local[:, 0]
    feet = joints[:, list(CONTACT_JOINTS)]
    return WorldTrack(joints, local, standing(feet, example.fps), feet[..., 2])


def _part(track: WorldTrack, rows: slice) -> WorldTrack:
    return WorldTrack(**{name: values[rows] for name, values in vars(track).items()})


def _tilt(motions: Sequence[Motion | None], truth: Sequence[CameraPose]) -> float:
    for motion, camera in zip(reversed(motions), reversed(truth), strict=True):
        if motion is not None and motion.camera is not None:
            cosine = motion.camera.rotation[2] @ camera.rotation[2]
            return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return float("nan")


def _poses(example: Example) -> list[CameraPose]:
    poses = [observation.camera for observation in example.observations if observation.camera]
    assert len(poses) == len(example.observations), "a recording in the world tells the camera's pose"
    return poses
