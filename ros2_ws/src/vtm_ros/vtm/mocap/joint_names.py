"""Which joint of a foreign skeleton is which of ours.

Arms and legs are found by what their names say (vtm/mocap/joint_words.py), as chains: of all joints of a side that may
belong to a leg, those that follow each other as hip, knee, ankle and toes do. The pelvis is where legs, arms and head
part; the joints of spine, neck and collars are told by their place between those.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vtm.errors import VtmError
from vtm.mocap.joint_words import ARM, LEG, TRUNK, Said, read_names
from vtm.mocap.recording import Recording

_NEEDED, _OPTIONAL = 10, ("collar", "foot", "wrist")
_SIDES = ("left_", "right_")
_TURNED_BY_LAST = {"hip": "knee", "knee": "ankle", "shoulder": "elbow", "elbow": "wrist"}
"""Joints whose bone may be made of several, of which the last holds the whole twist, and where their bone ends."""
_REMEDY = "say which joint is which by --names FILE (docs/formats.md)"


def match_joints(recording: Recording, names: Mapping[str, str] | None = None) -> dict[str, tuple[int, int]]:
    """Find our joints in a foreign skeleton.

    Args:
        recording: Its skeleton.
        names: Our joint -> the source's, where its name does not tell (vtm/mocap/names_file.py).

    Returns:
        Our joint to the source's joint that stands where it is and the one that turns as it does. Spine joints that the
        source lacks are missing, and so are neck, collars, wrists and feet.

    Raises:
        VtmError: A joint that is needed has no match; it lists those and the source's names.
    """
    said = read_names(recording.names)
    named = _named(recording, names or {})
    at = dict(named)
    for side in _SIDES:
        for roles in (LEG, ARM):
            for role, joint in _limb(recording, said, side, roles).items():
                at.setdefault(side + role, joint)
            _bridge(recording, at, side, roles)
    at = {name: joint for name, joint in at.items() if not name.endswith("collar") or name in named}
    head = at.get("head", _head(recording, said, at))
    if head is not None:
        at["head"] = head
    sided = [f"{side}{role}" for role in (*LEG, *ARM) if role not in _OPTIONAL for side in _SIDES]
    missing = [name for name in ("head", *sided) if name not in at]
    if missing:
        raise VtmError(
            f"no joint is recognised as {', '.join(missing)}; {_REMEDY} "
            f"(the file has {', '.join(name for name in recording.names if name)})"
        )
    found = {name: (joint, joint) for name, joint in at.items() if name == "head" or name.startswith(_SIDES)}
    for side in _SIDES:
        for role, end in _TURNED_BY_LAST.items():
            if side + end in at and at[side + role] in recording.path(at[side + end])[:-1]:
                found[side + role] = (at[side + role], recording.parents[at[side + end]])
        wrist = at.get(f"{side}wrist")
        if wrist is not None:
            hands = [j for j, own in enumerate(said) if own.palm and own.side == side and j != wrist]
            palms = [j for j in hands if wrist in recording.path(j)]
            found[f"{side}wrist"] = (wrist, palms[0] if palms and f"{side}wrist" not in named else wrist)
    found["pelvis"] = _pelvis(recording, found, named)
    return (
        _torso(recording, found) | found | {name: (joint, joint) for name, joint in named.items() if name != "pelvis"}
    )


def _named(recording: Recording, names: Mapping[str, str]) -> dict[str, int]:
    """The joints that the user names."""
    theirs = {name.lower(): joint for joint, name in reversed(list(enumerate(recording.names))) if name}
    unknown = [name for name in names.values() if name.lower() not in theirs]
    if unknown:
        raise VtmError(
            f"--names: the file has no joint {', '.join(unknown)}; it has "
            f"{', '.join(name for name in recording.names if name)}"
        )
    return {ours: theirs[name.lower()] for ours, name in names.items()}


def _limb(recording: Recording, said: Sequence[Said], side: str, roles: tuple[str, ...]) -> dict[str, int]:
    """The joints of one limb: those in a row whose names speak most for it; the first of equals."""
    own = [joint for joint, name in enumerate(said) if name.side == side and set(name.roles) & set(roles)]
    best: tuple[float, dict[str, int]] = (0, {})
    for last in own:
        chain = [joint for joint in recording.path(last) if joint in own]
        found = _in_order(chain, _scores(said, chain), roles)
        if found[0] > best[0]:
            best = found
    return best[1]


def _scores(said: Sequence[Said], chain: list[int]) -> list[dict[str, int]]:
    """What each joint of a chain may be; a foot below an ankle is where the toes begin."""
    scores, ankle = [], False
    for joint in chain:
        scores.append({"foot": 3} if ankle and said[joint].word == "foot" else said[joint].roles)
        ankle = ankle or said[joint].word == "ankle"
    return scores


def _in_order(chain: list[int], scores: list[dict[str, int]], roles: tuple[str, ...]) -> tuple[float, dict[str, int]]:
    """The best assignment of roles to joints of the chain that keeps the order of both."""
    best: list[tuple[float, dict[str, int]]] = [(0, {})] * (len(chain) + 1)
    for role in roles:
        after: list[tuple[float, dict[str, int]]] = [best[0]]
        for place, joint in enumerate(chain):
            choice = max(after[place], best[place + 1], key=lambda found: found[0])
            if role in scores[place]:
                worth = best[place][0] + scores[place][role] + (0 if role in ("collar", "foot") else _NEEDED)
                if worth > choice[0]:
                    choice = worth, best[place][1] | {role: joint}
            after.append(choice)
        best = after
    return best[-1]


def _bridge(recording: Recording, at: dict[str, int], side: str, roles: tuple[str, ...]) -> None:
    """Joints without a telling name: one alone between two that are known, or alone below the last."""
    _, upper, hinge, end = ("", *roles[:3]) if roles is LEG else roles
    first, middle, last = (at.get(side + role) for role in (upper, hinge, end))
    if middle is None and first is not None and last is not None and first in recording.path(last):
        between = recording.path(last)[recording.path(last).index(first) + 1 : -1]
        if len(between) == 1:
            at[side + hinge] = middle = between[0]
    if last is None and middle is not None:
        child = _only_child(recording, middle)
        if child is not None:
            at[side + end] = child


def _only_child(recording: Recording, joint: int) -> int | None:
    children = [child for child, parent in enumerate(recording.parents) if parent == joint]
    return children[0] if len(children) == 1 else None


def _common(recording: Recording, joints: Sequence[int]) -> int | None:
    """The last joint from which all of these hang, or which is one of them."""
    paths = [recording.path(joint) for joint in joints]
    shared = [joint for joint in paths[0] if all(joint in path for path in paths)]
    return shared[-1] if shared else None


def _head(recording: Recording, said: Sequence[Said], at: dict[str, int]) -> int | None:
    """The joint of that name, else the end of the chain that goes on above the shoulders.

    Where nothing there is called neck, chest or the like, that must be the only chain, without a fork.
    """
    for joint, name in enumerate(said):
        if name.word in ("head", "skull") and not name.side:
            return joint
    if not {"left_shoulder", "right_shoulder"} <= set(at):
        return None
    chest = _common(recording, [at["left_shoulder"], at["right_shoulder"]])
    arms = {joint for side in _SIDES for joint in recording.path(at[f"{side}shoulder"])}
    above = [
        joint
        for joint, name in enumerate(said)
        if chest in recording.path(joint) and joint not in arms and name.word.endswith(TRUNK) and not name.side
    ]
    if not above:
        return _only_chain(recording, said, chest, arms)
    last = max(above, key=lambda joint: len(recording.path(joint)))
    child = _only_child(recording, last)
    return child if said[last].word.endswith("neck") and child is not None else last


def _only_chain(recording: Recording, said: Sequence[Said], chest: int | None, arms: set[int]) -> int | None:
    """The last joint with a name of the only chain without a side that begins in the chest."""
    starts = [joint for joint, parent in enumerate(recording.parents) if parent == chest and joint not in arms]
    starts = [joint for joint in starts if recording.names[joint] and not said[joint].side]
    last = starts[0] if len(starts) == 1 else None
    while last is not None:
        named = [child for child, parent in enumerate(recording.parents) if parent == last and recording.names[child]]
        if not named:
            return last
        last = named[0] if len(named) == 1 else None
    return None


def _pelvis(recording: Recording, found: dict[str, tuple[int, int]], named: dict[str, int]) -> tuple[int, int]:
    """Where legs, arms and head part, and the joint that carries both legs."""
    hips = [found[f"{side}hip"][0] for side in _SIDES]
    carrier = _common(recording, hips)
    parting = _common(recording, [*hips, *(found[f"{side}shoulder"][0] for side in _SIDES), found["head"][0]])
    parting = named.get("pelvis", parting)
    if carrier is None or parting is None:
        raise VtmError("arms and legs are not of one skeleton; export each person alone")
    return parting, carrier if parting in recording.path(carrier) else parting


def _torso(recording: Recording, found: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Spine, neck and collars: the joints between pelvis, chest, head and shoulders."""
    paths = {name: recording.path(found[name][0]) for name in ("head", "left_shoulder", "right_shoulder")}
    pelvis, head = found["pelvis"][0], found["head"][0]
    if any(pelvis not in path for path in paths.values()):
        raise VtmError(f"{recording.names[pelvis] or 'the pelvis'} does not carry head and arms; {_REMEDY}")
    chest = max(
        set(paths["left_shoulder"]) & set(paths["right_shoulder"]) & set(paths["head"]), key=paths["head"].index
    )
    spine = _turning(recording, paths["head"][paths["head"].index(pelvis) + 1 : paths["head"].index(chest) + 1])
    neck = _turning(recording, paths["head"][paths["head"].index(chest) + 1 : paths["head"].index(head)])
    torso = {"neck": (neck[0], neck[0])} if neck else {}
    for side in _SIDES:
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
