"""One body drawn onto the places of its keypoints: Gauss-Newton steps on the rotations and the place of one frame."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from vtm.body.keypoint_offsets import DEFINED_APART, OFFSET
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS
from vtm_trt.bundle_adjustment.body import TURNED, points_of
from vtm_trt.fusion.bones import Told
from vtm_trt.fusion.triangulation import Places

STEPS = 3
TURN, STIFF_TURN, PELVIS_TURN = 10.0, 40.0, 0.1
"""Weights of the cameras' rotations (rad), of those of neck and head, and of that of the pelvis."""
HELD = 10.0
"""Weight of the change of what a joint is turned by from frame to frame, at 30 frames/s."""
ROOT = 1.0
"""Weight of the pelvis' expected place (m): next to nothing, but for a body whose distance nothing tells."""
FAR = 0.10
"""Metres from which a keypoint counts ever less."""
FEW = 2.0
"""So many turns speak for TURN before the others are seen."""
LEAST_M, LEAST_RAD = 0.005, 0.02
"""The pelvis is not known better: bones and offsets of keypoints are not exact."""
LARGEST_TURN = 0.5
"""Radians of one step."""

_N = len(TURNED)
_STIFF = [TURNED.index(JOINT_INDEX[name]) for name in ("neck", "head")]
_TURN = np.full(_N, TURN)
_TURN[_STIFF], _TURN[0] = STIFF_TURN, PELVIS_TURN
_HELD = np.full(_N, HELD)
_HELD[0] = 0.0
_TURNS, _PLACE, _BONES = slice(0, 3 * _N), slice(3 * _N, 3 * _N + 3), slice(3 * _N + 3, None)
_POSE = slice(0, _PLACE.stop)
_LEAST = np.repeat([LEAST_M, LEAST_RAD], 3) ** 2
_TRUNK = [5, 6, 11, 12]


@dataclass(frozen=True, eq=False)
class Body:
    """A body in common axes.

    Attributes:
        quat: (22, 4) relative to the parent, the pelvis in common axes.
        root: (3,) m.
        turn: (N, 3) rad that the joints of TURNED were turned by.
        off: (21,) m, how far its keypoints are from their places.
        spread: (22,) m that the joints are expected to be off by, the pelvis' of its place, others' relative to it.
        covariance: (6, 6) of the pelvis' place, m, and of its rotation about common axes, rad, as the rays agree.
        told: What this frame tells of the bones.
    """

    quat: np.ndarray
    root: np.ndarray
    turn: np.ndarray
    off: np.ndarray
    spread: np.ndarray
    covariance: np.ndarray
    told: Told


def fit_body(
    quat: np.ndarray, root: np.ndarray, log_ratio: np.ndarray, places: Places, convention: float, before: np.ndarray
) -> Body:
    """Draw a body onto places.

    Args:
        quat: (22, 4) to begin with, as in `Body`.
        root: (3,) m, expected.
        log_ratio: (21,) of the bones.
        places: Of the 21 keypoints.
        convention: Where these lie, as in `vtm.types.Observation`.
        before: (N, 3) rad that the joints of TURNED were turned by in the frame before.
    """
    offset = ((1 - DEFINED_APART * (1 - convention)) * OFFSET)[None]
    ratio, expected = np.exp(log_ratio), root
    given, root = _placed(matrix_from_quat(quat)[None], root, ratio, offset, places)
    turn = before * (_HELD / (_HELD + _TURN))[:, None]
    stiffness = np.concatenate([np.repeat(_TURN + _HELD, 3), np.full(3, ROOT)])
    for step in range(STEPS + 1):
        points = points_of(_turned(given, turn), ratio, offset, step == STEPS)
        error = points.place[0, NUM_JOINTS:] + root - places.place
        off = np.linalg.norm(error, axis=-1)
        slope = _slope(points.by_turn[0], points.by_bone)
        of_keypoints = slope[NUM_JOINTS:].reshape(-1, slope.shape[-1])
        known = places.known * _heard(error, places)[:, None, None]
        weighted = (known @ slope[NUM_JOINTS:]).reshape(of_keypoints.shape)
        normal, pull = of_keypoints.T @ weighted, -weighted.T @ error.ravel()
        normal[range(_POSE.stop), range(_POSE.stop)] += stiffness
        pull[_TURNS] -= (_TURN[:, None] * turn + _HELD[:, None] * (turn - before)).ravel()
        pull[_PLACE] -= ROOT * (root - expected)
        factor = cho_factor(normal[_POSE, _POSE], check_finite=False)
        if step < STEPS:
            change = cho_solve(factor, pull[_POSE], check_finite=False)
            turn = turn + _shortened(change[_TURNS].reshape(_N, 3))
            root = root + change[_PLACE]
    through = cho_solve(factor, np.column_stack([normal[_POSE, _BONES], pull[_POSE]]), check_finite=False)
    known = normal[_BONES, _BONES] - normal[_BONES, _POSE] @ through[:, :-1]
    wanted = pull[_BONES] - normal[_BONES, _POSE] @ through[:, -1]
    local = _turned(given, turn)[0]
    told = normal[_POSE, _POSE] - np.diag(stiffness)
    return Body(
        quat_from_matrix(local), root, turn, off, _spread(slope[:NUM_JOINTS, :, _POSE], factor),
        _covariance(local[0], told / places.noise, stiffness / _alike(turn)), Told(known, wanted + known @ log_ratio),
    )  # fmt: skip


def _turned(given: np.ndarray, turn: np.ndarray) -> np.ndarray:
    local = given.copy()
    local[:, TURNED] = given[:, TURNED] @ matrix_from_rotvec(turn)
    return local


def _slope(by_turn: np.ndarray, by_bone: np.ndarray | None) -> np.ndarray:
    """(43, 3, U) of joints and keypoints by the unknowns: the turns, the pelvis' place and, where given, the bones."""
    parts = [by_turn, np.broadcast_to(np.eye(3), (len(by_turn), 3, 3))]
    return np.concatenate(parts if by_bone is None else [*parts, by_bone[0]], -1)


def _heard(error: np.ndarray, places: Places) -> np.ndarray:
    """(21,) how much each keypoint counts: less where the body is far off in a direction that is known."""
    size = np.maximum(np.trace(places.known, axis1=1, axis2=2) / 3, 1e-9)
    square = np.einsum("ki,kij,kj->k", error, places.known, error) / size
    return 1 / (1 + square / FAR**2)


def _placed(
    local: np.ndarray, root: np.ndarray, ratio: np.ndarray, offset: np.ndarray, places: Places
) -> tuple[np.ndarray, np.ndarray]:
    """The body as it is, turned and moved as a whole so that its trunk lies on the places, where two cameras see that.

    The best rotation is that of Kabsch 1976.
    """
    if not places.seen_twice[_TRUNK].all():
        return local, root
    points, wanted = points_of(local, ratio, offset, False).place[0, NUM_JOINTS:][_TRUNK], places.place[_TRUNK]
    middle, goal = points.mean(0), wanted.mean(0)
    u, _, vt = np.linalg.svd((points - middle).T @ (wanted - goal))
    turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    local = local.copy()
    local[:, 0] = turn @ local[:, 0]
    return local, goal - turn @ middle


def _spread(slope: np.ndarray, factor: tuple) -> np.ndarray:
    """(22,) m from the derivatives (22, 3, U) of the joints by the unknowns."""
    relative = slope.copy()
    relative[1:, :, _PLACE] = 0.0
    flat = relative.reshape(-1, relative.shape[-1])
    return np.sqrt((flat * cho_solve(factor, flat.T, check_finite=False).T).sum(-1).reshape(-1, 3).sum(-1))


def _alike(turn: np.ndarray) -> float:
    """Variance of the cameras' rotations over what TURN says: as far as the body was turned from them."""
    return float((FEW + (_TURN[1:, None] * turn[1:] ** 2).sum()) / (FEW + turn[1:].size))


def _covariance(pelvis: np.ndarray, told: np.ndarray, stiffness: np.ndarray) -> np.ndarray:
    """(6, 6) of the pelvis' place and of its rotation (3, 3) about common axes: the fit turns it about its own."""
    axes = np.zeros((_POSE.stop, 6))
    axes[_PLACE, :3] = np.eye(3)
    axes[:3, 3:] = pelvis.T
    return axes.T @ np.linalg.solve(told + np.diag(stiffness), axes) + np.diag(_LEAST)


def _shortened(turn: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(turn, axis=-1, keepdims=True)
    return turn * np.minimum(1, LARGEST_TURN / np.maximum(size, 1e-9))
