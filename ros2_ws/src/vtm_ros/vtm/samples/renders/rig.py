"""Our 22 joints inside Anny's resting body: where they are, how long its bones are, how its limbs are turned."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import HEAD_TOP, JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, VIRTUAL_OFFSETS, scaled_offsets

_LEFT = {
    "left_hip": ["LeftUpLeg"], "left_knee": ["LeftLeg"], "left_ankle": ["LeftFoot"], "left_foot": ["LeftToeBase"],
    "left_collar": ["LeftShoulder"], "left_shoulder": ["LeftArm"], "left_elbow": ["LeftForeArm"],
    "left_wrist": ["LeftHand", "LThumb", "LeftFingerBase", "LeftHandFinger1"],
}  # fmt: skip
BONES = {
    "pelvis": ["Hips", "LHipJoint", "RHipJoint"], "spine1": ["LowerBack"], "spine2": ["Spine"], "spine3": ["Spine1"],
    "neck": ["Neck", "Neck1"], "head": ["Head"], **_LEFT,
    **{joint.replace("left", "right"): [bone.replace("Left", "Right").replace("LThumb", "RThumb") for bone in bones]
       for joint, bones in _LEFT.items()},
}  # fmt: skip
"""Our joint -> the bones of Anny's rig "cmu_mb" whose skin it moves; the first begins at the joint (limbs)."""

HIP_INWARD = 0.78
"""MakeHuman puts hip joints 11 cm from the mid-plane, near the skin. Anatomical hip centres lie at 8.7 cm, on the same
flexion axis: moved there, the skin bends as before."""

_SPINE = ("spine1", "spine2", "spine3", "left_collar")


@dataclass(frozen=True)
class Rig:
    """Our joints in Anny's rest pose, body axes (x forward, y left, z up).

    Attributes:
        anchor: (22, 3) m, the joints.
        align: (22, 3, 3), turns each bone from Anny's rest pose into our T-pose.
        ratio: (21,) bone lengths over the virtual skeleton's.
    """

    anchor: np.ndarray
    align: np.ndarray
    ratio: np.ndarray


def fit_rig(heads: dict[str, np.ndarray], crown: np.ndarray) -> Rig:
    """Our joints in a body of Anny's.

    Limb joints are Anny's own. Those of the torso lie on the virtual skeleton's spine, stretched evenly between hips
    and shoulders, so that they mean what they mean in the recordings; no skin moves for that.

    Args:
        heads: Where each of Anny's bones begins, (3,) m.
        crown: (3,) m, where the skull ends.
    """
    virtual = dict(zip(JOINT_NAMES, VIRTUAL_OFFSETS, strict=True))
    at = {joint: heads[bones[0]].astype(float) for joint, bones in BONES.items()}
    for side in ("left_hip", "right_hip"):
        at[side] = at[side] * (1, HIP_INWARD, 1)
    hips, shoulders = (at["left_hip"] + at["right_hip"]) / 2, (at["left_shoulder"] + at["right_shoulder"]) / 2
    ratio = dict.fromkeys(JOINT_NAMES, 1.0)

    hip_ratio = (at["left_hip"] - hips)[1] / virtual["left_hip"][1]
    lean, spine_ratio = _spine(shoulders - hips, hip_ratio)
    ratio |= dict.fromkeys(("left_hip", "right_hip"), hip_ratio)
    ratio |= dict.fromkeys(("spine1", "spine2", "spine3", "neck", "left_collar", "right_collar"), spine_ratio)
    breadth = (at["left_shoulder"] - shoulders)[1] - spine_ratio * virtual["left_collar"][1]
    ratio |= dict.fromkeys(("left_shoulder", "right_shoulder"), breadth / virtual["left_shoulder"][1])
    for joint in ("knee", "ankle", "foot", "elbow", "wrist"):
        parent = {"knee": "hip", "ankle": "knee", "foot": "ankle", "elbow": "shoulder", "wrist": "elbow"}[joint]
        lengths = [np.linalg.norm(at[f"{side}_{joint}"] - at[f"{side}_{parent}"]) for side in ("left", "right")]
        length = np.mean(lengths) / np.linalg.norm(virtual[f"left_{joint}"])
        ratio |= dict.fromkeys((f"left_{joint}", f"right_{joint}"), length)

    joints = _rest_joints(ratio, hips)
    neck = hips + lean.T @ (joints[JOINT_INDEX["neck"]] - hips)
    ratio["head"] = (lean @ (crown - neck))[2] / (virtual["head"][2] + HEAD_TOP)
    joints = _rest_joints(ratio, hips)

    anchor, align = np.stack([at[joint] for joint in JOINT_NAMES]), np.tile(np.eye(3), (NUM_JOINTS, 1, 1))
    anchor[0] = joints[0]
    for joint in ("spine1", "spine2", "spine3", "neck", "left_collar", "right_collar", "head"):
        anchor[JOINT_INDEX[joint]] = hips + lean.T @ (joints[JOINT_INDEX[joint]] - hips)
        align[JOINT_INDEX[joint]] = lean if joint != "head" else np.eye(3)
    for side in ("left", "right"):
        _align_limbs(side, anchor, align, ratio[f"{side}_foot"])
    return Rig(anchor, align, np.array([ratio[joint] for joint in JOINT_NAMES[1:]]))


def _rest_joints(ratio: dict[str, float], hips: np.ndarray) -> np.ndarray:
    """The T-pose joints (22, 3) of bone ratios by name, the middle between the hips at `hips`."""
    offsets = scaled_offsets([ratio[joint] for joint in JOINT_NAMES[1:]])
    joints = forward_kinematics(np.tile(np.eye(3), (NUM_JOINTS, 1, 1)), offsets, np.zeros(3))[1]
    return joints + hips - (joints[1] + joints[2]) / 2


def _spine(rise: np.ndarray, hip_ratio: float) -> tuple[np.ndarray, float]:
    """How far the torso leans back from Anny's rest pose to ours, and the ratio of its bones.

    rise: Anny's shoulders from its hips. In the virtual skeleton they are u + ratio c from each other (side view).
    """
    middle = np.array([1.0, 0.0, 1.0])
    u = -hip_ratio * VIRTUAL_OFFSETS[1] * middle
    c = sum(VIRTUAL_OFFSETS[JOINT_INDEX[joint]] for joint in _SPINE) * middle
    half = u @ c
    ratio = (np.sqrt(half**2 + (c @ c) * (rise @ rise - u @ u)) - half) / (c @ c)
    ours = u + ratio * c
    angle = np.arctan2(ours[0], ours[2]) - np.arctan2(rise[0], rise[2])
    return Rotation.from_euler("y", angle).as_matrix(), float(ratio)


def _align_limbs(side: str, anchor: np.ndarray, align: np.ndarray, foot_ratio: float) -> None:
    """Leg straight down, foot straight ahead; arm sideways with the elbow's crease ahead; hand and toes follow."""
    hip, knee, ankle, foot = (JOINT_INDEX[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle", "foot"))
    align[hip] = shortest_rotation(anchor[knee] - anchor[hip], np.array([0.0, 0.0, -1.0]))
    align[knee] = (
        shortest_rotation(align[hip] @ (anchor[ankle] - anchor[knee]), np.array([0.0, 0.0, -1.0])) @ align[hip]
    )
    ahead = anchor[foot] - anchor[ankle]
    align[ankle] = align[foot] = Rotation.from_euler("z", -np.arctan2(ahead[1], ahead[0])).as_matrix()
    anchor[foot] = anchor[ankle] + align[ankle].T @ VIRTUAL_OFFSETS[foot] * foot_ratio

    shoulder, elbow, wrist = (JOINT_INDEX[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
    upper, fore = anchor[elbow] - anchor[shoulder], anchor[wrist] - anchor[elbow]
    out = np.array([0.0, 1.0 if side == "left" else -1.0, 0.0])
    hinge, our_hinge = np.cross(upper, fore), np.cross(out, [1.0, 0.0, 0.0])
    align[shoulder] = _frame(out, our_hinge) @ _frame(upper, hinge).T
    align[elbow] = align[wrist] = _frame(out, our_hinge) @ _frame(fore, hinge).T


def _frame(along: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """The rotation whose columns are the directions of `along`, of `hinge` (perpendicular to it) and of their cross."""
    along, hinge = along / np.linalg.norm(along), hinge / np.linalg.norm(hinge)
    return np.stack([along, hinge, np.cross(along, hinge)], axis=-1)


def shortest_rotation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The smallest rotation (3, 3) that turns direction `a` (3,) into direction `b` (3,), unit vectors."""
    axis = np.cross(a, b)
    sine = np.linalg.norm(axis)
    return Rotation.from_rotvec(axis / max(sine, 1e-9) * np.arctan2(sine, a @ b)).as_matrix()
