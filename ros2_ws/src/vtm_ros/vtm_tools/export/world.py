"""A captured motion in a world with z up, whose ground is z = 0."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import BODY, NUM_JOINTS, SOLE, VIRTUAL_OFFSETS, Skeleton
from vtm.files.bvh import held_frames
from vtm.files.motion_file import MotionClip
from vtm.files.whole_body import whole_body
from vtm.metrics.feet import CONTACT_JOINTS
from vtm_trt.postprocess.feet import HOLD
from vtm_trt.postprocess.gravity import Gravity, gravity
from vtm_trt.session_log.session import even_rows

SOLE_BELOW = np.array([SOLE, SOLE + VIRTUAL_OFFSETS[CONTACT_JOINTS[1], 2]] * 2)
"""How far below ankle, toe, ankle, toe the ground lies that they stand on, metres."""


@dataclass(frozen=True, eq=False)
class WorldMotion:
    """T frames of one person's J joints: 22, or 52 with fingers.

    Where nobody was seen the last pose is held, before anybody was seen the first.

    World: z up, the ground at z = 0, the camera above the origin, looking along x.

    Attributes:
        stamps: (T,) s.
        valid: (T,) bool, whether the person was seen.
        fps: Nominal frames/s.
        local: (T, J, 3, 3) relative to the parent, the pelvis to the world.
        root: (T, 3) m, the pelvis.
        offsets: (J, 3) m, each joint in its parent's frame.
        gravity: Who told the way up.
        skeleton: Whose J joints they are.
    """

    stamps: np.ndarray
    valid: np.ndarray
    fps: float
    local: np.ndarray
    root: np.ndarray
    offsets: np.ndarray
    gravity: Gravity
    skeleton: Skeleton = BODY

    def joints(self) -> tuple[np.ndarray, np.ndarray]:
        """World rotations (T, J, 3, 3) and positions (T, J, 3) m of all joints."""
        offsets = np.broadcast_to(self.offsets, (*self.local.shape[:2], 3))
        return forward_kinematics(self.local, offsets, self.root, self.skeleton)

    def evenly(self) -> "WorldMotion":
        """The frames nearest to the instants of a steady rate of `fps`."""
        rows = even_rows(self.stamps, self.fps)
        stamps = self.stamps[0] + np.arange(len(rows)) / self.fps
        return replace(self, stamps=stamps, valid=self.valid[rows], local=self.local[rows], root=self.root[rows])


def in_the_world(clip: MotionClip) -> WorldMotion:
    """`clip` with up and the ground as the standing feet of the whole clip tell them.

    Raises:
        VtmError: No frame shows a person.
    """
    return in_one_world([clip])[0]


def in_one_world(clips: Sequence[MotionClip]) -> list[WorldMotion]:
    """The motions of people before the same camera, with up and the ground as the standing feet of all tell them.

    Raises:
        VtmError: No frame of one of them shows a person.
    """
    held = [held_frames(clip.valid) for clip in clips]
    up = gravity([motion for clip in clips for motion in clip.motions()])
    worlds = [_turned(clip, rows, up) for clip, rows in zip(clips, held, strict=True)]
    joints = [world.joints()[1][world.valid, :NUM_JOINTS] for world in worlds]
    ground = _ground(np.concatenate(joints), np.concatenate([clip.contacts[clip.valid] for clip in clips]))
    return [replace(world, root=world.root - [0.0, 0.0, ground]) for world in worlds]


def _turned(clip: MotionClip, held: np.ndarray, up: Gravity) -> WorldMotion:
    """A clip's rows `held` in the axes of `up`, seen from the camera."""
    body = whole_body(clip)
    local = matrix_from_quat(body.quat_local[held].astype(np.float64))
    local[:, 0] = up.axes @ local[:, 0]
    offsets = body.offsets.astype(np.float64)
    root = clip.root_cam[held].astype(np.float64) @ up.axes.T
    return WorldMotion(clip.stamps, clip.valid, float(clip.fps), local, root, offsets, up, body.skeleton)


def _ground(joints: np.ndarray, contacts: np.ndarray) -> float:
    """Height of the ground: that of the median standing foot, without any that of the lowest hundredth."""
    soles = joints[:, CONTACT_JOINTS, 2] - SOLE_BELOW
    stands = contacts > HOLD
    return float(np.median(soles[stands]) if stands.any() else np.percentile(soles.min(-1), 1))
