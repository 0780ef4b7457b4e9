import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import CAMERA, FPS, walker
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import JOINT_NAMES, VIRTUAL_OFFSETS
from vtm.errors import VtmError
from vtm.files.hand_arrays import hand_arrays
from vtm.files.motion_file import MotionClip
from vtm.metrics.score import evaluate, summary
from vtm_tools.evaluation.given import given_example


def save(folder, frames: int, shift_s: float = 0.0, every: int = 1, unseen: slice = slice(0)):
    """keypoints.npz and motion.npz of the walker; the truth has another clock and rate, and gaps."""
    example = walker(frames)
    seen = example.observations
    keypoints = np.stack([np.column_stack([one.keypoints, one.confidence]) for one in seen])
    np.savez(folder / "k.npz", keypoints=keypoints, K=CAMERA.matrix, fps=FPS, image_size=(CAMERA.width, CAMERA.height))
    stamps = np.arange(frames) / FPS + shift_s
    valid = np.ones(frames, bool)
    valid[unseen] = False
    true = example.true
    arrays = {
        "stamps": stamps, "valid": valid, "quat_local": quat_from_matrix(true.local), "root_cam": true.joints[:, 0],
        "joints_cam": true.joints, "keypoints": keypoints, "confidence": np.ones((frames, 22)),
        "contacts": true.contacts,
    }  # fmt: skip
    for name in ("quat_local", "root_cam", "joints_cam"):
        arrays[name] = arrays[name].copy()
        arrays[name][unseen] = np.nan
    rows = len(valid[::every])
    MotionClip(
        **{name: values[::every] for name, values in arrays.items()}, offsets=VIRTUAL_OFFSETS, bone_ratio=np.ones(21),
        joint_names=np.array(JOINT_NAMES), fps=np.array(FPS / every), K=CAMERA.matrix, distortion=np.zeros(0),
        fisheye=np.array(False),
        image_size=np.array([CAMERA.width, CAMERA.height]), keypoint_convention=np.array(1.0),
        adjusted=np.zeros(rows, bool), exchanged=np.zeros(rows, np.uint8), person=np.zeros(rows, np.int32),
        person_bones=np.ones((1, 21)), person_id=np.zeros(1, np.int32), camera_id=np.array(""),
        camera_rotation=np.full((rows, 3, 3), np.nan), camera_position=np.full((rows, 3), np.nan),
        camera_source=np.array(""), **hand_arrays(rows, (), ()),
    ).save(folder / "m.npz")  # fmt: skip
    return given_example(folder / "k.npz", folder / "m.npz")


def test_the_truth_comes_back(tmp_path):
    example, true = save(tmp_path, 30), walker(30).true
    np.testing.assert_allclose(example.true.joints, true.joints, atol=1e-6)
    scores = summary([evaluate(true, example.true, FPS, example.protocol)])
    assert scores["mpjpe_mm"] < 1e-3 and scores["mpjae_deg"] < 1e-2 and scores["bone_percent"] < 1e-6


def test_frames_are_matched_by_their_time(tmp_path):
    example = save(tmp_path, 30, shift_s=4 / FPS + 0.003)
    assert np.isnan(example.true.joints[:4]).all()
    np.testing.assert_allclose(example.true.joints[4:], walker(30).true.joints[:-4], atol=1e-6)


def test_a_slower_or_broken_truth_leaves_frames_open(tmp_path):
    example = save(tmp_path, 30, every=3, unseen=slice(12, 18))
    known = np.flatnonzero(np.isfinite(example.true.joints[:, 0, 0])).tolist()
    assert known == [0, 3, 6, 9, 18, 21, 24, 27]


@pytest.mark.parametrize("fault", [{"shift_s": 100.0}, {"unseen": slice(0, 30)}])
def test_another_clock_is_refused(tmp_path, fault):
    with pytest.raises(VtmError, match="same clock"):
        save(tmp_path, 30, **fault)
