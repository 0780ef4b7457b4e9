"""How a skeleton stands whose rest pose does not: read from its motion.

Some exporters leave every bone along one axis. But limbs tell their axes as they move: the bone points to the next
joint, knees bend backwards and elbows forwards. The trunk's left is from hip to hip and from shoulder to shoulder. Only
joints without a bone (head, hands, toes) are taken to point, on average, where the body does; hands of an arm that is
straight at rest, where the forearm does. The top of a head is where its tip is.
"""

import re

import numpy as np

from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS, VIRTUAL_OFFSETS
from vtm.mocap.recording import Recording
from vtm.mocap.standing import Matches, NoStanding, Standing, complete

_BENT = np.sin(np.radians(15.0))
"""Each knee and elbow must be bent by more than that at times: the sine."""
_IN_LINE = np.cos(np.radians(3.0))
_TOP = re.compile(r"^$|(top|end|nub|tip)\d*$|top_?end", re.IGNORECASE)
"""The name of the tip of a head; most have none."""
_ON_TOP = np.cos(np.radians(40.0))
_X, _Y, _Z = np.eye(3)


def standing_from_motion(recording: Recording, joints: Matches, rotation: np.ndarray, position: np.ndarray) -> Standing:
    """How the skeleton of a person stands who is mostly upright and moves arms and legs.

    Args:
        recording: The skeleton.
        joints: Our joints in the source's.
        rotation: (T, J, 3, 3) in the file's world.
        position: (T, J, 3) in the file's world and unit.

    Raises:
        NoStanding: No direction is up, or a limb is never bent.
    """
    return _Anatomy(recording, joints, rotation, position).standing()


class _Anatomy:
    def __init__(self, recording: Recording, joints: Matches, rotation: np.ndarray, position: np.ndarray):
        self.recording, self.joints, self.rotation, self.position = recording, joints, rotation, position
        self.rest = recording.rest()
        self.axes: dict[str, np.ndarray] = {}

    def at(self, name: str) -> np.ndarray:
        return self.position[:, self.joints[name][0]]

    def turned(self, name: str) -> np.ndarray:
        """Our joint's rotations (T, 3, 3), once its axes are known."""
        return self.rotation[:, self.joints[name][1]] @ self.axes[name]

    def set(self, name: str, first: np.ndarray, toward: np.ndarray, second: np.ndarray, beside: np.ndarray) -> None:
        """Our direction `first` of a joint points `toward` (T, 3), and `second`, square to it, is about `beside`.

        What holds on average only is judged while the person is upright.
        """
        if name in self.joints:
            own = np.swapaxes(self.rotation[:, self.joints[name][1]], -1, -2)[self.upright]
            theirs = [np.einsum("tij,tj->ti", own, direction[self.upright]).mean(0) for direction in (toward, beside)]
            self.axes[name] = _triad(*theirs) @ _triad(first, second).T

    def standing(self) -> Standing:
        trunk = _unit((self.at("left_shoulder") + self.at("right_shoulder")) / 2 - self.at("pelvis"))
        legs = _unit(self.at("pelvis") - (self.at("left_ankle") + self.at("right_ankle")) / 2)
        world = _world((trunk + legs).mean(0) / 2)
        steep = np.minimum(trunk @ world[:, 2], legs @ world[:, 2])
        self.upright = steep >= min(0.95, np.percentile(steep, 80))
        above = np.broadcast_to(world[:, 2], trunk.shape)
        hips = _unit(self.at("left_hip") - self.at("right_hip"))
        shoulders = _unit(self.at("left_shoulder") - self.at("right_shoulder"))
        self.set("pelvis", _Y, hips, _Z, trunk)
        self.set("spine3", _Y, shoulders, _Z, trunk)
        for name, end in (("spine1", "spine3"), ("spine1", "spine2"), ("spine2", "spine3"), ("neck", "head")):
            if {name, end} <= set(self.joints):
                left = shoulders if name == "neck" else hips + shoulders
                self.set(name, _Z, self.at(end) - self.at(name), _Y, left)
        self.set("head", _Z, self._crown(above), _Y, shoulders)
        for side, s in (("left_", 1), ("right_", -1)):
            if f"{side}collar" in self.joints:
                bone = self.at(f"{side}shoulder") - self.at(f"{side}collar")
                self.set(f"{side}collar", s * _Y, bone, _Z, trunk)
            self._limb(f"{side}hip", f"{side}knee", f"{side}ankle", _Y)
            self._limb(f"{side}shoulder", f"{side}elbow", f"{side}wrist", -s * _Z)
            self._foot(f"{side}knee", f"{side}ankle", f"{side}foot", above)
        offsets = self._points()
        offsets[1:] -= offsets[list(PARENTS[1:])]
        return Standing(world, self.axes, offsets)

    def _crown(self, above: np.ndarray) -> np.ndarray:
        """Where the top of the head is, seen from its joint; where no tip is there that is on top, it is above."""
        head = self.joints["head"][0]
        below = [joint for joint, parent in enumerate(self.recording.parents) if parent == head]
        tops = [joint for joint in below if _TOP.search(self.recording.names[joint])]
        if len(tops) != 1:
            return above
        crown = _unit(self.position[:, tops[0]] - self.at("head"))
        on_top = np.einsum("ti,ti->t", crown, above)[self.upright].mean() > _ON_TOP
        return crown if on_top else above

    def _limb(self, upper: str, hinge: str, end: str, bend: np.ndarray) -> None:
        """A limb that bends at its hinge about our direction `bend`."""
        if end not in self.joints:
            raise NoStanding(f"there is no {end}")
        above, below = _unit(self.at(hinge) - self.at(upper)), _unit(self.at(end) - self.at(hinge))
        about = np.cross(above, below)
        if np.percentile(np.linalg.norm(about, axis=1), 95) < _BENT:
            raise NoStanding(f"{hinge} is never bent")
        upright, self.upright = self.upright, np.ones(len(about), bool)
        self.set(upper, VIRTUAL_OFFSETS[JOINT_INDEX[hinge]], above, bend, about)
        self.set(hinge, VIRTUAL_OFFSETS[JOINT_INDEX[end]], below, bend, about)
        self.upright = upright
        if end.endswith("wrist") and self._straight(upper, hinge, end):
            self.axes[end] = self.axes[hinge]
        elif end.endswith("wrist"):
            forearm = self.turned(hinge)
            self.set(end, _Y, forearm[..., 1], _Z, forearm[..., 2])

    def _straight(self, upper: str, hinge: str, end: str) -> bool:
        """Whether the limb is straight at rest, as where bones lie along one axis: the hand goes on as the forearm."""
        places = [self.rest[self.joints[name][0]] for name in (upper, hinge, end)]
        bones = [b - a for a, b in zip(places[:-1], places[1:], strict=True)]
        return float(bones[0] @ bones[1]) > _IN_LINE * float(np.linalg.norm(bones[0]) * np.linalg.norm(bones[1]))

    def _foot(self, knee: str, ankle: str, foot: str, above: np.ndarray) -> None:
        left = self.turned(knee)[..., 1]
        if foot in self.joints:
            self.set(ankle, VIRTUAL_OFFSETS[JOINT_INDEX[foot]], self.at(foot) - self.at(ankle), _Y, left)
            self.set(foot, _Y, self.turned(ankle)[..., 1], _X, self.turned(ankle)[..., 0])
        else:
            self.set(ankle, _Y, left, _Z, above)

    def _points(self) -> np.ndarray:
        """Points (22, 3) of our skeleton in its own rest pose."""
        at: dict[str, np.ndarray] = {"pelvis": np.zeros(3)}
        for j, name in enumerate(JOINT_NAMES[1:], 1):
            if name in self.joints:
                above = PARENTS[j]
                while JOINT_NAMES[above] not in self.joints:
                    above = PARENTS[above]
                parent = JOINT_NAMES[above]
                bone = np.swapaxes(self.turned(parent), -1, -2) @ (self.at(name) - self.at(parent))[..., None]
                at[name] = at[parent] + bone[..., 0].mean(0)
        return complete(at)


def _world(rise: np.ndarray) -> np.ndarray:
    """Forward, left and up as columns; up is the axis of the world along which trunks and legs `rise` on average."""
    axis = int(np.abs(rise).argmax())
    if not abs(rise[axis]) > 0.7:
        raise NoStanding("the person is not mostly upright")
    up, forward = np.eye(3)[axis] * np.sign(rise[axis]), np.eye(3)[axis - 1]
    return np.stack([forward, np.cross(up, forward), up], axis=1)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def _triad(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The first direction, the second made square to it, and their normal, as columns."""
    x = _unit(first)
    y = _unit(second - x * (x @ second))
    return np.stack([x, y, np.cross(x, y)], axis=1)
