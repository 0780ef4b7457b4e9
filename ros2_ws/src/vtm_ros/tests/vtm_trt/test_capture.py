"""The Python object: the same motion as the commands make, and clear words for what it cannot take."""

from pathlib import Path

import numpy as np
import pytest

import vtm_trt
from tests.vtm_ros.support import clip_pictures, write_clip
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main
from vtm_trt import Capture

FRAMES = 24


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", clip_pictures(FRAMES))


@pytest.fixture(scope="module")
def capture() -> Capture:
    return Capture(pose_model="lite")


def test_a_video_gives_the_motion_of_the_command(capture, video, tmp_path):
    captured = capture.video(video)
    captured.save(tmp_path / "python.npz")
    assert main(["capture", str(video), "--out", str(tmp_path / "command.npz"), "--pose-model", "lite"]) == 0
    ours, theirs = (MotionClip.load(tmp_path / f"{name}.npz") for name in ("python", "command"))
    assert ours.valid.all() and len(captured.motions) == FRAMES
    np.testing.assert_allclose(ours.quat_local, theirs.quat_local, atol=1e-5)
    np.testing.assert_allclose(ours.root_cam, theirs.root_cam, atol=1e-5)


def test_keypoints_of_a_motion_file_give_its_motion(capture, video, tmp_path):
    seen = capture.video(video)
    seen.save(tmp_path / "motion.npz")
    counted = []

    def progress(items, what, total):
        counted.append((what, total))
        return items

    lifted = capture.keypoints(tmp_path / "motion.npz", progress)
    assert counted == [("lifting", FRAMES)]
    apart = np.linalg.norm(lifted.clip.joints_cam - seen.clip.joints_cam, axis=-1)
    assert apart.mean() < 0.05


def test_live_frames_give_motions_and_a_reset_forgets(capture):
    pictures = clip_pictures(4)
    motions = [capture.frame(picture, number / 30) for number, picture in enumerate(pictures)]
    assert all(motion is not None for motion in motions)
    assert capture.observation(motions[-1].observation) is None, "its time is over"
    capture.reset()
    assert capture.observation(motions[0].observation) is not None
    capture.reset()


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), float), np.zeros((4, 4, 4), np.uint8)]
)
def test_what_is_no_image_is_refused(capture, image):
    with pytest.raises(VtmError, match="an image is"):
        capture.frame(image, 0.0)


def test_what_is_no_clip_is_refused(capture, video):
    with pytest.raises(VtmError, match="calibrate at the size of the video"):
        capture.video(video, Intrinsics.from_fov(64, 48))
    with pytest.raises(VtmError, match="there is no video"):
        capture.video(video.with_name("none.mp4"))
    with pytest.raises(VtmError, match="check the path"):
        capture.keypoints("none.npz")


def test_the_package_offers_what_it_says():
    assert {getattr(vtm_trt, name).__name__ for name in vtm_trt.__all__} == set(vtm_trt.__all__)
    assert not hasattr(vtm_trt, "Other")
