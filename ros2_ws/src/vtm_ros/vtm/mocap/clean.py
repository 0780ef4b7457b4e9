"""From a retargeted recording to clips: one frame rate, feet on the ground, no jumps, nothing that nobody does."""

from dataclasses import replace

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import farthest, within_limits
from vtm.body.rotations import (
    continuous_quats,
    geodesic_angle,
    matrix_from_quat,
    quat_from_matrix,
    quat_normalize,
)
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS
from vtm.mocap.retarget import Motion

FPS = 60.0
"""Frame rate of every clip."""
SHORTEST = 30
"""Frames of the shortest clip that is kept."""
FEET = [JOINT_INDEX[name] for name in ("left_ankle", "right_ankle", "left_foot", "right_foot")]
_STANDING = np.array([0.07, 0.07, 0.025, 0.025])
"""Height in metres of those joints over the ground when the foot stands on it."""
_FASTEST = 20.0
"""m/s; no joint of a person is faster, but a hand at the end of a throw comes near."""
_FASTEST_TURN = np.full(NUM_JOINTS, 40.0)
"""rad/s relative to the parent; wrists are noisier, and toes jerk in most recordings."""
_FASTEST_TURN[[JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]] = 60.0
_FASTEST_TURN[[JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]] = 110.0


def resample(local: np.ndarray, root: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Bring a motion to 60 frames/s.

    Between two frames the quaternions are interpolated linearly, which turns the shortest way.

    Args:
        local: (T, 22, 3, 3) rotations.
        root: (T, 3).
        fps: Frames/s of both.

    Returns:
        Quaternions (S, 22, 4) xyzw and roots (S, 3).
    """
    quat = continuous_quats(quat_from_matrix(local))
    time = np.arange(np.floor((len(quat) - 1) / fps * FPS + 1e-3) + 1) / FPS * fps
    first = np.minimum(time.astype(int), max(len(quat) - 2, 0))
    after = np.minimum(first + 1, len(quat) - 1)
    share = (time - first)[:, None]
    between = quat[first] * (1 - share[..., None]) + quat[after] * share[..., None]
    return quat_normalize(between), root[first] * (1 - share) + root[after] * share


def above_ground(position: np.ndarray) -> np.ndarray:
    """Height (T, 4) m of ankles and toes, of joints (T, 22, 3) m, above where they are in a standing foot."""
    return position[:, FEET, 2] - _STANDING


def on_the_ground(motion: Motion) -> Motion:
    """The motion on a ground at z = 0, which feet touch at the lowest hundredth of its frames."""
    lowest = above_ground(motion.pose()[1]).min(1)
    root = motion.root - [0, 0, np.percentile(lowest, 1)]
    return replace(motion, root=root)


def jumps(local: np.ndarray, position: np.ndarray, fps: float) -> np.ndarray:
    """Where a joint moves or turns faster than people do.

    Args:
        local: (T, 22, 3, 3) rotations relative to the parent.
        position: (T, 22, 3) m.
        fps: Frames/s.

    Returns:
        (T - 1,) bool, between a frame and the next.
    """
    speed = np.linalg.norm(np.diff(position, axis=0), axis=-1) * fps
    turn = geodesic_angle(local[1:], local[:-1]) * fps
    return (speed > _FASTEST).any(1) | (turn > _FASTEST_TURN).any(1)


def pieces(quat: np.ndarray, root: np.ndarray, offsets: np.ndarray) -> list[slice]:
    """The stretches of at least half a second without a jump or an impossible joint.

    Args:
        quat: (T, 22, 4) xyzw relative to the parent.
        root: (T, 3) m.
        offsets: (22, 3) m.
    """
    local = matrix_from_quat(quat)
    jump = jumps(local, forward_kinematics(local, offsets, root)[1], FPS)
    possible = within_limits(local).all(1)
    cut = jump | ~possible[1:] | ~possible[:-1]
    borders = [0, *(np.flatnonzero(cut) + 1).tolist(), len(quat)]
    stretches = [slice(first, end) for first, end in zip(borders[:-1], borders[1:], strict=True)]
    return [stretch for stretch in stretches if stretch.stop - stretch.start >= SHORTEST]


def reason(quat: np.ndarray, root: np.ndarray, offsets: np.ndarray) -> str:
    """Why `pieces` finds nothing: the joint that is beyond a limit most often, its limit, and its share of the frames.

    Args:
        quat: (T, 22, 4) xyzw relative to the parent.
        root: (T, 3) m.
        offsets: (22, 3) m.
    """
    if len(quat) < SHORTEST:
        return f"the recording lasts {len(quat) / FPS:.2f} s; give longer ones, or --fps if its frames were slower"
    local = matrix_from_quat(quat)
    impossible = (~within_limits(local)).mean(0)
    position = forward_kinematics(local, offsets, root)[1]
    speed = (np.linalg.norm(np.diff(position, axis=0), axis=-1) * FPS > _FASTEST).mean(0)
    turn = (geodesic_angle(local[1:], local[:-1]) * FPS > _FASTEST_TURN).mean(0)
    shares = np.stack([impossible, speed, turn])
    kind, joint = np.unravel_index(shares.argmax(), shares.shape)
    name, share = JOINT_NAMES[joint], f"in {100 * shares[kind, joint]:.0f} % of the frames"
    if kind == 0:
        most = np.degrees(geodesic_angle(local[:, joint], np.eye(3)).max())
        hinge = ", or bends the wrong way" if name.endswith(("knee", "elbow")) else ""
        limit = f"is turned by up to {most:.0f} degrees ({farthest(name):.0f} are possible){hinge}"
    elif kind == 1:
        limit = f"moves at more than {_FASTEST:.0f} m/s"
    else:
        limit = f"turns at more than {_FASTEST_TURN[joint]:.0f} rad/s"
    return f"{name} {limit} {share}; name a frame in T-pose by --rest-frame, say joints by --names, or clean it by hand"
