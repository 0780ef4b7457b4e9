import cv2
import numpy as np
import pytest

from vtm.errors import VtmError
from vtm_trt.sources.video import Video


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25.0, (64, 48))
    for level in range(0, 200, 20):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    return path


def levels(video: Video) -> list[float]:
    found = []
    while (frame := video.read()) is not None:
        found.append(float(frame.mean()))
    return found


def test_every_frame_once_and_again_after_rewinding(clip):
    video = Video(clip)
    assert (video.width, video.height, video.fps, video.frame_count, video.live) == (64, 48, 25.0, 10, False)
    np.testing.assert_allclose(levels(video), range(0, 200, 20), atol=3)
    video.rewind()
    np.testing.assert_allclose(levels(video), range(0, 200, 20), atol=3)


def test_rewinding_before_the_end_starts_at_the_first_frame(clip):
    video = Video(clip)
    video.rewind()
    assert len(levels(video)) == 10


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100, b"\x00\x00\x00\x20ftypisom" + bytes(200)])
def test_what_is_no_video_is_said(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(VtmError, match="cannot be read as a video"):
        Video(path)


def test_a_cut_video_says_so_or_gives_whole_frames(clip):
    whole = clip.read_bytes()
    for size in (100, 1000, len(whole) // 2):
        clip.write_bytes(whole[:size])
        try:
            assert len(levels(Video(clip))) < 10
        except VtmError as fault:
            assert "cannot be read" in str(fault)


def test_missing_files_folders_and_cameras(tmp_path):
    with pytest.raises(VtmError, match="check the path"):
        Video(tmp_path / "nothing.mp4")
    with pytest.raises(VtmError, match="folder"):
        Video(tmp_path)
    with pytest.raises(VtmError, match="camera"):
        Video("97")
