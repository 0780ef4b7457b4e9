"""How well the pose some frames ahead is told: the network's head against holding the pose and constant velocity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix, rotvec_from_matrix
from vtm.body.skeleton import scaled_offsets
from vtm.metrics.example import Example
from vtm.metrics.pose import position_error
from vtm.metrics.score import JUDGED
from vtm.types import Motion
from vtm_tools.evaluation.world import CHOICES, lifted, true_track
from vtm_trt.postprocess.legs import root_in_world
from vtm_trt.stream.person_stream import MotionStream

NOTHING = CHOICES["network"]
FRAMES_AHEAD = (1, 2, 3, 4, 6)
SLOPE_FRAMES = 6
"""The smoothed velocity is the slope of a straight line through so many poses."""
Predictor = Callable[[Sequence[Motion], int], Motion]
"""The motions so far, the last one last, and a number of frames -> the motion so much later."""


def hold(past: Sequence[Motion], frames: int) -> Motion:
    """The last pose, whatever `frames` is."""
    return past[-1]


def velocity(past: Sequence[Motion], frames: int) -> Motion:
    """The pose `frames` later at the velocity from the last pose but one to the last."""
    return _onwards(past[-2:], frames)


def smoothed_velocity(past: Sequence[Motion], frames: int) -> Motion:
    """The pose `frames` later at the velocity over the last SLOPE_FRAMES poses."""
    return _onwards(past[-SLOPE_FRAMES:], frames)


PREDICTORS: dict[str, Predictor] = {
    "last pose held": hold,
    "constant velocity": velocity,
    "constant velocity, smoothed": smoothed_velocity,
}
HEAD = "motion-ahead head"


@dataclass(frozen=True)
class Forecast:
    """Mean errors some frames ahead.

    Attributes:
        frames: How many.
        joints_mm: Of the joints with the pelvis aligned, against the true motion.
        own_joints_mm: The same against what the network says then.
        root_mm: Of the pelvis' displacement since now, against the true one.
    """

    frames: int
    joints_mm: float
    own_joints_mm: float
    root_mm: float


def predicted(stream: MotionStream, examples: Sequence[Example]) -> dict[str, list[Forecast]]:
    """The errors of every predictor and of the stream's own prediction, HEAD, at FRAMES_AHEAD.

    Args:
        stream: What lifts the keypoints; its post-processing is changed.
        examples: By cameras whose pose is known.
    """
    stream.postprocess_by(NOTHING)
    motions = _in_world(lifted(stream, examples))
    truths = [true_track(example).joints for example in examples]
    found: dict[str, list[Forecast]] = {name: [] for name in (HEAD, *PREDICTORS)}
    for frames in FRAMES_AHEAD:
        stream.postprocess_by(replace(NOTHING, prediction_s=frames / examples[0].fps))
        ahead = _in_world(lifted(stream, examples))
        said = {
            HEAD: ahead,
            **{name: [_said(one, each, frames) for each in motions] for name, one in PREDICTORS.items()},
        }
        for name, guesses in said.items():
            found[name].append(_judged(frames, examples, truths, motions, guesses))
    return found


def _in_world(motions: Sequence[Sequence[Motion | None]]) -> list[list[Motion | None]]:
    """The same as a camera in the origin of the world would say it."""
    return [[motion and _placed(motion) for motion in one] for one in motions]


def _placed(motion: Motion) -> Motion:
    assert motion.camera is not None
    quats = motion.quat_local.copy()
    quats[0] = quat_from_matrix(motion.camera.rotation @ matrix_from_quat(quats[0].astype(np.float64)))
    return replace(motion, quat_local=quats, root_cam=root_in_world(motion))


def _said(predictor: Predictor, motions: Sequence[Motion | None], frames: int) -> list[Motion | None]:
    """What a predictor says at each frame, None where it does not know enough frames before."""
    said: list[Motion | None] = []
    for row in range(len(motions)):
        past = [motion for motion in motions[max(row - SLOPE_FRAMES + 1, 0) : row + 1] if motion]
        said.append(predictor(past, frames) if len(past) == SLOPE_FRAMES else None)
    return said


def _judged(
    frames: int,
    examples: Sequence[Example],
    truths: Sequence[np.ndarray],
    motions: Sequence[Sequence[Motion | None]],
    guesses: Sequence[Sequence[Motion | None]],
) -> Forecast:
    errors = [
        _errors(guess, now, then, true[row], true[row + frames])
        for example, true, raw, said in zip(examples, truths, motions, guesses, strict=True)
        for row in range(*example.protocol.judged(len(raw) - frames).indices(len(raw)))
        if all(raw[row - SLOPE_FRAMES + 1 : row + 1]) and (guess := said[row]) and (now := raw[row])
        and (then := raw[row + frames])
    ]  # fmt: skip
    joints, own, root = (1e3 * float(np.mean(values)) for values in zip(*errors, strict=True))
    return Forecast(frames, joints, own, root)


def _errors(
    guess: Motion, now: Motion, then: Motion, true_now: np.ndarray, true: np.ndarray
) -> tuple[float, float, float]:
    pose, true_pose = _pose(guess), (true - true[0])[list(JUDGED)]
    way = guess.root_cam - now.root_cam - (true[0] - true_now[0])
    joints, own = position_error(pose, true_pose), position_error(pose, _pose(then))
    return float(joints.mean()), float(own.mean()), float(np.linalg.norm(way))


def _pose(motion: Motion) -> np.ndarray:
    local, ratio = motion.quat_local.astype(np.float64), motion.bone_ratio.astype(np.float64)
    return forward_kinematics(matrix_from_quat(local), scaled_offsets(ratio), np.zeros(3))[1][list(JUDGED)]


def _onwards(past: Sequence[Motion], frames: int) -> Motion:
    """On along the straight line, by least squares, through the `past` in the tangent space of the last pose."""
    local = matrix_from_quat(np.stack([motion.quat_local for motion in past]).astype(np.float64))
    turns = rotvec_from_matrix(np.swapaxes(local[-1], -1, -2) @ local)
    ways = np.stack([motion.root_cam for motion in past]).astype(np.float64)
    times = np.arange(len(past)) - (len(past) - 1) / 2
    slope = times / (times**2).sum()
    turned = local[-1] @ matrix_from_rotvec(frames * np.tensordot(slope, turns, (0, 0)))
    return replace(
        past[-1],
        quat_local=quat_from_matrix(turned),
        root_cam=past[-1].root_cam + frames * np.tensordot(slope, ways, (0, 0)),
    )
