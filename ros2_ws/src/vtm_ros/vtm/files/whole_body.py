"""The body of a motion file as one skeleton: with fingers where somebody looked at the hands."""

from typing import NamedTuple

import numpy as np

from vtm.body.hand_skeleton import FINGER_JOINTS, WITH_HANDS, with_fingers
from vtm.body.skeleton import BODY, Skeleton, person_scale
from vtm.files.bvh import held_frames
from vtm.files.motion_file import MotionClip


class WholeBody(NamedTuple):
    """T frames of J joints.

    Attributes:
        skeleton: BODY, or WITH_HANDS.
        quat_local: (T, J, 4) xyzw relative to the parent, the pelvis in optical camera axes; NaN without a person.
        offsets: (J, 3) m.
    """

    skeleton: Skeleton
    quat_local: np.ndarray
    offsets: np.ndarray


def whole_body(clip: MotionClip) -> WholeBody:
    """The joints of `clip`; fingers at which nobody looked stay as they were last."""
    known = np.isfinite(clip.hand_angles).all((1, 2)) & clip.valid
    if not clip.hand_angles.shape[1] or not known.any():
        return WholeBody(BODY, clip.quat_local, clip.offsets)
    quats = np.empty((len(clip.valid), WITH_HANDS.count, 4), clip.quat_local.dtype)
    quats[:, : BODY.count] = clip.quat_local
    quats[:, FINGER_JOINTS] = clip.hand_quat_local[held_frames(known)].reshape(len(quats), -1, 4)
    return WholeBody(WITH_HANDS, quats, with_fingers(clip.offsets, float(person_scale(clip.bone_ratio))))
