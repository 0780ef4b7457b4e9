"""What a stream delivered, put together as one clip."""

from collections.abc import Iterable, Sequence

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, NUM_BONES, NUM_JOINTS, person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.files.hand_arrays import hand_arrays
from vtm.files.motion_file import MotionClip
from vtm.types import Motion

BLOCK = 3000
"""Frames whose joints are computed at a time: the matrices of an hour would take half a gigabyte."""


def assemble(
    motions: Iterable[Motion | None], stamps_ns: Sequence[int], fps: float, intrinsics: Intrinsics
) -> MotionClip:
    """One clip of what a stream delivered.

    Each person has one skeleton: the bones that most of the person's motions have, or of equals the last, the best
    informed. Because depth in an image scales with the person's size, the root of every frame is rescaled from the size
    assumed then to the final one.

    Args:
        motions: In any order; each belongs to the frame of its stamp. None is skipped.
        stamps_ns: Of the T frames, nanoseconds.
        fps: Frames/s.
        intrinsics: Of every frame.
    """
    index = {stamp: frame for frame, stamp in enumerate(stamps_ns)}
    seen = {index[motion.stamp_ns]: motion for motion in motions if motion is not None}
    count, frames = len(stamps_ns), sorted(seen)
    in_time = [seen[frame] for frame in frames]
    people = list(dict.fromkeys(motion.person_id for motion in in_time)) or [0]
    whose = np.array([people.index(motion.person_id) for motion in in_time], np.int32)
    bones = np.full((len(people), NUM_BONES), np.nan, np.float32)
    for number in range(len(people) if frames else 0):
        bones[number] = _bones_of_most([motion for motion, his in zip(in_time, whose, strict=True) if his == number])
    person = np.full(count, -1, np.int32)
    person[frames] = whose
    ratio = bones[np.bincount(whose, minlength=1).argmax()]
    scales = person_scale(bones)

    def filled(rows: list[np.ndarray], *shape: int) -> np.ndarray:
        array = np.full((count, *shape), np.nan, np.float32)
        if rows:
            array[frames] = rows
        return array

    evidence = [motion.observation for motion in in_time]
    exchanged = np.zeros(count, np.uint8)
    exchanged[frames] = [seen.exchanged for seen in evidence]
    poses = {frame: pose for frame, one in zip(frames, evidence, strict=True) if (pose := one.camera)}
    camera_rotation, camera_position = np.full((count, 3, 3), np.nan), np.full((count, 3), np.nan)
    for frame, pose in poses.items():
        camera_rotation[frame], camera_position[frame] = pose.rotation, pose.position
    last = evidence[-1] if evidence else None
    quat_local = filled([motion.quat_local for motion in in_time], NUM_JOINTS, 4)
    root_cam = filled(
        [m.root_cam * scales[his] / person_scale(m.bone_ratio) for m, his in zip(in_time, whose, strict=True)], 3
    )
    return MotionClip(
        stamps=np.asarray(stamps_ns, dtype=np.int64) / 1e9,
        valid=np.isin(np.arange(count), frames),
        quat_local=quat_local,
        root_cam=root_cam,
        joints_cam=_joints(quat_local, scaled_offsets(bones).astype(np.float32)[person], root_cam),
        offsets=scaled_offsets(ratio).astype(np.float32),
        bone_ratio=ratio,
        keypoints=filled([np.column_stack([seen.keypoints, seen.confidence]) for seen in evidence], NUM_KEYPOINTS, 3),
        confidence=filled([motion.confidence for motion in in_time], NUM_JOINTS),
        contacts=filled([motion.contacts for motion in in_time], 4),
        joint_names=np.array(JOINT_NAMES),
        fps=np.array(float(fps)),
        K=intrinsics.matrix,
        distortion=np.array(intrinsics.distortion, dtype=np.float64),
        fisheye=np.array(intrinsics.fisheye),
        image_size=np.array([intrinsics.width, intrinsics.height]),
        keypoint_convention=np.array(last.keypoint_convention if last else 0.0),
        adjusted=np.isin(np.arange(count), [frame for frame in frames if seen[frame].adjusted]),
        exchanged=exchanged,
        person=person,
        person_bones=bones,
        person_id=np.array(people, np.int32),
        camera_id=np.array(last.camera_id if last else ""),
        camera_rotation=camera_rotation,
        camera_position=camera_position,
        camera_source=np.array(next((pose.source for pose in poses.values()), "")),
        **hand_arrays(count, frames, in_time),
    )


def _joints(quat_local: np.ndarray, offsets: np.ndarray, root: np.ndarray) -> np.ndarray:
    """The joints (T, 22, 3) m, optical axes."""
    joints = np.empty_like(offsets)
    for start in range(0, len(joints), BLOCK):
        rows = slice(start, start + BLOCK)
        joints[rows] = forward_kinematics(matrix_from_quat(quat_local[rows]), offsets[rows], root[rows])[1]
    return joints


def _bones_of_most(motions: list[Motion]) -> np.ndarray:
    """Bone ratio (21,) that the most of `motions` have, the last of equals."""
    kinds, first, number = np.unique(
        np.stack([motion.bone_ratio for motion in reversed(motions)]), axis=0, return_index=True, return_counts=True
    )
    return kinds[np.lexsort((first, -number))[0]]
