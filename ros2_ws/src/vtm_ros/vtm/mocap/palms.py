"""How hands are turned, where fingers tell: from the wrist, each finger begins in a direction of its own."""

import re
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.hand import FINGERS
from vtm.body.hand_skeleton import WITH_HANDS
from vtm.body.rotations import geodesic_angle
from vtm.mocap.recording import Recording
from vtm.mocap.standing import Matches, Standing

_NAMES = {"thumb": "thumb", "index": "index", "mid": "middle", "ring": "ring", "pink": "pinky", "little": "pinky"}
"""What is in names of fingers -> ours."""
_NUMBER = re.compile(r"(?:finger|digit)[ _]?(\d)", re.IGNORECASE)
_NUMBERED = ("thumb", "index", "middle", "ring", "pinky")
"""Fingers with numbers instead of names, where all five are there."""
_KNUCKLE = {finger: 0.08 if finger == "thumb" else 0.25 for finger in FINGERS}
"""How far from the wrist, in lengths of the forearm, a finger begins at least; what is nearer lies in the palm."""
_APART = np.radians(15.0)
"""Fingers that tell how a hand is turned begin in directions that are farther apart."""
_ALIKE = np.radians(35.0)
"""No finger begins in a direction that is farther from ours, or another joint was taken for it."""
_SURE = np.radians(20.0)
"""Hands that a rest pose lays along the forearm stay so, unless fingers contradict by more."""


def with_palms(
    stands: Standing, recording: Recording, joints: Matches, rotation: np.ndarray, position: np.ndarray, rough: bool
) -> Standing:
    """How a skeleton stands, its hands as their fingers tell.

    Args:
        stands: As the rest pose, a frame or the motion tells.
        recording: The skeleton.
        joints: Our joints in the source's.
        rotation: (T, J, 3, 3) in the file's world.
        position: (T, J, 3) in the file's world and unit.
        rough: Whether hands are told roughly so far.
    """
    axes = dict(stands.axes)
    for side in ("left", "right"):
        wrist = f"{side}_wrist"
        if wrist not in joints:
            continue
        place, turning = joints[wrist]
        forearm = np.median(np.linalg.norm(position[:, place] - position[:, joints[f"{side}_elbow"][0]], axis=1))
        begins: dict[str, np.ndarray] = {}
        for finger, chain in _fingers(recording, place).items():
            for joint in chain:
                away = np.einsum("tji,tj->ti", rotation[:, turning], position[:, joint] - position[:, place])
                begin = np.median(away, axis=0)
                if np.linalg.norm(begin) > _KNUCKLE[finger] * forearm:
                    begins[finger] = begin / np.linalg.norm(begin)
                    break
        told = _turn(side, {finger: begin for finger, begin in begins.items() if finger != "thumb"})
        told = _turn(side, begins) if told is None else told
        if told is not None and geodesic_angle(told, axes[wrist]) > (0 if rough else _SURE):
            axes[wrist] = told
    return replace(stands, axes=axes)


def _fingers(recording: Recording, wrist: int) -> dict[str, list[int]]:
    """Finger -> its joints below the wrist, from there on."""
    below = [j for j, name in enumerate(recording.names) if name and j != wrist and wrist in recording.path(j)]
    numbers = {joint: int(match[1]) for joint in below if (match := _NUMBER.search(recording.names[joint]))}
    counts = sorted(set(numbers.values()))
    counted = dict(zip(counts, _NUMBERED, strict=True)) if len(counts) == len(_NUMBERED) else {}
    fingers: dict[str, list[int]] = {}
    for joint in below:
        name = recording.names[joint].lower()
        finger = next((ours for word, ours in _NAMES.items() if word in name), counted.get(numbers.get(joint, -1)))
        if finger:
            fingers.setdefault(finger, []).append(joint)
    return fingers


def _turn(side: str, theirs: dict[str, np.ndarray]) -> np.ndarray | None:
    """The rotation (3, 3) that takes the directions in which our fingers begin to theirs."""
    names = list(theirs)
    begins = [WITH_HANDS.offsets[WITH_HANDS.index[f"{side}_{finger}1"]] for finger in names]
    ours = np.array([begin / np.linalg.norm(begin) for begin in begins]).reshape(-1, 3)
    directions = np.array([theirs[finger] for finger in names]).reshape(-1, 3)
    for vectors in (ours, directions):
        if np.arccos(np.clip((vectors @ vectors.T).min(initial=1.0), -1, 1)) < _APART:
            return None
    turn = Rotation.align_vectors(directions, ours)[0]
    left = np.arccos(np.clip((turn.apply(ours) * directions).sum(1), -1, 1))
    return turn.as_matrix() if left.max() < _ALIKE else None
