import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_tools.export.conftest import HEIGHT_M, MISSING
from vtm.errors import VtmError
from vtm_tools.export.world import in_the_world


def test_a_tilted_camera_is_levelled_and_the_person_stands_on_the_ground(clip):
    motion = in_the_world(clip)
    rotations, joints = motion.joints()
    up = np.minimum(rotations[:, 0, 2, 2], 1)
    assert np.degrees(np.arccos(up)).max() < 3, "the pelvis' up is the world's, as well as the feet tell it"
    assert np.abs(np.sort(joints[:, [7, 8], 2].mean(1)) - 0.075).max() < 0.02, "ankles are a sole above the ground"
    assert joints[:, 15, 2].min() > 1.2
    facing = rotations[0, 0, :, 0]
    assert facing[0] < -0.9, "the person faces the camera, which looks along x"
    assert 0.5 < HEIGHT_M - motion.root[0, 2] < 0.8


def test_lengths_and_angles_are_those_of_the_file(clip):
    motion = in_the_world(clip)
    seen = clip.joints_cam[clip.valid].astype(np.float64)
    world = motion.joints()[1][clip.valid]
    turn, residual = Rotation.align_vectors((world - world[:, :1]).reshape(-1, 3), (seen - seen[:, :1]).reshape(-1, 3))
    assert residual < 1e-3 and turn.magnitude() > 0.5
    steps = np.linalg.norm(np.diff(motion.root, axis=0), axis=-1)[: MISSING.start - 1]
    true = np.linalg.norm(np.diff(clip.root_cam, axis=0), axis=-1)[: MISSING.start - 1]
    np.testing.assert_allclose(steps, true, atol=1e-5)


def test_frames_without_the_person_hold_the_pose(clip):
    motion = in_the_world(clip)
    held = motion.local[MISSING.start - 1 : MISSING.stop]
    assert (held == held[0]).all() and np.isfinite(motion.root).all()


def test_nobody_is_refused(clip):
    nobody = type(clip)(**{**vars(clip), "valid": np.zeros_like(clip.valid)})
    with pytest.raises(VtmError, match="no frame shows a person"):
        in_the_world(nobody)


def test_uneven_stamps_are_made_even(clip):
    stamps = clip.stamps.copy()
    stamps[100:] += 1.0
    motion = in_the_world(type(clip)(**{**vars(clip), "stamps": stamps}))
    assert np.allclose(np.diff(motion.evenly().stamps), 1 / motion.fps)
    assert len(motion.evenly().stamps) == len(stamps) + motion.fps
