"""The fingers of a whole recording."""

from dataclasses import replace

import numpy as np

from vtm.body.hand import SIDES
from vtm_robot.fingers.follower import HandFollower
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.recording import AT_END, Recording

AT_FIRST = 5
"""Times that the first pose is solved for, as it may be far from rest."""


def add_fingers(
    recording: Recording, robot: RobotModel, angles: np.ndarray, sure: np.ndarray
) -> tuple[Recording, list[str]]:
    """`recording` with the fingers of the robot's hands after the person's, within its ranges and speeds.

    Args:
        recording: T commands.
        robot: The robot that they are for.
        angles: (T, 2, 21) rad, of the person's left and right hand.
        sure: (T, 2) bool, where these are known; elsewhere the fingers stay.

    Returns:
        The recording, and the names of the fingers that follow, such as `left thumb`.
    """
    positions, followed, named = recording.positions.copy(), recording.followed.copy(), []
    limits, tree = robot.profile.limits, robot.tree
    speed = np.minimum(tree.speed * limits.velocity_scale, limits.velocity) / recording.rate
    for hand, side in enumerate(SIDES):
        link = robot.profile.links.get(f"{side}_hand")
        follower = HandFollower(tree, link, side) if link else None
        if follower is None or not follower.fingers:
            continue
        columns, q = follower.columns, robot.rest.copy()
        named += [f"{side} {finger.name}" for finger in follower.fingers]
        followed[columns] = True
        for _ in range(AT_FIRST if sure[:, hand].any() else 0):
            q[columns] = follower.follow(angles[sure[:, hand].argmax(), hand], q)[columns]
        for row in range(len(positions)):
            if sure[row, hand]:
                wanted = follower.follow(angles[row, hand], q)[columns]
                q[columns] += np.clip(wanted - q[columns], -speed[columns], speed[columns])
            positions[row, columns] = q[columns]
    own = followed & ~recording.followed
    velocities, limited = recording.velocities.copy(), recording.limited.copy()
    velocities[1:, own] = np.diff(positions[:, own], axis=0) * recording.rate
    limited[:, own] = ((positions < tree.lower + AT_END) | (positions > tree.upper - AT_END))[:, own]
    changed = replace(recording, positions=positions, velocities=velocities, limited=limited, followed=followed)
    return changed, named
