from dataclasses import replace

import numpy as np
import pytest

from tests.vtm.files.test_motion_file import CAMERA, STAMPS, motion
from vtm.body.hand import LOWER, UPPER, finger_rotations
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import person_scale
from vtm.files.assemble import assemble
from vtm.files.motion_file import MotionClip
from vtm.types import HandPoses


def with_hands(frame: int):
    share = np.random.default_rng(frame).random((2, 21))
    angles = (LOWER + share * (UPPER - LOWER)).astype(np.float32)
    return replace(motion(frame), hands=HandPoses(angles, np.array([0.9, 0.0], np.float32)))


def test_hands_go_into_the_file_and_come_back(tmp_path):
    motions = [with_hands(1), with_hands(3), motion(4)]
    assemble(motions, STAMPS, 25.0, CAMERA).save(tmp_path / "motion.npz")
    clip = MotionClip.load(tmp_path / "motion.npz")
    one, other, none = clip.motions()
    for hands, given in ((one.hands, motions[0].hands), (other.hands, motions[1].hands)):
        np.testing.assert_array_equal(hands.angles, given.angles)
        np.testing.assert_array_equal(hands.confidence, given.confidence)
    assert none.hands is None and not clip.hand_confidence[4].any() and np.isnan(clip.hand_angles[0]).all()
    assert clip.hand_joint_names[1, 0] == "right_index1" and clip.hand_angle_names[0] == "thumb_cmc_fe"
    for hand, side in enumerate(("left", "right")):
        np.testing.assert_allclose(
            matrix_from_quat(clip.hand_quat_local[3, hand]),
            finger_rotations(motions[1].hands.angles[hand], side), atol=1e-5,
        )  # fmt: skip
    palm = np.linalg.norm(clip.hand_points[3, :, 9], axis=-1) / person_scale(motions[1].bone_ratio)
    assert palm == pytest.approx(0.0955, rel=1e-3), "the virtual skeleton's, in the person's size"


def test_where_nobody_looked_they_take_no_room():
    clip = assemble([motion(1)], STAMPS, 25.0, CAMERA)
    assert clip.hand_angles.shape == (8, 0, 21) and clip.motions()[0].hands is None
