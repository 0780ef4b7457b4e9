"""The robot's T-pose: the person's rest pose on its joints, found by least squares."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import least_squares

from vtm_robot.model.tree import Tree
from vtm_robot.profile.segments import LIMBS, Limb, rest_axis

DIRECTION, BEND, NEAR_HOME = 3.0, 1.0, 0.05
"""How much it counts that bones point where they should, hinges bend the right way, and joints stay near zero."""
STARTS, SPREAD = 6, 0.5
SHORT_M = 0.02
EITHER = 0.8
"""A hinge whose range is so even on both sides may bend either way."""
FORWARD = {"arm": 1.0, "leg": -1.0}
"""Where a hinge brings the lower bone as it bends: forearms forward, shins backward."""


def turn_z(yaw: float) -> np.ndarray:
    """The rotation (3, 3) by `yaw` radians about z."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def t_pose(tree: Tree, limbs: Sequence[Limb], yaw: float = 0.0) -> np.ndarray:
    """The angles in which the limbs are as near to the T-pose as the robot can hold them, by least squares.

    Args:
        tree: The robot, with m degrees of freedom.
        limbs: Its arms and legs; all else stays at home.
        yaw: Radians from the base's x to where the robot looks.

    Returns:
        (m,) rad or m.
    """
    q = tree.home
    for limb in limbs:
        q = _stretch(tree, limb, q, turn_z(yaw))
    return q


def errors_deg(tree: Tree, limb: Limb, q: np.ndarray, yaw: float = 0.0) -> tuple[float, float]:
    """How far a limb is from the T-pose.

    Args:
        tree: The robot, with m degrees of freedom.
        limb: The limb.
        q: (m,) rad or m.
        yaw: Radians from the base's x to where the robot looks.

    Returns:
        The angles, degrees, by which the upper and the lower bone miss their directions.
    """
    wanted = turn_z(yaw) @ rest_axis(f"{limb.side}_{LIMBS[limb.kind][0]}")
    cosines = [float(bone @ wanted / max(np.linalg.norm(bone), 1e-9)) for bone in limb.bones(tree.pose(q))]
    upper, lower = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return float(upper), float(lower)


def _stretch(tree: Tree, limb: Limb, q: np.ndarray, facing: np.ndarray) -> np.ndarray:
    joints = np.flatnonzero((tree.couple[[body - 1 for body in limb.bodies]] != 0).any(0))
    lower, upper = np.maximum(tree.lower[joints], -np.pi), np.minimum(tree.upper[joints], np.pi)
    wide = upper - lower > 1e-6
    joints, lower, upper = joints[wide], lower[wide], upper[wide]
    wanted = facing @ rest_axis(f"{limb.side}_{LIMBS[limb.kind][0]}")
    ahead = facing @ np.array([FORWARD[limb.kind], 0.0, 0.0])
    hinge = limb.lower - 1
    flexes = _flexion(tree, limb, q, hinge)
    home = q[joints]

    def residuals(angles: np.ndarray) -> np.ndarray:
        whole = q.copy()
        whole[joints] = angles
        pose = tree.pose(whole)
        parts = [NEAR_HOME * (angles - home)]
        for bone in limb.bones(pose):
            length = np.linalg.norm(bone)
            if length > SHORT_M:
                parts.append(DIRECTION * (bone / length - wanted))
        bends = np.cross(pose.turns[limb.lower] @ tree.axis[hinge], wanted)
        bends = bends * (flexes or np.sign(bends @ ahead) or 1.0)
        return np.concatenate([*parts, BEND * (bends - ahead)])

    random, best = np.random.default_rng(0), None
    for start in range(STARTS):
        guess = home + (random.normal(0, SPREAD, len(joints)) if start else 0.0)
        found = least_squares(residuals, np.clip(guess, lower + 1e-6, upper - 1e-6), bounds=(lower, upper), max_nfev=60)
        if best is None or found.cost < best.cost - 1e-6:
            best = found
    assert best is not None
    q = q.copy()
    q[joints] = best.x
    return q


def _flexion(tree: Tree, limb: Limb, q: np.ndarray, hinge: int) -> float:
    """The sign in which the hinge bends: from where the limb is longest, the way its range is wider; 0 for either."""
    free = int(np.argmax(np.abs(tree.couple[hinge])))
    angles = np.linspace(max(tree.lower[free], -np.pi), min(tree.upper[free], np.pi), 49)
    batch = np.repeat(q[None], len(angles), 0)
    batch[:, free] = angles
    upper, lower = limb.bones(tree.pose(batch))
    straight = angles[np.argmax(np.linalg.norm(upper + lower, axis=-1))]
    more, less = angles[-1] - straight, straight - angles[0]
    if min(more, less) > EITHER * max(more, less):
        return 0.0
    sign = 1.0 if more > less else -1.0
    return sign * float(np.sign(tree.couple[hinge, free]))
