"""The fingers of a whole recording."""

from dataclasses import replace

import numpy as np

from vtm.types import HandPoses
from vtm_robot.fingers.hands import Hands
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.recording import AT_END, Recording


def add_fingers(
    recording: Recording, robot: RobotModel, angles: np.ndarray, sure: np.ndarray
) -> tuple[Recording, list[str]]:
    """`recording` with the fingers of the robot's hands after the person's, within its limits.

    Args:
        recording: T commands.
        robot: The robot that they are for.
        angles: (T, 2, 21) rad, of the person's left and right hand.
        sure: (T, 2) bool, where these are known; elsewhere the fingers stay.

    Returns:
        The recording, and the names of the fingers that follow, such as `left thumb`.
    """
    hands, tree = Hands(robot, recording.rate), robot.tree
    hands.settle(angles, sure)
    own = np.zeros(len(tree.names), bool)
    own[[column for columns in hands.columns for column in columns]] = True
    positions, velocities = recording.positions.copy(), recording.velocities.copy()
    for row, (pose, known) in enumerate(zip(angles, sure.astype(float), strict=True)):
        if row:
            hands.step(HandPoses(pose, known))
        positions[row], velocities[row] = hands.into(positions[row], velocities[row])
    limited = recording.limited.copy()
    limited[:, own] = ((positions < tree.lower + AT_END) | (positions > tree.upper - AT_END))[:, own]
    followed = recording.followed | own
    changed = replace(recording, positions=positions, velocities=velocities, limited=limited, followed=followed)
    return changed, hands.names
