"""BVH files of any skeleton and of any program that takes the format lightly.

Keywords are read in any case, commas may part numbers or be decimal, and rows may be wrapped over lines; a file that
holds fewer or more frames than it announces is read as far as frames are whole, and that is remarked.
"""

from pathlib import Path

import numpy as np

from vtm.body.rotations import matrix_from_joint_angles
from vtm.errors import VtmError
from vtm.mocap.bvh_hierarchy import AXES, Joint, read_hierarchy
from vtm.mocap.bvh_motion import motion_line, read_motion
from vtm.mocap.bvh_text import EXPORT, read_text
from vtm.mocap.recording import Recording

_SLOWEST, _FASTEST = 1.0, 2000.0
"""Frames/s that are believed."""
_RADIANS = (0.5, 6.3)
"""Between these lies the largest angle of a file in radians, but of hardly any in degrees."""


def read_bvh(path: Path) -> Recording:
    """Read a BVH file.

    Angles are degrees, R = R_first R_second R_third in the order of the channels, as everywhere. A joint's position
    channels take the place of its OFFSET if they hover about it, else they add to it: both readings are in use.

    Raises:
        VtmError: Something is missing or not a number; the line is named.
    """
    bvh = read_text(path)
    line = motion_line(bvh)
    joints = read_hierarchy(bvh, line)
    motion = read_motion(bvh, line, sum(len(joint.channels) for joint in joints))
    frames = len(motion.values)
    _check_degrees(path, joints, motion.values)
    offsets = np.array([joint.offset for joint in joints])
    local = np.broadcast_to(np.eye(3), (frames, len(joints), 3, 3)).copy()
    places, columns = {}, iter(motion.values.T)
    for index, joint in enumerate(joints):
        own = {channel: next(columns) for channel in joint.channels}
        turns = [channel for channel in joint.channels if channel.endswith("rotation")]
        if turns:
            local[:, index] = _rotation(np.stack([own[turn] for turn in turns], 1), [turn[0] for turn in turns])
        moves = [own.get(f"{axis}position") for axis in AXES]
        if any(move is not None for move in moves):
            place = np.stack([np.zeros(frames) if move is None else move for move in moves], 1)
            middle = np.median(place, 0)
            absolute = joint.parent < 0 or np.linalg.norm(middle - offsets[index]) < np.linalg.norm(middle)
            places[index] = place if absolute else place + offsets[index]
    parents = tuple(joint.parent for joint in joints)
    rate = 1 / motion.seconds if motion.seconds else 0.0
    fps = rate if _SLOWEST <= rate <= _FASTEST else None
    remarks = []
    if motion.announced not in (None, frames):
        remarks.append(f"{frames} whole frames are there, {motion.announced} announced")
    if motion.more:
        remarks.append("what follows the frames is not read")
    names = tuple(joint.name for joint in joints)
    return Recording(names, parents, offsets, local, places, fps, remarks=tuple(remarks))


def _rotation(degrees: np.ndarray, axes: list[str]) -> np.ndarray:
    """Matrices (T, 3, 3) of angles (T, n) about n axes in a row; an axis that is missing does not turn."""
    order = "".join(axes + [axis for axis in AXES if axis not in axes])
    angles = np.zeros((len(degrees), 3))
    angles[:, : len(axes)] = np.radians(degrees)
    return matrix_from_joint_angles(angles, order)


def _check_degrees(path: Path, joints: list[Joint], values: np.ndarray) -> None:
    turns = [channel.endswith("rotation") for joint in joints for channel in joint.channels]
    largest = float(np.abs(values[:, turns]).max(initial=0.0))
    if len(values) > 1 and _RADIANS[0] < largest < _RADIANS[1]:
        raise VtmError(
            f"{path}: no angle exceeds {largest:.2f}: are they radians? BVH counts in degrees; {EXPORT}, or multiply "
            "them by 57.29578"
        )
