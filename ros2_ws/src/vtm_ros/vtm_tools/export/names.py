"""What other programs call the joints."""

from vtm.body.skeleton import JOINT_NAMES

_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_LIMBS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")


def _named(trunk: tuple[str, ...], limbs: tuple[str, ...], pattern: str, sides: tuple[str, str]) -> tuple[str, ...]:
    """Names of the 22 joints. pattern: of a limb's, with {side} and {limb}."""
    names = dict(zip(_TRUNK, trunk, strict=True))
    for ours, side in zip(("left", "right"), sides, strict=True):
        for limb, theirs in zip(_LIMBS, limbs, strict=True):
            names[f"{ours}_{limb}"] = pattern.format(side=side, limb=theirs)
    return tuple(names[name] for name in JOINT_NAMES)


_BONES = ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand")
_BACK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
NAMES = {
    "smplx": JOINT_NAMES,
    "blender": _named(
        ("spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006"),
        ("thigh", "shin", "foot", "toe", "shoulder", "upper_arm", "forearm", "hand"), "{limb}.{side}", ("L", "R"),
    ),
    "motionbuilder": _named(_BACK, _BONES, "{side}{limb}", ("Left", "Right")),
    "mixamo": _named(
        tuple(f"mixamorig:{name}" for name in _BACK), _BONES, "mixamorig:{side}{limb}", ("Left", "Right")
    ),
}  # fmt: skip
"""The joints in our order: SMPL-X's names, Blender's Rigify, MotionBuilder's HumanIK, Adobe's Mixamo."""
