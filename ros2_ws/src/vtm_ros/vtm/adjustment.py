"""A recording adjusted as a whole to its keypoints: small turns of all joints in all frames, one skeleton, the depths.

[ours] What the network says is the prior. Least squares, forgiving towards outliers, weigh it against the keypoints,
against jerky motion and against bones of odd lengths:

    sum_t [ sum_k c_k rho(|e_k| / SIGMA) + TURN |turn|^2 + DEPTH d^2 + CALM |a|^2 ] + T BONE |b|^2

e_k: distance in metres, at the body, between keypoint k and its ray, less the mean of all keypoints, which the position
of the pelvis takes up; c_k its confidence; d and b changes of log depth and of log bone ratio; a acceleration of the
joints and of the log depth, per squared 1/30 s; rho(x) = sqrt(1 + x^2) - 1. It is bundle adjustment [Triggs 1999] with
a body in place of the points, as SMPLify [Bogo 2016] fits one, and its gradient is written out below.

Keypoints that no body can follow are left alone: they are wrong by more than the adjustment could mend.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from vtm.body.keypoint_sites import BASE, DEFINED_APART, FRAME, OFFSET, SITED
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import NUM_JOINTS, PARENTS, scaled_offsets

SIGMA = 0.02
TURN, DEPTH, CALM, BONE = 10.0, 20.0, 50.0, 40.0
ITERATIONS = 60
LONGEST_GAP_S = 0.1
"""Frames further apart do not calm each other."""
LARGEST_MISFIT = 0.012
"""Mean distance, metres, that consistent keypoints leave."""
NEAREST = 0.3


def _below() -> np.ndarray:
    """(22, 22) 0/1: joint -> itself and the joints below it."""
    below = np.eye(NUM_JOINTS)
    for joint in reversed(range(1, NUM_JOINTS)):
        below[PARENTS[joint]] += below[joint]
    return below


_BELOW = _below()
_TURNED = _BELOW[:, FRAME]
_MOVED = _BELOW[1:, BASE]


@dataclass(frozen=True)
class Recording:
    """A motion and the keypoints it was lifted from.

    local (T, 22, 3, 3); depth (T,) metres of the pelvis; bone_ratio (21,); rays (T, 23, 2), confidence (T, 23) and
    definition (T,) of the keypoints; seconds (T,), growing.
    """

    local: np.ndarray
    depth: np.ndarray
    bone_ratio: np.ndarray
    rays: np.ndarray
    confidence: np.ndarray
    definition: np.ndarray
    seconds: np.ndarray


def adjust(recording: Recording) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Better local (T, 22, 3, 3), depth (T,) and bone_ratio (21,), or None where the keypoints suit no body."""
    problem = Problem(recording)
    found = minimize(problem, np.zeros(problem.size), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    problem(found.x)
    if problem.misfit > LARGEST_MISFIT:
        return None
    return problem.local, np.exp(problem.log_depth), np.exp(problem.log_ratio)


class Problem:
    """The sum above, per frame, and its gradient. misfit: mean |e|, metres, of the variables last asked for."""

    def __init__(self, recording: Recording):
        r = self._recording = recording
        self._frames = len(r.local)
        self.size = self._frames * (3 * NUM_JOINTS + 1) + NUM_JOINTS - 1
        self._rays = r.rays[:, :SITED].astype(np.float64)
        self._sure = r.confidence[:, :SITED, None].astype(np.float64)
        self._share = self._sure / np.maximum(self._sure.sum(1, keepdims=True), 1e-9)
        apart = 1.0 - DEFINED_APART * (1.0 - r.definition[:, None, None])
        self._offset = apart * OFFSET
        step = np.diff(r.seconds)
        self._rate = 1 / np.maximum(step, 1e-6)
        near = step <= LONGEST_GAP_S
        self._calm = np.where(near[1:] & near[:-1], 2 / 900 / (step[1:] + step[:-1]), 0.0)

    def __call__(self, variables: np.ndarray) -> tuple[float, np.ndarray]:
        turn, log_depth, bones = self._split(variables)
        r, frames = self._recording, self._frames
        self.local = r.local @ matrix_from_rotvec(turn)
        self.log_depth = np.log(r.depth) + log_depth
        self.log_ratio = np.log(r.bone_ratio) + bones
        offsets = np.broadcast_to(scaled_offsets(np.exp(self.log_ratio)), (frames, NUM_JOINTS, 3))
        rotations, joints = forward_kinematics(self.local, offsets, np.zeros((frames, 3)))
        points = joints[:, BASE] + (rotations[:, FRAME] @ self._offset[..., None])[..., 0]
        misfit, on_points, on_depth = self._reprojection(points)
        unrest, on_joints, on_rate = self._unrest(joints)
        cost = misfit + unrest + TURN * (turn**2).sum() + DEPTH * (log_depth**2).sum() + frames * BONE * bones @ bones

        torque = _TURNED @ np.cross(points, on_points) + _BELOW @ np.cross(joints, on_joints)
        torque -= np.cross(joints, _TURNED @ on_points + _BELOW @ on_joints)
        torque = (np.swapaxes(rotations, -1, -2) @ torque[..., None])[..., 0]
        bone = joints[:, 1:] - joints[:, list(PARENTS[1:])]
        pull = _MOVED @ on_points + _BELOW[1:] @ on_joints
        gradient = [
            _through_exponential(turn, torque) + 2 * TURN * turn,
            on_depth + on_rate + 2 * DEPTH * log_depth,
            (bone * pull).sum((0, 2)) + 2 * frames * BONE * bones,
        ]
        return float(cost) / frames, np.concatenate([part.ravel() for part in gradient]) / frames

    def _split(self, variables: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turns = self._frames * 3 * NUM_JOINTS
        turn, depth, bones = np.split(variables, [turns, turns + self._frames])
        return turn.reshape(self._frames, NUM_JOINTS, 3), depth, bones

    def _reprojection(self, points: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Cost, and its gradient by the points (T, 21, 3) and by the log depth (T,)."""
        depth = np.exp(self.log_depth)[:, None, None]
        near = points[..., 2:] + depth < NEAREST
        gap = self._rays * np.where(near, NEAREST, points[..., 2:] + depth) - points[..., :2]
        error = gap - (self._share * gap).sum(1, keepdims=True)
        length = np.sqrt(1 + (error**2).sum(-1, keepdims=True) / SIGMA**2)
        self.misfit = float((self._sure[..., 0] * np.linalg.norm(error, axis=-1)).sum() / max(self._sure.sum(), 1e-9))
        push = self._sure * error / (length * SIGMA**2)
        push -= self._share * push.sum(1, keepdims=True)
        along = np.where(near, 0.0, (push * self._rays).sum(-1, keepdims=True))
        by_points = np.concatenate([-push, along], -1)
        return float((self._sure * (length - 1)).sum()), by_points, (along * depth).sum((1, 2))

    def _unrest(self, joints: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Cost, and its gradient by the joints (T, 22, 3) and by the log depth (T,)."""
        cost, gradients = 0.0, []
        for path in (joints.reshape(self._frames, -1), self.log_depth[:, None]):
            acceleration = np.diff(np.diff(path, axis=0) * self._rate[:, None], axis=0) * self._calm[:, None]
            cost += CALM * float((acceleration**2).sum())
            pull = 2 * CALM * acceleration * self._calm[:, None]
            by_speed = -np.diff(np.pad(pull, ((1, 1), (0, 0))), axis=0) * self._rate[:, None]
            gradients.append(-np.diff(np.pad(by_speed, ((1, 1), (0, 0))), axis=0))
        return cost, gradients[0].reshape(joints.shape), gradients[1][:, 0]


def _through_exponential(turn: np.ndarray, torque: np.ndarray) -> np.ndarray:
    """Gradient by a rotation vector (..., 3) from that by small turns after it: the right Jacobian of SO(3),
    transposed [Sola et al. 2018, eq. 143]."""
    angle = np.linalg.norm(turn, axis=-1, keepdims=True)
    safe = np.maximum(angle, 1e-4)
    first = np.where(angle < 1e-4, 0.5, (1 - np.cos(safe)) / safe**2)
    second = np.where(angle < 1e-4, 1 / 6, (safe - np.sin(safe)) / safe**3)
    once = np.cross(turn, torque)
    return torque + first * once + second * np.cross(turn, once)
