"""Legs that can be straight: skeletons whose leg bones are a few per cent too long stand with bent knees.

Marker based skeletons are often fitted like that; the hips and the feet are where they were, only the knees are wrong.
Per person, the bones are shortened until the straighter quarter of what is seen in stance is straight, as in gait
laboratories, and the knees are solved again between the same hips and ankles. Necks are set in the same way: some
skeletons put the head joint so far forward that everybody cranes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, PARENTS
from vtm.mocap.clip_file import Clip
from vtm.mocap.stance import Stance, stance
from vtm.mocap.standing import shortest_turn

Person = tuple[str, str]
"""Source and subject; a subject without a name may be several people."""

_BENT = np.radians(5.0)
"""How far the knees of the straighter quarter of stance are bent."""
_QUARTER = 75
_FARTHEST, _OUT_OF_REACH = 95, 0.012
"""No leg becomes so short that more than 5 % of what is seen in stance is farther away than that, in leg lengths: a
centimetre."""
_LEAST = 200
"""Frames of stance from which a person's legs, or a source's necks, can be judged."""
_FEW = 30
"""Frames of stance that can tell that legs are better than those of others."""
_SHORTEST = 0.95
"""A person whose legs would have to be shortened to less does not stand straight in these clips."""
_RIGHT = 0.998
"""Legs whose factor is above this stay as they are."""
_SOFT, _FULL = 0.998, 0.9998
"""Reach from which on a leg stretches less than asked for, and the reach that it never exceeds: no knee snaps."""
_STRETCHED = _SOFT - (_FULL - _SOFT) * np.log(1 - (np.cos(_BENT / 2) - _SOFT) / (_FULL - _SOFT))
"""The reach that is asked of a leg whose knee then is bent by _BENT."""
_AHEAD = 0.005
"""Metres by which a knee is taken to be farther forward, so that it bends forwards where the leg is straight."""
_CRANED, _NECK = 20.0, 10.0
"""Degrees of lean in stance from which on a source's necks are set, and to how many."""
_LEGS = [[JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle")] for side in ("left", "right")]
_NECK_JOINT, _HEAD = JOINT_INDEX["neck"], JOINT_INDEX["head"]


@dataclass(frozen=True, eq=False)
class Straightened:
    """Clips on legs of the right length.

    Attributes:
        clips: In the order given.
        legs: By what each person's leg bones were multiplied.
        necks: Degrees that each source's necks leaned forward where they were set.
        feet: (N,) m by which ankles of changed legs moved.
    """

    clips: list[Clip]
    legs: dict[Person, float]
    necks: dict[str, float]
    feet: np.ndarray


def straighten(people: Sequence[Person], clips: Sequence[Clip]) -> Straightened:
    """Bring each person's legs to the right length, all clips of one person together.

    Args:
        people: Of each clip.
        clips: In the same order.
    """
    stances = [stance(clip) for clip in clips]
    legs = leg_factors(people, stances)
    necks = _craned_necks(people, stances)
    changed, feet = [], []
    for person, clip in zip(people, clips, strict=True):
        clip, moved = _with_legs(clip, legs[person])
        feet.append(moved)
        changed.append(_with_neck(clip, np.radians(_NECK - necks[person[0]])) if person[0] in necks else clip)
    return Straightened(changed, legs, necks, np.concatenate(feet) if feet else np.empty(0))


def leg_factors(people: Sequence[Person], stances: Sequence[Stance]) -> dict[Person, float]:
    """By what each person's leg bones are to be multiplied, at most 1.

    Whoever does not stand enough, or only on bent knees, gets the median of their source's people; where none of those
    stands either, what all of the source's frames say together; else everybody's median. But nobody's legs become
    shorter than the few frames ask for in which they do stand.

    Args:
        people: Of each clip.
        stances: Of each clip.
    """
    pieces: dict[Person, list[np.ndarray]] = defaultdict(list)
    for person, found in zip(people, stances, strict=True):
        pieces[person].append(found.reach)
    reach = {person: np.concatenate(found) for person, found in pieces.items()}
    judged = {person: _factor(found) for person, found in reach.items() if person[1] and len(found) >= _LEAST}
    judged = {person: factor for person, factor in judged.items() if factor >= _SHORTEST}
    of_source: dict[str, list[float]] = defaultdict(list)
    for (source, _), factor in judged.items():
        of_source[source].append(factor)

    def of_others(source: str) -> float:
        if of_source[source]:
            return float(np.median(of_source[source]))
        together = np.concatenate([found for (other, _), found in reach.items() if other == source])
        if len(together) >= _LEAST:
            return max(_factor(together), _SHORTEST)
        return float(np.median(list(judged.values()))) if judged else 1.0

    factors = {
        person: judged.get(person) or max(of_others(person[0]), _factor(found) if len(found) >= _FEW else 0.0)
        for person, found in reach.items()
    }
    return {person: 1.0 if factor > _RIGHT else factor for person, factor in factors.items()}


def _factor(reach: np.ndarray) -> float:
    quarter, farthest = np.percentile(reach, (_QUARTER, _FARTHEST))
    return min(max(float(quarter / _STRETCHED), float(farthest - _OUT_OF_REACH)), 1.0)


def _craned_necks(people: Sequence[Person], stances: Sequence[Stance]) -> dict[str, float]:
    leans: dict[str, list[np.ndarray]] = defaultdict(list)
    for (source, _), found in zip(people, stances, strict=True):
        leans[source].append(found.necks)
    together = {source: np.concatenate(found) for source, found in leans.items()}
    medians = {source: float(np.median(found)) for source, found in together.items() if len(found) >= _LEAST}
    return {source: lean for source, lean in medians.items() if lean > _CRANED}


def _with_legs(clip: Clip, factor: float) -> tuple[Clip, np.ndarray]:
    """The clip with leg bones `factor` times as long, and by how many metres (2 T,) ankles moved.

    Hips and the orientation of feet stay, ankles unless the leg is too short for them; knees stay in their planes.
    """
    if factor == 1:
        return clip, np.empty(0)
    local = matrix_from_quat(np.asarray(clip.quat, dtype=np.float64))
    offsets = np.array(clip.offsets, dtype=np.float64)
    turned, position = forward_kinematics(local, offsets, np.asarray(clip.root, dtype=np.float64))
    feet = []
    for hip, knee, ankle in _LEGS:
        thigh, shin = offsets[knee].copy(), offsets[ankle].copy()
        offsets[[knee, ankle]] *= factor
        upper, lower = np.linalg.norm(offsets[[knee, ankle]], axis=1)
        way = position[:, ankle] - position[:, hip]
        distance = np.linalg.norm(way, axis=1, keepdims=True)
        down = way / np.maximum(distance, 1e-9)
        near = np.maximum(_softly(distance / (upper + lower)) * (upper + lower), abs(upper - lower) + 1e-3)
        outward = _square_to(position[:, knee] - position[:, hip], down)
        outward = outward + _AHEAD * _unit(_square_to(turned[:, hip, :, 0], down))
        along = (upper**2 + near**2 - lower**2) / (2 * near)
        aside = np.sqrt(np.maximum(upper**2 - along**2, 0))
        to_knee = along * down + aside * _unit(outward)
        foot = turned[:, ankle]
        upper_turned = shortest_turn(turned[:, hip] @ thigh, to_knee) @ turned[:, hip]
        lower_turned = shortest_turn(turned[:, knee] @ shin, near * down - to_knee) @ turned[:, knee]
        local[:, hip] = _relative(turned[:, PARENTS[hip]], upper_turned)
        local[:, knee] = _relative(upper_turned, lower_turned)
        local[:, ankle] = _relative(lower_turned, foot)
        feet.append(np.abs(near - distance)[:, 0])
    joints = [joint for leg in _LEGS for joint in leg]
    return replace(_turned(clip, local, joints), offsets=offsets.astype(clip.offsets.dtype)), np.concatenate(feet)


def _with_neck(clip: Clip, turn: float) -> Clip:
    """The clip with the neck turned forward by `turn` radians; the head is orientated as before."""
    local = matrix_from_quat(np.asarray(clip.quat, dtype=np.float64))
    chest, neck = local[:, _NECK_JOINT].copy(), local[:, _HEAD].copy()
    local[:, _NECK_JOINT] = matrix_from_rotvec(np.array([0.0, turn, 0.0])) @ chest
    local[:, _HEAD] = _relative(local[:, _NECK_JOINT], chest @ neck)
    return _turned(clip, local, [_NECK_JOINT, _HEAD])


def _turned(clip: Clip, local: np.ndarray, joints: list[int]) -> Clip:
    """The clip with `joints` turned as in local (T, 22, 3, 3); quaternions keep their signs, all others every bit."""
    quat = np.array(clip.quat)
    new = quat_from_matrix(local[:, joints])
    same = (new * quat[:, joints]).sum(-1, keepdims=True) >= 0
    quat[:, joints] = np.where(same, new, -new)
    return replace(clip, quat=quat)


def _softly(reach: np.ndarray) -> np.ndarray:
    room = _FULL - _SOFT
    return np.where(reach > _SOFT, _SOFT + room * (1 - np.exp(-np.maximum(reach - _SOFT, 0) / room)), reach)


def _square_to(v: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return v - (v * direction).sum(-1, keepdims=True) * direction


def _relative(above: np.ndarray, turned: np.ndarray) -> np.ndarray:
    return np.swapaxes(above, -1, -2) @ turned


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
