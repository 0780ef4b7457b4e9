"""One frame as it arrives: a body that is far from its keypoints is drawn after them.

[ours] Live, nothing is known of what comes, and keypoints are noisy: the network knows better than they where a joint
is, within a hand's breadth. What it does not know are poses it has never learned, and those of quick people. So a joint
turns only as far as its keypoints are further off than BLUR, by Gauss-Newton steps on this frame alone; what it turned
by is kept from frame to frame and fades when the network agrees again. A joint is trusted no
more than by how far it was moved.
"""

from dataclasses import replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from vtm.body.keypoint_offsets import BASE, DEFINED_APART, FRAME, OFFSET, SITED
from vtm.body.one_body import posed
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm.types import HALF_SURE_M, Motion
from vtm_trt.bundle_adjustment.body import TURNED, TURNS_KEYPOINT

STEPS = 4
"""Of Gauss and Newton in a frame; with two, a wrist that swings is still a hand's breadth further off than need be."""
BLUR, SIGMA, REFUSED = 0.09, 0.03, 0.4
"""Metres at the body: within the first a keypoint tells nothing, beyond it is off by about the second, and from the
third on it counts for ever less."""
SEEN = 0.3
"""Keypoints of less confidence are left out."""
TURN, STIFF_TURN, ACROSS, DEPTH = 10.0, 40.0, 1000.0, 400.0
"""Weights of the network's pose: of rotations (rad), of those of neck and head, of the pelvis' ray and log depth."""
HELD = 15.0
"""Weight of the change of these rotations from frame to frame, at 30 frames/s."""
LARGEST_TURN, LARGEST_MOVE = 0.4, 0.2
"""Limits of one step: radians of a joint, and log depth."""
NOTHING = 0.02
"""Radians; where all rotations are smaller, all are set to zero."""
SETTLED = 0.01
"""Radians, and log depth; a step that is smaller is the last one."""
NEAREST = 0.3
LONGEST_S = 0.5

_N = len(TURNED)
_STIFF = [TURNED.index(JOINT_INDEX[name]) for name in ("neck", "head")]
_TURN = np.full((_N, 1), TURN)
_TURN[_STIFF] = STIFF_TURN
_FADE = HELD / (HELD + _TURN)
_PLACE = np.array([ACROSS, ACROSS, DEPTH])


class Following:
    """Holds what the joints of one person are turned by."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another person comes next."""
        self._turn: np.ndarray = np.zeros((_N, 3))
        self._stamp_ns: int | None = None

    @property
    def turned(self) -> bool:
        """Whether the last motion was turned."""
        return bool(self._turn.any())

    def __call__(self, motion: Motion) -> Motion:
        """`motion` drawn after its keypoints; itself where they are near."""
        seen = motion.observation
        before = self._turn * self._kept(motion.stamp_ns)
        turn, place = before * _FADE, _placed(motion.root_cam.astype(np.float64))
        start, offsets = place, scaled_offsets(motion.bone_ratio.astype(np.float64))
        sure = np.where(seen.confidence[:SITED] > SEEN, seen.confidence[:SITED], 0.0)
        rays = seen.rays[:SITED].astype(np.float64)
        sites = ((1 - DEFINED_APART * (1 - seen.keypoint_convention)) * OFFSET)[..., None]
        quat = motion.quat_local
        for _ in range(STEPS):
            if turn.any():
                quat = _turned(motion.quat_local, turn)
            rotations, joints = posed(quat, offsets)
            points = joints[BASE] + (rotations[FRAME] @ sites)[..., 0]
            depth = np.exp(place[2])
            away = np.maximum(points[:, 2:] + depth, NEAREST)
            error = rays * away - points[:, :2] - place[:2] * depth
            far = np.sqrt((error * error).sum(-1))
            over = np.maximum(far - BLUR, 0)
            weight = sure / (2 * SIGMA**2 * np.sqrt(1 + (over / SIGMA) ** 2)) / (1 + (over / REFUSED) ** 2) ** 2
            heard = (over > 0) & (sure > 0)
            if not heard.any():
                break
            slope = _slope(points[heard], joints, rays[heard], place, depth, heard)
            error = error[heard] * (over / np.maximum(far, 1e-9))[heard, None]
            change = _solved(slope, error.ravel(), np.repeat(weight[heard], 2), rotations, turn, before, place - start)
            turn = turn + _shortened((rotations[TURNED].swapaxes(-1, -2) @ change[:-3].reshape(_N, 3, 1))[..., 0])
            place = place + np.clip(change[-3:], -LARGEST_MOVE, LARGEST_MOVE)
            if np.abs(change).max() < SETTLED:
                break
        self._turn = turn if np.abs(turn).max() > NOTHING else np.zeros_like(turn)
        if not self._turn.any():
            return motion
        quat, depth = _turned(motion.quat_local, turn), np.exp(place[2])
        moved = np.linalg.norm(posed(quat, offsets)[1] - posed(motion.quat_local, offsets)[1], axis=-1)
        return replace(
            motion,
            quat_local=quat,
            root_cam=np.array([*place[:2] * depth, depth], np.float32),
            confidence=np.minimum(motion.confidence, 1 / (1 + moved / HALF_SURE_M)).astype(np.float32),
        )

    def _kept(self, stamp_ns: int) -> float:
        last, self._stamp_ns = self._stamp_ns, stamp_ns
        return float(last is not None and (stamp_ns - last) * 1e-9 < LONGEST_S)


def _placed(root: np.ndarray) -> np.ndarray:
    """Ray and log depth of the pelvis."""
    return np.array([root[0] / root[2], root[1] / root[2], np.log(root[2])])


def _turned(quat_local: np.ndarray, turn: np.ndarray) -> np.ndarray:
    turned = quat_local.copy()
    turned[TURNED] = quat_from_matrix(matrix_from_quat(quat_local[TURNED]) @ matrix_from_rotvec(turn))
    return turned


def _shortened(turn: np.ndarray) -> np.ndarray:
    size = np.sqrt((turn * turn).sum(-1, keepdims=True))
    return turn * np.minimum(1, LARGEST_TURN / np.maximum(size, 1e-9))


def _slope(
    points: np.ndarray, joints: np.ndarray, rays: np.ndarray, place: np.ndarray, depth: float, heard: np.ndarray
) -> np.ndarray:
    """(2 K, 3 N + 3) of the errors of K keypoints by turns of the joints about the camera's axes, and by the place."""
    x, y, z = np.moveaxis((points[:, None] - joints[TURNED]) * TURNS_KEYPOINT[heard], -1, 0)  # (K, N) each
    u, v = rays[:, :1], rays[:, 1:]
    slope = np.zeros((len(points), 2, 3 * _N + 3))
    slope[:, 0, 0:-3:3], slope[:, 0, 1:-3:3], slope[:, 0, 2:-3:3] = u * y, -u * x - z, y
    slope[:, 1, 0:-3:3], slope[:, 1, 1:-3:3], slope[:, 1, 2:-3:3] = v * y + z, -v * x, -x
    slope[:, 0, -3] = slope[:, 1, -2] = -depth
    slope[:, :, -1] = (rays - place[:2]) * depth
    return slope.reshape(-1, slope.shape[-1])


def _solved(
    slope: np.ndarray,
    error: np.ndarray,
    weight: np.ndarray,
    rotations: np.ndarray,
    turn: np.ndarray,
    before: np.ndarray,
    moved: np.ndarray,
) -> np.ndarray:
    """One Gauss-Newton step (3 N + 3,)."""
    held = _TURN * turn + HELD * (turn - before)
    pull = np.concatenate([(rotations[TURNED] @ held[..., None]).ravel(), _PLACE * moved])
    prior = np.concatenate([np.repeat(_TURN + HELD, 3), _PLACE])
    weighted = slope.T * weight
    normal = weighted @ slope
    normal.flat[:: len(normal) + 1] += prior
    return cho_solve(cho_factor(normal, check_finite=False), -weighted @ error - pull, check_finite=False)
