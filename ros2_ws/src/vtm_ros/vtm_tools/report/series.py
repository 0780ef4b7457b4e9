"""The quantities of a motion file over time."""

from dataclasses import dataclass

import numpy as np

from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.keypoint_offsets import BASE, DEFINED_APART, FRAME, OFFSET, SITED
from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import within_limits
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import NUM_JOINTS, scaled_offsets
from vtm.files.motion_file import MotionClip
from vtm.metrics.feet import CONTACT_JOINTS
from vtm_tools.export.world import WorldMotion, in_the_world
from vtm_trt.offline.screening import judged
from vtm_trt.postprocess.plausibility import Fault

SURE = 0.5
"""Keypoints of less confidence say nothing about how well the body fits them; contacts of less do not stand."""


@dataclass(frozen=True, eq=False)
class Series:
    """One value or more for each of T frames; NaN where the person was not seen, or it cannot be said.

    Attributes:
        seconds: (T,) since the first frame.
        valid: (T,) bool.
        confidence: (T,) mean over the joints, 0..1.
        root: (T, 3) m, the pelvis in a world with z up, the ground at 0.
        joints: (T, 22, 3) m there.
        angles: (T, len(ANGLE_NAMES)) rad, of the URDF's joints.
        off: (T,) px, median distance from the keypoints to the body.
        sole_speed: (T, 4) m/s of left heel, left toe, right heel, right toe.
        standing: (T, 4) bool, as predicted.
        possible: (T,) bool, whether all joints are within human limits.
        levelled: Who told which way is up.
        faults: Of each motion that has any, by frame, as `vtm_trt.postprocess.plausibility` finds them.
    """

    seconds: np.ndarray
    valid: np.ndarray
    confidence: np.ndarray
    root: np.ndarray
    joints: np.ndarray
    angles: np.ndarray
    off: np.ndarray
    sole_speed: np.ndarray
    standing: np.ndarray
    possible: np.ndarray
    levelled: str
    faults: dict[int, tuple[Fault, ...]]


def series(clip: MotionClip, world: WorldMotion | None = None) -> Series:
    """The quantities of `clip` over time, in the world that its own feet tell unless another one is given.

    Raises:
        VtmError: No frame shows a person.
    """
    world = world or in_the_world(clip)
    unseen = ~clip.valid
    joints = world.joints()[1][:, :NUM_JOINTS]
    local = world.local[:, :NUM_JOINTS]
    joints[unseen] = np.nan
    seconds = clip.stamps - clip.stamps[0]
    angles = np.full((len(seconds), len(ANGLE_NAMES)), np.nan)
    before = None
    for frame in np.flatnonzero(clip.valid):
        before = angles[frame] = angles_from_quats(quat_from_matrix(local[frame]), before)
    return Series(
        seconds=seconds,
        valid=clip.valid,
        confidence=clip.confidence.mean(-1),
        root=np.where(unseen[:, None], np.nan, world.root),
        joints=joints,
        angles=angles,
        off=_off(clip),
        sole_speed=_speed(joints[:, CONTACT_JOINTS], seconds),
        standing=np.nan_to_num(clip.contacts) > SURE,
        possible=np.where(clip.valid, within_limits(local)[:, 1:].all(-1), True),
        levelled=world.gravity.caption,
        faults=_faults(clip),
    )


def _faults(clip: MotionClip) -> dict[int, tuple[Fault, ...]]:
    motions = clip.motions()
    told = judged(motions)
    shown = zip(np.flatnonzero(clip.valid).tolist(), motions, strict=True)
    return {frame: told[motion.stamp_ns] for frame, motion in shown if told[motion.stamp_ns]}


def _speed(points: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Speed (T, N) of points (T, N, 3) since the frame before, NaN for the first."""
    speed = np.full(points.shape[:2], np.nan)
    speed[1:] = np.linalg.norm(np.diff(points, axis=0), axis=-1) / np.maximum(np.diff(seconds), 1e-6)[:, None]
    return speed


def _off(clip: MotionClip) -> np.ndarray:
    """Median distance (T,) px in the image from sure keypoints to where the body has them."""
    off = np.full(len(clip.stamps), np.nan)
    local = matrix_from_quat(clip.quat_local.astype(np.float64))
    offsets = scaled_offsets(clip.person_bones)[clip.person]
    assert local.shape[1] == NUM_JOINTS
    turns, joints = forward_kinematics(local, offsets, clip.root_cam.astype(np.float64))
    apart = np.where(DEFINED_APART > 0, float(clip.keypoint_convention), 1.0) * OFFSET
    sites = joints[:, BASE] + (turns[:, FRAME] @ apart[..., None])[..., 0]
    for frame in np.flatnonzero(clip.valid):
        sure = (clip.keypoints[frame, :SITED, 2] > SURE) & (sites[frame, :, 2] > 0.1)
        if sure.any():
            pixels = clip.intrinsics.project(sites[frame, sure])
            off[frame] = np.median(np.linalg.norm(pixels - clip.keypoints[frame, :SITED, :2][sure], axis=-1))
    return off
