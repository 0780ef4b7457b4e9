"""What other programs call the joints."""

from vtm.body.hand import FINGERS, SIDES
from vtm.body.hand_skeleton import WITH_HANDS

_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_LIMBS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")


def _named(
    trunk: tuple[str, ...], limbs: tuple[str, ...], fingers: tuple[str, ...], pattern: str, sides: tuple[str, str]
) -> tuple[str, ...]:
    """Names of the 52 joints. fingers: as FINGERS, a number follows; pattern: of a limb's, with {side} and {limb}."""
    names = dict(zip(_TRUNK, trunk, strict=True))
    for ours, side in zip(SIDES, sides, strict=True):
        for limb, theirs in zip(_LIMBS, limbs, strict=True):
            names[f"{ours}_{limb}"] = pattern.format(side=side, limb=theirs)
        for finger, theirs in zip(FINGERS, fingers, strict=True):
            for knuckle in (1, 2, 3):
                names[f"{ours}_{finger}{knuckle}"] = pattern.format(side=side, limb=f"{theirs}{knuckle}")
    return tuple(names[name] for name in WITH_HANDS.names)


_BONES = ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand")
_BACK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
_DIGITS = tuple(f"Hand{finger.capitalize()}" for finger in FINGERS)
NAMES = {
    "smplx": WITH_HANDS.names,
    "blender": _named(
        ("spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006"),
        ("thigh", "shin", "foot", "toe", "shoulder", "upper_arm", "forearm", "hand"),
        ("f_index.0", "f_middle.0", "f_pinky.0", "f_ring.0", "thumb.0"), "{limb}.{side}", ("L", "R"),
    ),
    "motionbuilder": _named(_BACK, _BONES, _DIGITS, "{side}{limb}", ("Left", "Right")),
    "mixamo": _named(
        tuple(f"mixamorig:{name}" for name in _BACK), _BONES, _DIGITS, "mixamorig:{side}{limb}", ("Left", "Right")
    ),
    "lafan1": _named(_BACK, (*_BONES[:3], "Toe", *_BONES[4:]), _DIGITS, "{side}{limb}", ("Left", "Right")),
}  # fmt: skip
"""The joints in our order, the body's 22 before the fingers: SMPL-X's names, Blender's Rigify, MotionBuilder's HumanIK,
Adobe's Mixamo, Ubisoft's data set LAFAN1."""
