"""Somebody who stands, walks and squats, with known knees, on legs that may be measured too long."""

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm.mocap.clip_file import Clip

FPS = 60.0
ANKLE = 0.07
LEGS = [[JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle")] for side in ("left", "right")]
THIGH, SHIN = 0.4086, 0.4318
STAND, WALK, SQUAT = slice(0, 420), slice(420, 780), slice(780, 1080)


def reach(knee: np.ndarray) -> np.ndarray:
    """Hip to ankle in metres of a leg bent by so many degrees."""
    return np.sqrt(THIGH**2 + SHIN**2 + 2 * THIGH * SHIN * np.cos(np.radians(knee)))


def knees_of(distance: np.ndarray, longer: float = 1.0) -> np.ndarray:
    """Flexion in degrees of legs `longer` times as long between hip and ankle."""
    cosine = ((distance / longer) ** 2 - THIGH**2 - SHIN**2) / (2 * THIGH * SHIN)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def stand_walk_squat() -> tuple[np.ndarray, np.ndarray]:
    """Hips (T, 2, 3) and ankles (T, 2, 3), left and right, in metres."""
    time = np.arange(420) / FPS
    standing = 5 + 2 * np.sin(2 * np.pi * 2 / 7 * time)
    squatting = 5 + 50 * (1 - np.cos(2 * np.pi * 0.4 * time[:300]))
    walking = time[:360]
    half, seconds = 0.15, 0.5  # a step, metres
    ahead = np.concatenate([np.zeros(420), 2 * half / seconds * walking, np.full(300, 2 * half / seconds * 6)])
    low = np.sqrt(reach(np.array(12.0)) ** 2 - half**2)
    height = np.concatenate([reach(standing), np.full(360, low), reach(squatting)])
    hips, ankles = np.zeros((2, len(ahead), 2, 3))
    for side, s in ((0, 1), (1, -1)):
        phase = walking / (2 * seconds) + 0.5 * side
        stance = np.clip((phase % 1) * 2, 0, 1)
        swing = np.clip((phase % 1) * 2 - 1, 0, 1)
        ease = swing**2 * (3 - 2 * swing)
        relative = np.where(stance < 1, half * (1 - 2 * stance), half * (2 * ease - 1))
        hips[:, side, 0] = ankles[:, side, 0] = ahead
        ankles[WALK, side, 0] += relative
        ankles[:, side, 2] = ANKLE
        ankles[WALK, side, 2] += np.where(stance < 1, 0, 0.08 * np.sin(np.pi * swing))
        hips[:, side, 1] = ankles[:, side, 1] = s * 0.0869
        hips[:, side, 2] = ANKLE + height
    return hips, ankles


def clip_of(hips: np.ndarray, ankles: np.ndarray, longer: float = 1.0, frames: slice = slice(None)) -> Clip:
    """The motion on a body whose legs are `longer` times the virtual skeleton's; feet flat, arms hanging."""
    hips, ankles = hips[frames], ankles[frames]
    local = np.broadcast_to(np.eye(3), (len(hips), NUM_JOINTS, 3, 3)).copy()
    for side, (hip, knee, ankle) in enumerate(LEGS):
        way = ankles[:, side] - hips[:, side]
        bend = np.radians(knees_of(np.linalg.norm(way, axis=1), longer))
        pitch = np.arctan2(-way[:, 0], -way[:, 2]) - np.arctan2(SHIN * np.sin(bend), THIGH + SHIN * np.cos(bend))
        for joint, angle in ((hip, pitch), (knee, bend), (ankle, -pitch - bend)):
            local[:, joint] = Rotation.from_euler("y", angle).as_matrix()
    for name, degrees in (("left_shoulder", -85), ("right_shoulder", 85)):
        local[:, JOINT_INDEX[name]] = Rotation.from_euler("x", degrees, True).as_matrix()
    for name, degrees in (("left_elbow", -15), ("right_elbow", 15)):
        local[:, JOINT_INDEX[name]] = Rotation.from_euler("z", degrees, True).as_matrix()
    offsets = VIRTUAL_OFFSETS.copy()
    offsets[[joint for leg in LEGS for joint in leg[1:]]] *= longer
    root = hips.mean(1) - VIRTUAL_OFFSETS[LEGS[0][0]] * [1, 0, 1]
    return Clip(quat_from_matrix(local).astype(np.float32), root.astype(np.float32), offsets.astype(np.float32), FPS)


def pose_of(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    return forward_kinematics(matrix_from_quat(clip.quat.astype(np.float64)), clip.offsets, clip.root)


def knees(clip: Clip) -> np.ndarray:
    """Flexion (T, 2) in degrees of left and right knee."""
    position = pose_of(clip)[1]
    bent = []
    for hip, knee, ankle in LEGS:
        above, below = position[:, knee] - position[:, hip], position[:, ankle] - position[:, knee]
        cosine = (above * below).sum(1) / np.linalg.norm(above, axis=1) / np.linalg.norm(below, axis=1)
        bent.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.stack(bent, 1)
