"""Named postures, and motion that passes through them: what recordings seldom show, for tests and for training.

Angles are degrees from the T-pose; arms and legs are described on the left side and mirrored for the right one.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, VIRTUAL_OFFSETS

Posture = dict[str, Rotation]
"""Joint -> rotation relative to its parent, the pelvis to the world; joints that are left out are straight."""

FLESH = {"ankle": 0.075, "foot": 0.025, "knee": 0.06, "hip": 0.1, "spine3": 0.12, "head": 0.11, "wrist": 0.03,
         "elbow": 0.05, "shoulder": 0.08}  # fmt: skip
"""How far the body reaches below a joint that lies on the ground, metres."""


def _arm(side: str, forward: float = 0, out: float = 8, turn: float = 0, elbow: float = 10) -> Posture:
    """An arm that hangs down, raised sideways by `out`, then forward; `turn` takes the elbow's crease to the middle."""
    s = 1 if side == "left" else -1
    shoulder = _about("y", -forward) * _about("x", -s * (90 - out)) * _about("y", turn)
    return {f"{side}_shoulder": shoulder, f"{side}_elbow": _about("z", -s * elbow)}


def _leg(side: str, forward: float = 0, out: float = 0, turn: float = 0, knee: float = 0, foot: float = 0) -> Posture:
    """A leg raised forward and sideways; `turn` points the knee outwards, `foot` lifts the toes."""
    s = 1 if side == "left" else -1
    hip = _about("y", -forward) * _about("x", s * out) * _about("z", s * turn)
    return {f"{side}_hip": hip, f"{side}_knee": _about("y", knee), f"{side}_ankle": _about("y", -foot)}


def _about(axis: str, degrees: float) -> Rotation:
    return Rotation.from_euler(axis, degrees, degrees=True)


def _arms(**angles: float) -> Posture:
    return {**_arm("left", **angles), **_arm("right", **angles)}


def _legs(**angles: float) -> Posture:
    return {**_leg("left", **angles), **_leg("right", **angles)}


def _bow(degrees: float) -> Posture:
    """The spine bent forward."""
    return {joint: _about("y", degrees / 3) for joint in ("spine1", "spine2", "spine3")}


_STAND = _arms() | _legs(out=3, foot=0)
_SIT = _arms(forward=25, turn=30, elbow=60) | _legs(forward=85, out=8, knee=85)
POSTURES: dict[str, Posture] = {
    "stand": _STAND,
    "turned": _STAND | {"pelvis": _about("z", 180)},
    "half turned": _STAND | {"pelvis": _about("z", 90)},
    "wave": _STAND | _arm("right", out=100, turn=-90, elbow=70),
    "arms up": _STAND | _arms(out=160),
    "arms ahead": _STAND | _arms(forward=85, elbow=5),
    "arms behind the back": _STAND | _arms(forward=-30, out=20, turn=115, elbow=75),
    "arms crossed": _STAND | _arms(forward=35, turn=75, elbow=100),
    "legs crossed": _STAND | _leg("left", forward=8, out=-14, knee=5) | _leg("right", forward=-8, out=-14, knee=10),
    "lean": _STAND | _bow(20) | _legs(forward=35) | {"pelvis": _about("y", 35)},
    "squat": _STAND | _arms(forward=70) | _legs(forward=105, out=12, knee=115, foot=20) | _bow(20),
    "kneel": _STAND | _leg("left", forward=80, knee=85) | _leg("right", forward=0, knee=90, foot=-50),
    "sit": _SIT,
    "sit with legs crossed": _SIT | _leg("left", forward=90, out=-12, turn=10, knee=70),
    "lie on the back": _STAND | _legs(out=6, foot=-30) | _arms(out=25) | {"pelvis": _about("y", -90)},
    "lie on the side": _STAND | _arms(forward=70, elbow=60) | _legs(forward=45, knee=60)
    | {"pelvis": _about("x", -90)},
}  # fmt: skip


def pose(posture: Posture) -> np.ndarray:
    """Local rotations (22, 3, 3) of a posture."""
    unknown = posture.keys() - set(JOINT_NAMES)
    assert not unknown, f"no such joints: {unknown}"
    local = np.tile(np.eye(3), (NUM_JOINTS, 1, 1))
    for joint, rotation in posture.items():
        local[JOINT_INDEX[joint]] = rotation.as_matrix()
    return local


def through(steps: Sequence[tuple[str, float]], fps: float = 30.0, blend: float = 0.6):
    """A person who takes postures one after another.

    Each is reached by a minimum-jerk blend [Flash and Hogan 1985]. The lowest part of the body is on the ground.

    Args:
        steps: The name of a posture and the time at which it is reached, in seconds, from 0 on.
        fps: Frames/s.
        blend: Seconds that a blend takes at most.

    Returns:
        Rotations (T, 22, 3, 3) relative to the parent, roots (T, 3) in virtual-skeleton metres, and seconds (T,).
    """
    times = np.array([time for _, time in steps])
    seconds = np.arange(round(times[-1] * fps) + 1) / fps
    poses = np.stack([pose(POSTURES[name]) for name, _ in steps])
    begin = np.maximum(times[1:] - blend, times[:-1])
    share = np.clip((seconds[:, None] - begin) / np.maximum(times[1:] - begin, 1e-9), 0, 1)
    progress = (share**3 * (10 - 15 * share + 6 * share**2)).sum(1)
    local = np.empty((len(seconds), NUM_JOINTS, 3, 3))
    for joint in range(NUM_JOINTS):
        local[:, joint] = Slerp(np.arange(len(poses)), Rotation.from_matrix(poses[:, joint]))(progress).as_matrix()
    return local, on_the_ground(local), seconds


def on_the_ground(local: np.ndarray) -> np.ndarray:
    """The pelvis (T, 3), virtual-skeleton metres, over the origin, that puts the lowest part of the body on z = 0."""
    joints = forward_kinematics(local, VIRTUAL_OFFSETS, np.zeros((len(local), 3)))[1]
    depth = np.array([FLESH.get(name.split("_")[-1], 0.1) for name in JOINT_NAMES])
    root = np.zeros((len(local), 3))
    root[:, 2] = -(joints[..., 2] - depth).min(1)
    return root
