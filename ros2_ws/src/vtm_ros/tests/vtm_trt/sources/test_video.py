"""What phones, cameras, browsers and editors write, in files made here."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vtm_trt.sources import films, mp4
from vtm.errors import VtmError
from vtm_trt.sources.container import is_cut_short
from vtm_trt.sources.picture_sizes import FOLLOWS, fitted
from vtm_trt.sources.video import Video


@pytest.fixture
def clip(tmp_path) -> Path:
    return films.write(tmp_path / "clip.avi", codec="MJPG")


def pictures(video: Video) -> list[np.ndarray]:
    found = []
    while (image := video.read()) is not None:
        assert image.shape == (video.height, video.width, 3)
        found.append(image)
    assert video.ended
    return found


def numbers(video: Video) -> list[int]:
    return [films.number_of(image) for image in pictures(video)]


def test_every_frame_once_and_again_after_rewinding(clip):
    video = Video(clip)
    assert (video.width, video.height, video.fps, video.frame_count, video.live) == (96, 64, 25.0, 10, False)
    assert numbers(video) == list(range(10))
    video.rewind()
    assert numbers(video) == list(range(10))
    assert video.lost == video.damaged == 0


def test_rewinding_before_the_end_starts_at_the_first_frame(clip):
    video = Video(clip)
    video.rewind()
    assert numbers(video) == list(range(10))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "mp4v"), ("a.mov", "mp4v"), ("a.mkv", "MJPG"), ("a.webm", "VP80")]
)
def test_containers(tmp_path, name, codec):
    video = Video(films.write(tmp_path / name, codec=codec))
    assert numbers(video) == list(range(10))
    assert video.fps == pytest.approx(25, rel=0.02)


@pytest.mark.parametrize("fps", [5, 12, 24, 29.97, 60])
def test_rates(tmp_path, fps):
    assert Video(films.write(tmp_path / "a.mp4", fps=fps)).fps == pytest.approx(fps, rel=0.01)


def test_an_animated_gif(tmp_path):
    from PIL import Image

    first, *more = [Image.fromarray(films.picture(number)[..., ::-1]) for number in range(5)]
    first.save(tmp_path / "a.gif", save_all=True, append_images=more, duration=100, loop=0)
    video = Video(tmp_path / "a.gif")
    assert numbers(video) == list(range(5))
    assert video.fps == pytest.approx(10)


@pytest.mark.parametrize(
    ("degrees", "size", "place"),
    [(90, (64, 96), (0.875, 0.083)), (180, (96, 64), (0.917, 0.875)), (270, (64, 96), (0.125, 0.917))],
)
def test_a_phone_held_on_its_side_gives_upright_pictures(tmp_path, degrees, size, place):
    video = Video(mp4.turned(films.write(tmp_path / "a.mp4"), degrees))
    assert (video.width, video.height) == size
    for image in pictures(video):
        np.testing.assert_allclose(films.spot(image)[0], place, atol=0.03)


@pytest.mark.parametrize(
    ("long", "high", "degrees", "size"),
    [(4, 3, 0, (128, 64)), (3, 4, 0, (96, 85)), (4, 3, 90, (64, 128)), (1, 1, 0, (96, 64)), (999, 1, 0, (96, 64))],
)
def test_pixels_become_square(tmp_path, long, high, degrees, size):
    video = Video(mp4.turned(mp4.oblong(films.write(tmp_path / "a.mp4"), long, high), degrees))
    assert (video.width, video.height) == size
    _, spot = films.spot(pictures(video)[0])
    shape = long / high if long < 100 else 1
    assert spot[1] / spot[0] == pytest.approx(shape if degrees else 1 / shape, rel=0.1)


def test_a_trimmed_file_shows_what_is_left_and_is_not_called_damaged(tmp_path):
    video = Video(mp4.trimmed(films.write(tmp_path / "a.mp4"), 0.12, 0.2))
    assert numbers(video) == [3, 4, 5, 6, 7]
    assert video.lost == 0


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "MJPG"), ("a.webm", "VP80"), ("a.mkv", "MJPG")])
def test_a_file_that_ends_before_its_end_is_cut_short(tmp_path, name, codec):
    path = films.write(tmp_path / name, codec=codec, width=640, height=480)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    video = Video(path)
    assert 0 < len(numbers(video)) == 10 - video.lost < 10


def test_an_mp4_that_ends_before_its_end_is_cut_short(tmp_path):
    path = films.write(tmp_path / "a.mp4")
    assert not is_cut_short(path)
    path.write_bytes(path.read_bytes()[:-10])
    assert is_cut_short(path)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mp4v"), ("a.mov", "MJPG")])
def test_what_comes_after_a_damaged_part_is_read_and_what_is_lost_is_counted(tmp_path, name, codec):
    video = Video(films.damage(films.write(tmp_path / name, 12, codec, 640, 480), 0.25))
    found, places = [], []
    while (image := video.read()) is not None:
        found.append(films.number_of(image))
        places.append(video.position_ns)
    assert found[:3] == [0, 1, 2] and len(found) == 12 - video.lost < 12
    assert places[-1] == pytest.approx(11e9 / films.FPS, abs=2) and (np.diff(places) > 0).all()


def test_pictures_of_which_a_part_is_missing_are_counted(clips, tmp_path):
    path = tmp_path / "cam03.mp4"
    path.write_bytes((clips / "pose2sim/cam03.mp4").read_bytes())
    video = Video(films.damage(path, 1000 / path.stat().st_size))
    assert len(pictures(video)) == 100
    assert (video.damaged, video.lost) == (1, 0)


@pytest.mark.parametrize("name", ["cam02.mp4", "cam04.mp4"])
def test_h264_with_a_damaged_part_says_how_much_of_it_was_lost(clips, tmp_path, name):
    """The one as far as the damage, the other beyond it."""
    path = tmp_path / name
    path.write_bytes((clips / "pose2sim" / name).read_bytes())
    video = Video(films.damage(path, 0.05))
    assert 0 < len(pictures(video)) == 100 - video.lost < 100


def changing(tmp_path, width: int, height: int) -> Path:
    """Four pictures of 96 x 64 pixels, then four of another size."""
    encoded = films.packets(films.write(tmp_path / "a.avi", 4, "VP80"))
    encoded += films.packets(films.write(tmp_path / "b.avi", 4, "VP80", width, height))
    return films.write_ivf(tmp_path / "c.ivf", b"VP80", encoded)


@pytest.mark.parametrize(("width", "height"), [(48, 64), (192, 128), (96, 32)])
def test_pictures_of_another_size_are_fitted_or_refused_and_that_is_said(tmp_path, caplog, width, height):
    video = Video(changing(tmp_path, width, height))
    change = f"from 96x64 to {width}x{height} pixels at 0.16 s"
    if FOLLOWS <= tuple(int(part) for part in cv2.__version__.split(".")[:2]):
        assert len(pictures(video)) == 8
        assert change in caplog.text
    else:
        with pytest.raises(VtmError, match=f"{change}.*convert the file with: ffmpeg"):
            pictures(video)


@pytest.mark.parametrize(("width", "height"), [(48, 64), (192, 128), (96, 32)])
def test_a_picture_is_fitted_in_shape(width, height):
    squashed = cv2.resize(films.picture(3, width, height), (96, 64))
    image = fitted(squashed, (96, 64), width / height)
    assert image.shape == (64, 96, 3)
    _, spot = films.spot(image)
    assert spot[0] == pytest.approx(spot[1], abs=2)


def test_av1_is_read_or_named(tmp_path):
    path = films.write_av1(tmp_path / "a.ivf")
    try:
        assert numbers(Video(path)) == list(range(4))
    except VtmError as fault:
        assert "the codec AV01 of" in str(fault)
        assert "convert it with: ffmpeg -i" in str(fault)


def test_an_unknown_codec_is_named_with_the_remedy(tmp_path):
    path = mp4.coded_as(films.write(tmp_path / "a.mp4"), b"zzzz")
    with pytest.raises(VtmError, match=r"the codec zzzz of .*a\.mp4 cannot be decoded here.*ffmpeg -i "):
        Video(path)


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
            assert len(numbers(Video(clip))) < 10
        except VtmError as fault:
            assert "cannot be read" in str(fault)


def test_missing_files_folders_and_cameras(tmp_path):
    with pytest.raises(VtmError, match="check the path"):
        Video(tmp_path / "nothing.mp4")
    with pytest.raises(VtmError, match="folder"):
        Video(tmp_path)
    with pytest.raises(VtmError, match="as a camera"):
        Video("97")
    with pytest.raises(VtmError, match="as a camera"):
        Video("/dev/null")


@pytest.mark.parametrize("scheme", ["file://", "file://localhost", "file:"])
def test_file_urls(tmp_path, scheme):
    films.write(tmp_path / "with space.mp4")
    url = f"{scheme}{tmp_path}/with%20space.mp4"
    assert numbers(Video(url)) == list(range(10))
    assert numbers(Video(Path(url))) == list(range(10))


def test_a_file_in_the_folder_of_devices_is_no_camera(clip):
    memory = Path("/dev/shm")
    if not memory.is_dir():
        pytest.skip("this system has no /dev/shm")
    path = memory / f"{clip.parent.name}.avi"
    path.write_bytes(clip.read_bytes())
    try:
        assert not Video(path).live
    finally:
        path.unlink()


def timed(video: Video, count: int = 1 << 30) -> list[tuple[int | None, bytes]]:
    found = []
    while len(found) < count and (image := video.read()) is not None:
        found.append((video.position_ns, image.tobytes()))
    return found


def searched(video: Video, places: list[int]) -> list[list[tuple[int | None, bytes]]]:
    """What follows each of the places in a file that are searched for, from its end to its beginning."""
    found = []
    for place in reversed(places):
        video.seek(place)
        found.append([one for one in timed(video) if one[0] >= place])
    return found[::-1]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "mp4v"), ("a.mkv", "MJPG"), ("a.webm", "VP80"), ("a.avi", "MJPG")]
)
def test_a_place_in_a_file_is_found_exactly(tmp_path, name, codec):
    video = Video(films.write(tmp_path / name, count=12, codec=codec))
    whole = timed(video)
    assert searched(video, [place for place, _ in whole]) == [whole[row:] for row in range(len(whole))]


def test_a_place_in_what_phones_and_editors_write_is_found_exactly(tmp_path):
    path = films.write(tmp_path / "a.mp4", count=12)
    mp4.paced(path, [0.04, 0.2, 0.01, 0.04] * 3)
    video = Video(mp4.turned(mp4.trimmed(path, 0.1, 0.6), 90))
    whole = timed(video)
    assert len(whole) > 5 and (video.width, video.height) == (64, 96)
    assert searched(video, [place for place, _ in whole]) == [whole[row:] for row in range(len(whole))]


@pytest.mark.parametrize("name", ["pose2sim/cam01.mp4", "sports2d/demo.mp4"])
def test_a_place_is_found_exactly_where_pictures_need_later_ones(clips, name):
    """H.264 whose pictures are not stored in their order, and VP9."""
    video = Video(clips / name)
    whole = timed(video, 60)
    for row in (40, 20):
        video.seek(whole[row][0])
        found = timed(video, 21)
        assert (
            found[0][0] <= whole[row][0] and [one for one in found if one[0] >= whole[row][0]][:10] == whole[row:][:10]
        )


def test_what_cannot_be_searched_begins_anew(tmp_path, monkeypatch):
    video = Video(films.write(tmp_path / "a.mp4"))
    whole = timed(video)
    monkeypatch.setattr(type(video._from), "seek", lambda *_: None)  # at its end, it stays there
    video.seek(whole[5][0])
    assert timed(video) == whole
