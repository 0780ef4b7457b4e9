"""What became of one camera frame, as a message of a ROS 2 bag: everything that motion.npz wants.

The topics carry neither the keypoints nor the bone lengths of every frame nor the frames without a person. The fields
are of fixed size and aligned as they stand, so that a NumPy record is the message's CDR encoding.
"""

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.skeleton import NUM_BONES, NUM_JOINTS
from vtm.camera import Intrinsics
from vtm.types import HandPoses, Motion, Observation

TYPE = "vtm_ros/msg/CapturedFrame"
_BODY = [
    ("sec", "<i4"), ("nanosec", "<u4"), ("width", "<u4"), ("height", "<u4"),
    ("fx", "<f8"), ("fy", "<f8"), ("cx", "<f8"), ("cy", "<f8"), ("distortion", "<f8", 8), ("coefficients", "<u4"),
    ("person", "<u4"), ("quat_local", "<f4", (NUM_JOINTS, 4)), ("root_cam", "<f4", 3), ("bone_ratio", "<f4", NUM_BONES),
    ("confidence", "<f4", NUM_JOINTS), ("contacts", "<f4", 4), ("keypoints", "<f4", (NUM_KEYPOINTS, 2)),
    ("keypoint_confidence", "<f4", NUM_KEYPOINTS), ("definition", "<f4"),
]  # fmt: skip
_HANDS = [("hands", "<u4"), ("hand_angles", "<f4", (2, 21)), ("hand_confidence", "<f4", 2)]
_LENS = [("fisheye", "<u4"), ("more_distortion", "<f8", 6)]
_FIELDS = np.dtype(_BODY + _HANDS + _LENS)
_OLDER = {kind.itemsize: kind for kind in (np.dtype(_BODY), np.dtype(_BODY + _HANDS))}
"""Older recordings end before the hands, or before what a fisheye and more than 8 coefficients need."""
_COEFFICIENTS = 14
_CDR_LITTLE_ENDIAN = b"\x00\x01\x00\x00"
_ROS_TYPES = {"i4": "int32", "u4": "uint32", "f4": "float32", "f8": "float64"}
_MOTION = ("quat_local", "root_cam", "bone_ratio", "confidence", "contacts")


def definition() -> str:
    """The message definition in ROS 2's .msg language."""
    lines = ["builtin_interfaces/Time stamp"]
    for name in list(_FIELDS.fields or ())[2:]:
        kind, shape = _FIELDS[name].base, _FIELDS[name].shape
        size = f"[{int(np.prod(shape))}]" if shape else ""
        lines.append(f"{_ROS_TYPES[kind.str[1:]]}{size} {name}")
    return "\n".join([*lines, "=" * 80, "MSG: builtin_interfaces/Time", "int32 sec", "uint32 nanosec", ""])


def encode(stamp_ns: int, intrinsics: Intrinsics, motion: Motion | None) -> bytes:
    """The message of a frame.

    Args:
        stamp_ns: Nanoseconds.
        intrinsics: The camera's.
        motion: That of the same stamp, None when there is none.
    """
    record = np.zeros((), _FIELDS)
    record["sec"], record["nanosec"] = divmod(stamp_ns, 1_000_000_000)
    for name in ("width", "height", "fx", "fy", "cx", "cy"):
        record[name] = getattr(intrinsics, name)
    record["coefficients"] = len(intrinsics.distortion)
    every = np.zeros(_COEFFICIENTS)
    every[: len(intrinsics.distortion)] = intrinsics.distortion
    record["distortion"], record["more_distortion"] = every[:8], every[8:]
    record["fisheye"] = intrinsics.fisheye
    if motion is not None:
        record["person"] = 1 + motion.person_id
        for name in _MOTION:
            record[name] = getattr(motion, name)
        seen = motion.observation
        record["keypoints"], record["keypoint_confidence"] = seen.keypoints, seen.confidence
        record["definition"] = seen.keypoint_convention
        if motion.hands is not None:
            record["hands"] = 1
            record["hand_angles"], record["hand_confidence"] = motion.hands.angles, motion.hands.confidence
    return _CDR_LITTLE_ENDIAN + record.tobytes()


def decode(data: bytes) -> tuple[int, Intrinsics, Motion | None]:
    """Stamp in nanoseconds, camera and motion of a message.

    Raises:
        ValueError: It is damaged or of another type.
    """
    fields = _OLDER.get(len(data) - 4, _FIELDS)
    if len(data) != 4 + fields.itemsize or data[:4] != _CDR_LITTLE_ENDIAN:
        raise ValueError(f"not a {TYPE}")
    record = np.frombuffer(data, fields, offset=4)[0]
    stamp_ns = int(record["sec"]) * 1_000_000_000 + int(record["nanosec"])
    fx, fy, cx, cy = (float(record[name]) for name in ("fx", "fy", "cx", "cy"))
    more, fisheye = (record["more_distortion"], record["fisheye"]) if fields is _FIELDS else (np.zeros(6), 0)
    distortion = tuple(np.concatenate([record["distortion"], more])[: record["coefficients"]].tolist())
    intrinsics = Intrinsics(int(record["width"]), int(record["height"]), fx, fy, cx, cy, distortion, bool(fisheye))
    if not record["person"]:
        return stamp_ns, intrinsics, None
    seen = Observation(
        stamp_ns, intrinsics, record["keypoints"], record["keypoint_confidence"],
        keypoint_convention=float(record["definition"]),
    )  # fmt: skip
    motion = {name: record[name] for name in _MOTION}
    handed = "hands" in (fields.names or ()) and record["hands"]
    hands = HandPoses(record["hand_angles"], record["hand_confidence"]) if handed else None
    person = int(record["person"]) - 1
    return stamp_ns, intrinsics, Motion(stamp_ns, observation=seen, person_id=person, hands=hands, **motion)
