"""JSON of frames that people write themselves, and files of other kinds by which they try."""

import json

import numpy as np
import pytest

from tests.vtm_trt.keypoint_files.test_networks import FRAMES, GIVEN, SIZE, check, clip_of
from vtm.body.conventions import CONVENTIONS
from vtm.errors import VtmError
from vtm_trt.keypoint_files.keypoint_file import KeypointClip


def _frames(name, **more):
    return [{"frame": frame, name: clip_of("coco17")[frame].tolist(), **more} for frame in range(FRAMES)]


@pytest.mark.parametrize(
    "document",
    [
        {"fps": 25, "width": 1280, "height": 720, "frames": _frames("keypoints")},
        {"video_info": {"fps": 25.0, "resolution": [1280, 720]}, "frames": _frames("kpts")},
        {"metadata": {"frame_rate": 25, "frame_width": 1280, "frame_height": 720},
         "frames": {str(at): {"people": [one]} for at, one in enumerate(_frames("keypoints"))}},
        {"width": 1280, "height": 720,
         "data": [{**one, "timestamp_ms": 40.0 * one["frame"]} for one in _frames("pose_keypoints")]},
        {"width": 1280, "height": 720, "frames": [
            {"time": 7 + 0.04 * one["frame"], "landmarks": {
                name: {"x": x, "y": y, "confidence": c}
                for name, (x, y, c) in zip(CONVENTIONS["coco17"].names, one["keypoints"], strict=True)}}
            for one in _frames("keypoints")]},
        {"fps": 25, "image_size": [1280, 720], "frames": clip_of("coco17").tolist()},
    ],
)  # fmt: skip
def test_frames_in_a_mapping_with_rate_and_size(tmp_path, document):
    path = tmp_path / "keypoints.json"
    path.write_text(json.dumps(document))
    clip = KeypointClip.load(path)
    check(clip, "coco17")
    assert clip.fps == pytest.approx(25)
    assert clip.stamps_ns[-1] == pytest.approx(40_000_000 * (FRAMES - 1), abs=10)
    assert (clip.intrinsics.width, clip.intrinsics.height) == SIZE


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("a.npz", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "git lfs pull"),
        ("a.csv", "scorer,DLC_resnet50\n", "DeepLabCut"),
        ("a.h5", "HDF", "numpy.save"),
        ("a.pkl", "gASV", "pickle"),
        ("a.json", json.dumps({"annotations": [{"image_id": 1, "keypoints": [1, 2, 2] * 22}],
                               "images": [{"id": 1, "file_name": "1.png", "width": 9, "height": 9}],
                               "categories": [{"keypoints": [f"paw {at}" for at in range(22)]}]}), "not understood"),
        ("a.json", json.dumps([{"image_id": 1, "keypoints": [1.0, 2.0, 1.0] * 15, "scores": []}]), "45 numbers"),
    ],
)  # fmt: skip
def test_files_by_which_people_try(tmp_path, name, text, cause):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(VtmError, match=cause):
        KeypointClip.load(path, GIVEN)


def test_more_names_than_points(tmp_path):
    """Human-Art's files name 21 points and have COCO's 17."""
    document = {
        "images": [{"id": at, "file_name": f"{at}.jpg", "width": 1280, "height": 720} for at in range(FRAMES)],
        "annotations": [{"image_id": at, "keypoints": clip_of("coco17")[at].ravel().tolist()} for at in range(FRAMES)],
        "categories": [{"keypoints": [*CONVENTIONS["coco17"].names, "left_finger", "right_finger"]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    check(KeypointClip.load(tmp_path / "a.json", GIVEN), "coco17")


def test_y_before_x_is_told_from_lying(tmp_path):
    """Exchanged axes show a face in a mirror; somebody who lies, or turns the back, does not."""
    path, points = tmp_path / "a.npy", clip_of("coco17")
    np.save(path, points[..., [1, 0, 2]])
    with pytest.raises(VtmError, match="y comes before x"):
        KeypointClip.load(path, GIVEN)
    lying = points[..., [1, 0, 2]] * (1, -1, 1) + (0, 720, 0)
    np.save(path, lying)
    assert "does y come before x?" in " ".join(KeypointClip.load(path, GIVEN).notes)
    behind = points[..., [1, 0, 2]].copy()
    behind[:, 1:3, 2] = 0.1
    np.save(path, behind)
    assert "does y come before x?" in " ".join(KeypointClip.load(path, GIVEN).notes)
