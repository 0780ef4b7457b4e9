"""A recording on any skeleton becomes a motion of ours: every joint of ours turns in space as the source's does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, stature
from vtm.errors import VtmError
from vtm.mocap.anatomy import standing_from_motion
from vtm.mocap.hinges import align_hinges
from vtm.mocap.joint_names import match_joints
from vtm.mocap.palms import with_palms
from vtm.mocap.posture import (
    Places,
    check_handedness,
    check_proportions,
    is_symmetric,
    on_a_floor,
    standing_frame,
    true_up,
)
from vtm.mocap.recording import Recording
from vtm.mocap.standing import BONE_END, Matches, NoStanding, Standing, shortest_turn, standing

_UNITS = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "CMU": 0.0254 / 0.45}
_ADULT = 1.7
_USUAL_FPS = 60.0
_REMEDY = "give --rest-frame a frame in T- or A-pose"
_LIES = (
    "nobody is upright along the up of the rest pose, and which axis is up is not sure; where it is wrong, export rest "
    "pose and motion with the same axis up"
)
_POSED = (
    "left and right differ in the rest pose, as in a frame of a motion: how head and hands are turned is told roughly; "
    f"{_REMEDY}"
)


Skeleton = tuple[tuple[str, ...], bytes]
"""The names of the joints and their offsets, rounded: files that share both share how it stands."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A motion on our skeleton.

    Attributes:
        local: (T, 22, 3, 3) relative to the parent, the pelvis in world axes (z up).
        root: (T, 3) m.
        offsets: (22, 3) m.
        metres: Per unit of the source.
        remarks: What was assumed, a sentence each.
    """

    local: np.ndarray
    root: np.ndarray
    offsets: np.ndarray
    metres: float
    remarks: tuple[str, ...] = ()

    def pose(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (T, 22, 3, 3) and positions (T, 22, 3) in the world."""
        return forward_kinematics(self.local, self.offsets, self.root)


def retarget(
    recording: Recording,
    metres: float | None = None,
    rest_frame: int | None = None,
    names: Mapping[str, str] | None = None,
    known: dict[Skeleton, Standing] | None = None,
) -> Motion:
    """The motion of `recording` on our skeleton.

    Args:
        recording: On any skeleton.
        metres: Per unit of the source; without it what the file says, or the unit that makes the person's stature most
            likely.
        rest_frame: A frame in which the person stands in T- or A-pose, where neither the rest pose of the file nor the
            motion tells how joints are turned.
        names: Our joint -> the source's, where its name does not tell.
        known: How the skeletons of other recordings stand, for one in which nobody does; this one's is added.

    Raises:
        NoStanding: Nobody stands.
        VtmError: Joints are not recognised, have no person's proportions or are mirrored.
    """
    joints = match_joints(recording, names)
    rotation, position = recording.pose()
    places = Places(joints, position)
    check_proportions(places, recording)
    check_handedness(places, recording)
    known = {} if known is None else known
    bones = recording.offsets[1:]  # that of the root is a place
    skeleton = (recording.names, np.round(bones / max(np.ptp(bones), 1e-9), 3).tobytes())
    try:
        stands, told = _standing(recording, joints, rotation, position, rest_frame)
        stands = with_palms(stands, recording, joints, rotation, position, rough=bool(told))
    except NoStanding:
        if skeleton not in known:
            raise
        stands, told = known[skeleton], ""
    known.setdefault(skeleton, stands)
    turned = np.empty((len(rotation), NUM_JOINTS, 3, 3))
    for name, (place, source) in joints.items():
        j = JOINT_INDEX[name]
        turned[:, j] = stands.world.T @ rotation[:, source] @ stands.axes[name]
        end = BONE_END.get(name)
        if end in joints:
            bone = (position[:, joints[end][0]] - position[:, place]) @ stands.world
            turned[:, j] = shortest_turn(turned[:, j] @ stands.offsets[JOINT_INDEX[end]], bone) @ turned[:, j]
    align_hinges(turned, joints, recording.fps or _USUAL_FPS)
    for j, name in enumerate(JOINT_NAMES):
        if name not in joints:
            turned[:, j] = turned[:, PARENTS[j]]
    local = turned.copy()
    local[:, 1:] = np.swapaxes(turned[:, list(PARENTS[1:])], -1, -2) @ turned[:, 1:]
    height = stature(stands.offsets)
    scale = metres or recording.metres or _guessed_unit(height)
    made = not metres and not recording.metres and scale not in _UNITS.values()
    remark = f"the person is {height:.4g} units tall, of no unit, and was made {_ADULT:.2f} m tall (--scale settles it)"
    path = scale * position[:, joints["pelvis"][0]] @ stands.world
    remarks = ([told] if told else []) + ([remark] if made else [])
    return Motion(local, path, scale * stands.offsets, scale, tuple(remarks))


def _standing(
    recording: Recording, joints: Matches, rotation: np.ndarray, position: np.ndarray, rest_frame: int | None
) -> tuple[Standing, str]:
    """How the skeleton stands: in the frame asked for, at rest, in a T- or A-pose, as its motion tells, or hanging.

    The first of these that makes sense; in words, which it was, if neither the user nor the rest pose tells.
    """
    places = Places(joints, position)
    if rest_frame is not None:
        if rest_frame >= len(rotation):
            raise VtmError(f"the recording has no frame {rest_frame}; its last is {len(rotation) - 1}")
        try:
            return standing(recording, joints, rotation[rest_frame], position[rest_frame], moving=True), ""
        except NoStanding as fault:
            raise NoStanding(f"nobody stands in frame {rest_frame}: {_REMEDY}") from fault
    try:
        stands = standing(recording, joints, np.broadcast_to(np.eye(3), rotation.shape[1:]), recording.rest())
        told = "" if is_symmetric(Places(joints, recording.rest()[None])) else _POSED
        up, sure = true_up(places, stands.world[:, 2])
        told = "; ".join(filter(None, (told, "" if sure else _LIES)))
        if up @ stands.world[:, 2] < -0.9:
            return replace(stands, world=stands.world @ np.diag([-1.0, 1.0, -1.0])), told
        return replace(stands, world=shortest_turn(stands.world[:, 2], up) @ stands.world), told
    except NoStanding:
        pass  # its motion may tell
    return _standing_in_motion(recording, joints, rotation, position, places)


def _standing_in_motion(
    recording: Recording, joints: Matches, rotation: np.ndarray, position: np.ndarray, places: Places
) -> tuple[Standing, str]:
    """How a skeleton stands whose rest pose does not; in words, what told."""
    bent = "the rest pose does not stand; how joints are turned is told by"
    why = "nobody stands in it with straight arms and legs"
    for raised in (True, False):
        frame = standing_frame(places, raised)
        try:
            if frame is not None:
                stands = standing(recording, joints, rotation[frame], position[frame], moving=True)
            elif raised:
                stands = standing_from_motion(recording, joints, rotation, position)
            else:
                continue
            if on_a_floor(places, stands.world[:, 2]):
                sure = f"{bent} frame {frame}, in which the person stands"
                guessed = f"{bent} the motion, exactly for limbs, roughly for head and hands; {_REMEDY}"
                return stands, guessed if frame is None else sure
            why = "the person is not mostly upright, or climbs"
        except NoStanding as fault:
            why = str(fault) if raised else why
    raise NoStanding(f"the rest pose does not stand, and {why}; {_REMEDY}")


def _guessed_unit(height: float) -> float:
    """Metres per unit of a person who is `height` units tall."""
    likely = min(_UNITS.values(), key=lambda unit: abs(np.log(height * unit / _ADULT)))
    return likely if 1.3 < height * likely < 2.2 else _ADULT / height
