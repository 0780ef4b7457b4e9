"""The canonical skeleton: 22 SMPL-X body joints, T-pose rest.

Body axes are x forward, y left, z up (REP-103). In the rest pose the person faces +x, palms down,
arms along +y (left) and -y (right), and every joint frame is the identity. A name denotes the joint:
`left_knee` turns the shin, `left_foot` is the toe base.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A tree of J named joints in order of depth, so that joints appended to it change nothing of those before.

    Attributes:
        names: Of the J joints, the root first.
        parents: The joint above each, -1 for the root.
        offsets: (J, 3) m, each joint in its parent's frame at rest.
        groups: Joints that belong together, by name.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    groups: Mapping[str, tuple[int, ...]]

    @property
    def count(self) -> int:
        """J, the number of joints."""
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        """Name -> joint."""
        return {name: joint for joint, name in enumerate(self.names)}

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """`x[mirror]` exchanges left and right joints."""
        other = {"left": "right", "right": "left"}
        sides = (name.partition("_") for name in self.names)
        return tuple(self.index[other.get(side, side) + dash + rest] for side, dash, rest in sides)

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, joint) of the J - 1 bones; bone i ends in joint i + 1."""
        return tuple(zip(self.parents[1:], range(1, self.count), strict=True))

    def children(self, joint: int) -> list[int]:
        """The joints that hang from this one."""
        return [child for parent, child in self.bones if parent == joint]

    @cached_property
    def levels(self) -> list[tuple[int, int, list[int], int]]:
        """(first joint, end, parents counted from the first joint of the level above, that joint) for each depth."""
        levels, above, first = [], 0, 1
        while first < self.count:
            end = next((j for j in range(first, self.count) if self.parents[j] >= first), self.count)
            levels.append((first, end, [parent - above for parent in self.parents[first:end]], above))
            above, first = first, end
        return levels


BODY = Skeleton(
    names=(
        "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
        "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
        "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    ),
    parents=(-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19),
    offsets=np.array([
        [0.0, 0.0, 0.0],
        [0.0195, 0.0869, -0.0504], [0.0195, -0.0869, -0.0504], [-0.0025, 0.0, 0.0893],
        [0.0, 0.0, -0.4086], [0.0, 0.0, -0.4086], [0.0, 0.0, 0.0777],
        [0.0, 0.0, -0.4318], [0.0, 0.0, -0.4318], [0.0, 0.0, 0.0942],
        [0.1215, 0.0, -0.0442], [0.1215, 0.0, -0.0442], [-0.0056, 0.0, 0.1668],
        [-0.0155, 0.0159, 0.1562], [-0.0155, -0.0159, 0.1562], [0.0, 0.0, 0.1393],
        [0.0, 0.159, 0.0], [0.0, -0.159, 0.0], [0.0, 0.2812, 0.0],
        [0.0, -0.2812, 0.0], [0.0, 0.2149, 0.0], [0.0, -0.2149, 0.0],
    ]),
    groups={
        "lower": (0, 1, 2, 4, 5, 7, 8, 10, 11),
        "upper": (0, 3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21),
        "limbs": (4, 5, 7, 8, 18, 19, 20, 21),
    },
)  # fmt: skip
"""The body. Its offsets are the virtual skeleton of the paper: the frame-weighted, left-right symmetric mean over the
CMU training clips. The pelvis belongs to the lower and to the upper half; the bones of thighs, shins, upper arms and
forearms end in the limbs."""

JOINT_NAMES, PARENTS, JOINT_INDEX, MIRROR = BODY.names, BODY.parents, BODY.index, BODY.mirror
NUM_JOINTS, NUM_BONES = BODY.count, len(BODY.bones)
LOWER, UPPER, VIRTUAL_OFFSETS = BODY.groups["lower"], BODY.groups["upper"], BODY.offsets

HEAD_TOP = 0.19
"""Distance from the head joint to the top of the skull, metres."""
SOLE = 0.075
"""Distance from the ankle joint to the ground, metres."""


def bone_lengths(offsets):
    """Lengths (..., 21) of the bones that end in joints 1..21, in the unit of `offsets` (..., 22, 3)."""
    return (offsets[..., 1:, :] ** 2).sum(-1) ** 0.5


def scaled_offsets(bone_ratio):
    """Offsets (..., 22, 3) in metres of a person with bones `bone_ratio` (..., 21) times the virtual skeleton's."""
    ratio = np.asarray(bone_ratio, dtype=np.float64)
    pelvis = np.zeros((*ratio.shape[:-1], 1, 3))
    return np.concatenate([pelvis, VIRTUAL_OFFSETS[1:] * ratio[..., None]], axis=-2)


LIMB_BONES = np.array(BODY.groups["limbs"]) - 1
"""Bones (counted from joint 1) of thighs, shins, upper arms and forearms: those every mocap skeleton measures alike."""

LIMB_SHARE = np.linalg.norm(VIRTUAL_OFFSETS[LIMB_BONES + 1], axis=-1)
LIMB_SHARE = LIMB_SHARE / LIMB_SHARE.sum()
"""How much each of them counts for a person's size."""


def person_scale(bone_ratio):
    """Size (...) of a person relative to the virtual skeleton, from bone lengths `bone_ratio` (..., 21) over its own.

    It is the length-weighted mean over thighs, shins, upper arms and forearms.
    """
    return np.asarray(bone_ratio)[..., LIMB_BONES] @ LIMB_SHARE


def stature(offsets) -> float:
    """Standing height in metres of a person with these `offsets` (22, 3) m: leg and spine chains, sole and skull."""
    down = [JOINT_INDEX[name] for name in ("left_hip", "left_knee", "left_ankle")]
    up = [JOINT_INDEX[name] for name in ("spine1", "spine2", "spine3", "neck", "head")]
    chain = float(offsets[up, 2].sum() - offsets[down, 2].sum())
    virtual = float(VIRTUAL_OFFSETS[up, 2].sum() - VIRTUAL_OFFSETS[down, 2].sum())
    return chain * (1.0 + (HEAD_TOP + SOLE) / virtual)
