"""The pose of a person as a retargeter wants it: in a world with z up."""

from dataclasses import dataclass

import numpy as np

from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import BODY, NUM_JOINTS, SOLE, scaled_offsets
from vtm.types import HandPoses, Motion
from vtm_trt.postprocess.floor import LEVEL
from vtm_trt.postprocess.upright import level_axes


@dataclass(frozen=True, eq=False)
class PersonPose:
    """A person at one instant, z up, the ground at z = 0.

    Attributes:
        rotations: (22, 3, 3) of the joints in the world.
        positions: (22, 3) m.
        confidence: (22,) in 0..1.
        person: A number of whom it is.
        hands: Their fingers, None where nobody looked at them.
    """

    rotations: np.ndarray
    positions: np.ndarray
    confidence: np.ndarray
    person: int = 0
    hands: HandPoses | None = None

    @property
    def finite(self) -> bool:
        """Whether every number is finite."""
        return bool(np.isfinite(self.rotations).all() and np.isfinite(self.positions).all())


def person_pose(motion: Motion) -> PersonPose:
    """The pose in `motion`, upright by its camera's pose; a camera of which nothing is known is taken to be level.

    The ground is that of the camera's pose, and without one it is where the lower ankle stands.
    """
    axes = motion.camera.rotation if motion.camera else level_axes(LEVEL)
    local = matrix_from_quat(motion.quat_local.astype(np.float64))
    local[0] = axes @ local[0]
    root = axes @ motion.root_cam.astype(np.float64)
    rotations, positions = joints(local, scaled_offsets(motion.bone_ratio), root)
    if motion.camera:
        positions = positions + [0.0, 0.0, motion.camera.position[2] - motion.camera.floor]
    else:
        positions = positions + [0.0, 0.0, SOLE - positions[[7, 8], 2].min()]
    return PersonPose(rotations, positions, motion.confidence, motion.person_id, motion.hands)


def upright_pose(
    local: np.ndarray,
    root: np.ndarray,
    up: np.ndarray,
    offsets: np.ndarray,
    confidence: np.ndarray,
    person: int,
    hands: HandPoses | None = None,
) -> PersonPose:
    """Set a pose upright; the ground is where the lower ankle stands.

    Args:
        local: (22, 3, 3) local rotations, the pelvis' in any axes.
        root: (3,) m, the pelvis in these axes.
        up: (3,) what is up in these axes.
        offsets: (22, 3) m, of the bones.
        confidence: (22,) in 0..1.
        person: A number of whose pose it is.
        hands: Their fingers.

    Returns:
        The pose, z up.
    """
    axes = _upright(np.asarray(up, float))
    local = np.concatenate([(axes @ local[0])[None], local[1:]])
    rotations, positions = joints(local, offsets, axes @ root)
    positions = positions + [0.0, 0.0, SOLE - positions[[7, 8], 2].min()]
    return PersonPose(rotations, positions, confidence, person, hands)


def _upright(up: np.ndarray) -> np.ndarray:
    """The least rotation (3, 3) that makes `up` z; what is no direction is taken for z."""
    size = float(np.linalg.norm(up))
    x, y, z = up / size if size > 1e-6 and np.isfinite(size) else (0.0, 0.0, 1.0)
    if z < -1 + 1e-6:
        return np.diag([1.0, -1.0, -1.0])
    cross = np.array([[0.0, 0.0, -x], [0.0, 0.0, -y], [x, y, 0.0]])
    return np.eye(3) + cross + cross @ cross / (1 + z)


def joints(local: np.ndarray, offsets: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`vtm.body.kinematics` of one pose, in a third of its time.

    Args:
        local: (22, 3, 3) rotations relative to the parents.
        offsets: (22, 3) m from the parents.
        root: (3,) m.

    Returns:
        Rotations (22, 3, 3) and positions (22, 3) m in the axes of `root`.
    """
    rotations, positions = np.empty((NUM_JOINTS, 3, 3)), np.empty((NUM_JOINTS, 3))
    rotations[0], positions[0] = local[0], root
    for first, end, parents, above in BODY.levels:
        rows = [parent + above for parent in parents]
        before = rotations[rows]
        np.matmul(before, local[first:end], out=rotations[first:end])
        positions[first:end] = positions[rows] + (before @ offsets[first:end, :, None])[..., 0]
    return rotations, positions
