"""Whatever reads a video sees the same upright pictures."""

from pathlib import Path

import numpy as np
import pytest

from tests.vtm_trt.sources import films, mp4
from tests.vtm_trt.sources.camera_server import url
from vtm.errors import VtmError
from vtm_tools.bench.clip import frames, recorded
from vtm_tools.camera_calibration.source import Pictures
from vtm_tools.cli.app import main
from vtm_tools.render.overview import read_images


@pytest.fixture
def phone_clip(tmp_path) -> Path:
    return mp4.turned(films.write(tmp_path / "phone.mp4"), 90)


def test_calibration(phone_clip):
    source = Pictures([phone_clip])
    assert source.size == (64, 96)
    assert [image.shape for image in source] == [(96, 64, 3)] * 10


def test_pictures_and_films(phone_clip):
    first, last = read_images(phone_clip, [0, 9])
    assert first.shape == (96, 64, 3)
    assert films.number_of(last) == 9
    np.testing.assert_allclose(films.spot(first)[0], (0.875, 0.083), atol=0.03)


def test_benchmark(phone_clip):
    seen = list(frames(recorded(phone_clip), most=15, again=True))
    assert [films.number_of(frame.image) for frame in seen] == [*range(10), *range(5)]
    assert seen[0].intrinsics.width == 64


@pytest.mark.parametrize("command", ["capture", "bench"])
def test_streams_are_refused_where_a_whole_clip_is_asked_for(server, tmp_path, capsys, command):
    options = ["--out", str(tmp_path / "m.npz")] if command == "capture" else []
    assert main([command, url(server, "/live.mjpg"), *options]) == 2
    assert "record" in capsys.readouterr().err


def test_a_stream_is_refused_for_a_calibration(server):
    with pytest.raises(VtmError, match="record it to a file first"):
        Pictures([Path(url(server, "/live.mjpg"))])
