"""Which joint of a foreign skeleton is which of ours.

Limbs, hips and head are recognised by name, in the spellings of CMU (ASF, cgspeed's BVH), MotionBuilder, Mixamo, Xsens,
Rokoko, OptiTrack, Bandai Namco, Unity, Unreal, 3ds Max Biped, Poser and DAZ, Blender Rigify and SMPL; the joints of
spine, neck and collars by their place between those.
"""

import re
from collections.abc import Iterator

import numpy as np

from vtm.errors import VtmError
from vtm.mocap.recording import Recording

_PARTS = {
    "pelvis": ("pelvis", "hips", "hip", "root"),
    "head": ("head",),
    "hip": ("upleg", "upperleg", "thigh", "femur", "hip"),
    "knee": ("lowerleg", "lowleg", "shin", "calf", "tibia", "knee", "leg"),
    "ankle": ("ankle", "foot"),
    "foot": ("toebase", "toe", "toes", "toe0", "ball", "foot"),
    "shoulder": ("upperarm", "uparm", "humerus", "shldr", "arm", "shoulder"),
    "elbow": ("forearm", "lowerarm", "lowarm", "radius", "elbow"),
    "wrist": ("wrist", "hand"),
    "palm": ("hand", "fingerbase"),
}
"""Joint -> its names without the side, best first. A name that an earlier joint of the table took is gone."""
_OPTIONAL = ("foot", "wrist", "palm")
_SIDES = {"left": "left_", "l": "left_", "right": "right_", "r": "right_"}
_RIGS = re.compile(r"^(.*[:|]|mixamorig\d*_|character\d*_|bip\d* |bip\d*_|[mf]_avg_|def-|j_bip_|joint_)", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def match_joints(recording: Recording) -> dict[str, tuple[int, int]]:
    """Find our joints in a foreign skeleton.

    Args:
        recording: Its skeleton.

    Returns:
        Our joint to the source's joint that stands where it is and the one that turns as it does. Spine joints that the
        source lacks are missing, and so are neck, collars, wrists and feet.

    Raises:
        VtmError: A joint that is needed has no match; it lists those and the source's names.
    """
    named = _by_name(recording.names)
    sided = [f"{side}{part}" for part in _PARTS if part not in ("pelvis", "head") for side in ("left_", "right_")]
    needed = ["pelvis", "head", *(name for name in sided if name.split("_")[1] not in _OPTIONAL)]
    missing = [name for name in needed if name not in named]
    if missing:
        raise VtmError(
            f"no joint is recognised as {', '.join(missing)}; rename the joints as in docs/formats.md or as Mixamo "
            f"does (the file has {', '.join(name for name in recording.names if name)})"
        )
    found = {name: (named[name], named[name]) for name in needed}
    for side in ("left_", "right_"):
        if f"{side}foot" in named:
            found[f"{side}foot"] = (named[f"{side}foot"],) * 2
        wrist = named.get(f"{side}wrist", _only_child(recording, named[f"{side}elbow"]))
        if wrist is not None:
            found[f"{side}wrist"] = (wrist, named.get(f"{side}palm", wrist))
    found.update(_torso(recording, found))
    return found


def _by_name(names: tuple[str, ...]) -> dict[str, int]:
    spelled: dict[str, int] = {}
    for index, name in enumerate(names):
        for spelling in _spellings(name):
            spelled.setdefault(spelling, index)
    named: dict[str, int] = {}
    for joint, parts in _PARTS.items():
        for side in ("",) if joint in ("pelvis", "head") else ("left_", "right_"):
            match = next((side + part for part in parts if side + part in spelled), None)
            if match:
                named[side + joint] = spelled[match]
                spelled = {key: index for key, index in spelled.items() if index != spelled[match]}
    return named


def _spellings(name: str) -> Iterator[str]:
    """left_hand for LeftHand, L_Hand, hand.L, mixamorig:LeftHand, Bip01 L Hand, lhand, ..."""
    words = [word.lower() for word in _WORD.findall(_RIGS.sub("", name))]
    joined = "".join(words)
    for word in (words[:1], words[-1:]) if len(words) > 1 else ():
        if word[0] in _SIDES:
            words.remove(word[0])
            yield _SIDES[word[0]] + "".join(words)
            return
    yield joined
    for side in ("left", "right", "l", "r"):
        if joined.startswith(side):
            yield _SIDES[side] + joined[len(side) :]


def _only_child(recording: Recording, joint: int) -> int | None:
    children = [child for child, parent in enumerate(recording.parents) if parent == joint]
    return children[0] if len(children) == 1 else None


def _torso(recording: Recording, found: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Spine, neck and collars: the joints between pelvis, chest, head and shoulders."""
    paths = {name: recording.path(found[name][0]) for name in ("pelvis", "head", "left_shoulder", "right_shoulder")}
    pelvis, head = found["pelvis"][0], found["head"][0]
    if any(pelvis not in paths[name] for name in ("head", "left_shoulder", "right_shoulder")):
        raise VtmError(f"{recording.names[pelvis] or 'the pelvis'} does not carry head and arms; rename the pelvis")
    chest = max(
        set(paths["left_shoulder"]) & set(paths["right_shoulder"]) & set(paths["head"]), key=paths["head"].index
    )
    spine = _turning(recording, paths["head"][paths["head"].index(pelvis) + 1 : paths["head"].index(chest) + 1])
    neck = _turning(recording, paths["head"][paths["head"].index(chest) + 1 : paths["head"].index(head)])
    torso = {"neck": (neck[0], neck[0])} if neck else {}
    for side in ("left_", "right_"):
        path = paths[f"{side}shoulder"]
        collar = _turning(recording, path[path.index(chest) + 1 : -1])
        if collar:
            torso[f"{side}collar"] = (collar[0], collar[-1])
    if spine:
        last = len(spine) - 1
        levels = {1: {"spine3": 0}, 2: {"spine1": 0, "spine3": 1}}.get(
            len(spine), {"spine1": 0, "spine2": (last + 1) // 2, "spine3": last}
        )
        torso.update({name: (spine[level], spine[level]) for name, level in levels.items()})
    return torso


def _turning(recording: Recording, chain: list[int]) -> list[int]:
    """Those joints of the chain that ever turn, or all if none does: others only lead from one joint to the next."""
    return [joint for joint in chain if np.ptp(recording.local[:, joint], axis=0).max() > 1e-3] or chain
