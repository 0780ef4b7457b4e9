"""Streams from a server on this machine, which goes away and comes back."""

import time
from collections.abc import Callable

import pytest

from tests.vtm_trt.sources import films
from tests.vtm_trt.sources.camera_server import url
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video

DEADLINE_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end


def test_a_stream_that_was_lost_is_connected_again(server, caplog):
    video = Video(url(server, "/live.mjpg"))
    assert (video.live, video.width, video.height) == (True, 96, 64)
    until(lambda: video.read() is not None)
    server.lost.set()
    until(lambda: video.read() is None)
    assert not video.ended
    server.lost.clear()
    until(lambda: video.read() is not None)
    video.close()
    assert "was lost; connecting again" in caplog.text
    assert "is back" in caplog.text


def test_frames_of_a_stream_bear_the_time_of_the_clock(server):
    video = Video(url(server, "/live.mjpg"))
    before = time.monotonic_ns()
    frames = timed_frames(video, Intrinsics.from_fov(video.width, video.height))
    stamps = [next(frames).stamp_ns for _ in range(5)]
    video.close()
    assert before <= stamps[0] < stamps[1] < stamps[2] < stamps[3] < stamps[4] <= time.monotonic_ns()


def test_a_file_at_an_url_plays_and_ends(server, tmp_path):
    server.film = films.write(tmp_path / "film.avi", codec="MJPG").read_bytes()
    video = Video(url(server, "/film.avi"))
    frames = list(timed_frames(video, Intrinsics.from_fov(video.width, video.height)))
    assert video.ended
    assert films.number_of(frames[-1].image) == 9
    video.close()


def test_a_file_at_an_url_that_shows_fewer_pictures_than_its_rate_ends_too(server, tmp_path):
    pictures = films.packets(films.write(tmp_path / "film.webm", 12, "VP80"))
    server.film = films.write_ivf(tmp_path / "film.ivf", b"VP80", pictures, every=2).read_bytes()
    video = Video(url(server, "/film.avi"))
    frames = list(timed_frames(video, Intrinsics.from_fov(video.width, video.height)))
    assert video.ended
    assert len(frames) <= 12
    video.close()


def test_what_cannot_be_reached_is_said(server):
    nowhere = url(server, "/")
    server.shutdown()
    server.server_close()
    with pytest.raises(VtmError, match="check the address"):
        Video(nowhere)
