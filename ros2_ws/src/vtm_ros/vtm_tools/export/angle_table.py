"""CSV: the joint angles of the URDF, and the pelvis in the world."""

import csv
from pathlib import Path

import numpy as np

from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.rotations import quat_from_matrix
from vtm_tools.export.world import WorldMotion

ROOT_COLUMNS = ("root_x", "root_y", "root_z", "root_qx", "root_qy", "root_qz", "root_qw")
COLUMNS = ("stamp", *ROOT_COLUMNS, *ANGLE_NAMES)


def write_angles(path: Path, motion: WorldMotion) -> None:
    """Write a header and a row for every frame with a person: seconds, metres, quaternion xyzw, radians.

    Args:
        path: The .csv file.
        motion: In the world.
    """
    angles = None
    with path.open("w", newline="", encoding="ascii") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for frame in np.flatnonzero(motion.valid):
            quats = quat_from_matrix(motion.local[frame])
            angles = angles_from_quats(quats, angles)
            values = (*motion.root[frame], *quats[0], *angles)
            table.writerow([f"{motion.stamps[frame]:.9f}", *(f"{value:.6f}" for value in values)])
