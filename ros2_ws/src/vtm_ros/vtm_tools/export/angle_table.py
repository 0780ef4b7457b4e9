"""CSV: the joint angles of the URDF, and the pelvis in the world."""

import csv
from pathlib import Path

import numpy as np

from vtm.body.hand import SIDES, finger_angles
from vtm.body.hand_skeleton import FINGER_JOINTS
from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.rotations import continuous_quats, quat_from_matrix
from vtm.body.skeleton import BODY, NUM_JOINTS
from vtm_tools.export.world import WorldMotion

ROOT_COLUMNS = ("root_x", "root_y", "root_z", "root_qx", "root_qy", "root_qz", "root_qw")
COLUMNS = ("stamp", *ROOT_COLUMNS, *ANGLE_NAMES)
"""Without fingers, whose names follow."""


def write_angles(path: Path, motion: WorldMotion) -> None:
    """Write a header and a row for every frame with a person: seconds, metres, quaternion xyzw, radians.

    Args:
        path: The .csv file.
        motion: In the world.
    """
    angles, fingers = None, np.empty((len(motion.valid), 0))
    if motion.skeleton is not BODY:
        local = motion.local[:, FINGER_JOINTS.reshape(2, 15)]
        fingers = np.concatenate([finger_angles(local[:, hand], side) for hand, side in enumerate(SIDES)], -1)
    with path.open("w", newline="", encoding="ascii") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS + (HAND_ANGLE_NAMES if fingers.size else ()))
        quats = continuous_quats(quat_from_matrix(motion.local[:, :NUM_JOINTS]))
        for frame in np.flatnonzero(motion.valid):
            angles = angles_from_quats(quats[frame], angles)
            values = (*motion.root[frame], *quats[frame, 0], *angles, *fingers[frame])
            table.writerow([f"{motion.stamps[frame]:.9f}", *(f"{value:.6f}" for value in values)])
