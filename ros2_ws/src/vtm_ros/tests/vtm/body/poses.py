"""Hypothesis strategies for rotations and poses, and a few postures everybody takes."""

import numpy as np
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import JOINT_INDEX, MIRROR, NUM_JOINTS, VIRTUAL_OFFSETS

ORDERS = ("xyz", "yzx", "zxy", "xzy", "zyx", "yxz")

seeds = st.integers(0, 2**32 - 1)


@st.composite
def rotations(draw, count: int = 8) -> Rotation:
    """`count` rotations, of which some are tiny and some are within a hair of a half turn."""
    rng = np.random.default_rng(draw(seeds))
    axis = rng.normal(size=(count, 3))
    angle = rng.choice([rng.uniform(0, np.pi), 1e-9, 1e-4, np.pi - 1e-4, np.pi - 1e-9, np.pi / 2], size=count)
    return Rotation.from_rotvec(axis / np.linalg.norm(axis, axis=1, keepdims=True) * angle[:, None])


@st.composite
def poses(draw, frames: int = 3) -> np.ndarray:
    """Local rotations (frames, 22, 4) float64 xyzw, each joint anywhere."""
    quats = Rotation.random(frames * NUM_JOINTS, random_state=draw(seeds)).as_quat()
    return quats.reshape(frames, NUM_JOINTS, 4)


@st.composite
def bodies(draw) -> np.ndarray:
    """Offsets (22, 3) of a person whose left and right sides differ."""
    rng = np.random.default_rng(draw(seeds))
    return (
        VIRTUAL_OFFSETS * rng.uniform(0.8, 1.2, (NUM_JOINTS, 1))
        + rng.normal(scale=0.005, size=(NUM_JOINTS, 3)) * (np.arange(NUM_JOINTS) > 0)[:, None]
    )


def posture(**turns: tuple[str, float] | tuple[str, list[float]]) -> np.ndarray:
    """Local rotations (22, 4) of the rest pose with some joints turned, e.g. left_knee=("Y", 90)."""
    quats = np.tile([0.0, 0.0, 0.0, 1.0], (NUM_JOINTS, 1))
    for name, (axes, degrees) in turns.items():
        quats[JOINT_INDEX[name]] = Rotation.from_euler(axes, degrees, degrees=True).as_quat()
    return quats


def mirrored(quats: np.ndarray) -> np.ndarray:
    """The pose (..., 22, 4) seen in a mirror that exchanges left and right: y is reflected."""
    return quats[..., list(MIRROR), :] * [-1.0, 1.0, -1.0, 1.0]


HANGING = posture(left_shoulder=("X", -90), right_shoulder=("X", 90))
POSTURES = {
    "T": posture(),
    "arms hanging": HANGING,
    "arms overhead": posture(left_shoulder=("X", 85), right_shoulder=("X", -85)),
    "arms forward": posture(left_shoulder=("Z", -90), right_shoulder=("Z", 90)),
    "arms forward, forearms up": posture(
        left_shoulder=("ZY", [-90, -90]), right_shoulder=("ZY", [90, -90]),
        left_elbow=("Z", -90), right_elbow=("Z", 90),
    ),
    "arms behind": posture(left_shoulder=("YX", [50, -90]), right_shoulder=("YX", [50, 90])),
    "sitting": posture(
        left_hip=("Y", -90), right_hip=("Y", -90), left_knee=("Y", 90), right_knee=("Y", 90),
        left_shoulder=("YX", [-30, -90]), right_shoulder=("YX", [-30, 90]),
    ),
    "squatting": posture(
        left_hip=("YX", [-120, 20]), right_hip=("YX", [-120, -20]), left_knee=("Y", 150), right_knee=("Y", 150),
        left_ankle=("Y", -30), right_ankle=("Y", -30), spine1=("Y", 30),
    ),
    "split": posture(left_hip=("X", 80), right_hip=("X", -80)),
    "elbows and wrists bent": posture(
        left_elbow=("ZY", [-150, 80]), right_elbow=("ZY", [150, 80]), left_wrist=("X", 85), right_wrist=("X", 85),
    ),
    "looking over the shoulder, nodding": posture(neck=("Z", 60), head=("ZY", [60, 40])),
}  # fmt: skip
