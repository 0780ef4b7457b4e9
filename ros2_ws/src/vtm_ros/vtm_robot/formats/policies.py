"""What whole-body policies take as their reference motion.

Sources, read in November 2026: `extract_mimic_obs_whole_body` of github.com/amazon-far/TWIST2; "Streaming Motion
Tracking" and "Coordinate Frame and Rotation Conventions" of nvlabs.github.io/GR00T-WholeBodyControl (protocol 1); the
dictionary that `smplx_to_robot` of github.com/YanjieZe/GMR pickles. Their G1 has 29 joints; other robots give arrays of
the same layout with as many numbers as they have joints.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from vtm_robot.model.tree import Tree
from vtm_robot.retarget.recording import Recording


def twist2(tree: Tree, recording: Recording) -> dict[str, np.ndarray]:
    """The reference motion of TWIST2.

    Args:
        tree: The robot, for the order of its joints.
        recording: T commands.

    Returns:
        `mimic_obs` (T, 6 + m) float32 and `joint_names`. A row holds the speed of the base along its own x and y (m/s),
        its height (m), its roll and pitch (rad), its rate about its own z (rad/s), and the joint angles (rad) as MuJoCo
        counts them, limb after limb.
    """
    place, turn, dt = recording.root_position, Rotation.from_quat(recording.root_quat), 1 / recording.rate
    speed = turn[1:].inv().apply(np.diff(place, axis=0) / dt)
    spin = turn[1:].inv().apply((turn[1:] * turn[:-1].inv()).as_rotvec() / dt)
    speed, spin = (np.concatenate([rows[:1], rows]) for rows in (speed, spin))
    rpy = turn.as_euler("ZYX")[:, ::-1]
    order = limb_order(tree)
    names = np.array(recording.joint_names)[order]
    parts = [speed[:, :2], place[:, 2:], rpy[:, :2], spin[:, 2:], recording.positions[:, order]]
    return {"mimic_obs": np.concatenate(parts, axis=1).astype(np.float32), "joint_names": names}


def sonic(tree: Tree, recording: Recording) -> dict[str, np.ndarray]:
    """The reference motion of SONIC, protocol 1.

    Args:
        tree: Not used; the joints stay in our order, breadth first, which is that of Isaac Lab.
        recording: T commands.

    Returns:
        `joint_pos` (T, m) rad, `joint_vel` (T, m) rad/s, `body_quat` (T, 4) wxyz of the base, `frame_index` (T,) and
        `joint_names`.
    """
    del tree
    return {
        "joint_pos": recording.positions.astype(np.float32),
        "joint_vel": recording.velocities.astype(np.float32),
        "body_quat": recording.root_quat[:, [3, 0, 1, 2]].astype(np.float32),
        "frame_index": np.arange(len(recording.stamps), dtype=np.int64),
        "joint_names": np.array(recording.joint_names),
    }


def gmr(tree: Tree, recording: Recording) -> dict[str, np.ndarray]:
    """The reference motion of GMR.

    Args:
        tree: The robot, for the order of its joints.
        recording: T commands.

    Returns:
        `fps`, `root_pos` (T, 3) m, `root_rot` (T, 4) xyzw, `dof_pos` (T, m) rad limb after limb, and `joint_names`.
    """
    order = limb_order(tree)
    return {
        "fps": np.array(recording.rate),
        "root_pos": recording.root_position,
        "root_rot": recording.root_quat,
        "dof_pos": recording.positions[:, order],
        "joint_names": np.array(recording.joint_names)[order],
    }


FORMATS: dict[str, Callable[[Tree, Recording], dict[str, np.ndarray]]] = {"twist2": twist2, "sonic": sonic, "gmr": gmr}


def write_policy(path: Path, layout: str, tree: Tree, recording: Recording) -> None:
    """Write commands as a policy takes them, and which of them are valid.

    Args:
        path: The .npz file.
        layout: One of FORMATS.
        tree: Of the robot.
        recording: What it did.
    """
    arrays = FORMATS[layout](tree, recording)
    with path.open("wb") as file:
        np.savez_compressed(file, valid=recording.valid, **arrays)  # type: ignore[arg-type]


def limb_order(tree: Tree) -> list[int]:
    """Indices into `tree.names` in depth-first order of the URDF: a whole limb, then the next."""
    below: dict[int, list[int]] = {}
    for joint, parent in enumerate(tree.parent):
        below.setdefault(int(parent), []).append(joint + 1)
    free = {int(joint): place for place, joint in enumerate(tree.free)}
    order: list[int] = []
    waiting = [0]
    while waiting:
        body = waiting.pop()
        if body - 1 in free:
            order.append(free[body - 1])
        waiting += reversed(below.get(body, []))
    return order
