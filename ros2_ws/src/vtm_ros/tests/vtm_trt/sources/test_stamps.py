"""Times that containers tell, and what is made of those that cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm_trt.sources import films, mp4
from vtm.camera import Intrinsics
from vtm_trt.sources.stamps import in_order, timed_frames
from vtm_trt.sources.video import Video

MS = 1_000_000
USUAL = 40 * MS


def stamps(told_ms: list[float | None]) -> list[float]:
    told = [None if time is None else round(time * MS) for time in told_ms]
    items = list(in_order(enumerate(told), USUAL))
    assert [item for item, _ in items] == list(range(len(told)))
    return [stamp / MS for _, stamp in items]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([0, 40, 80, 120], [0, 40, 80, 120]),
        ([0, 33, 133, 150, 400], [0, 33, 133, 150, 400]),  # variable rate
        ([1000, 1040, 1080], [1000, 1040, 1080]),  # begins later
        ([-40, 0, 40], [0, 40, 80]),  # before nought
        ([39.999, 40, 80], [0, 40, 80]),  # 1 us before the second
        ([-9.2e12, 40, 80], [0, 40, 80]),
        ([9e9, 40, 80], [0, 40, 80]),
        ([None, 40, 80], [0, 40, 80]),
        ([None, None, None], [0, 40, 80]),
        ([0, 0, 0], [0, 40, 80]),
        ([0, 0, 80, 80, 160, 160], [0, 40, 80, 120, 160, 200]),  # each twice
        ([0, 40, None, None, 160], [0, 40, 80, 120, 160]),
        ([0, 40, 20, 80], [0, 40, 60, 80]),  # out of order
        ([5000, 5040, 5080, 0, 40, 80], [5000, 5040, 5080, 5120, 5160, 5200]),  # joined files
        ([0], [0]),
        ([], []),
    ],
)
def test_times(told, wanted):
    np.testing.assert_allclose(stamps(told), wanted, atol=0.01)


@given(st.lists(st.one_of(st.none(), st.integers(-(10**13), 10**13), st.integers(0, 400).map(lambda n: n * MS))))
def test_times_always_go_forward_and_nothing_is_lost(told):
    found = list(in_order(enumerate(told), USUAL))
    assert [item for item, _ in found] == list(range(len(told)))
    assert all(b > a for (_, a), (_, b) in zip(found, found[1:], strict=False))
    assert not found or found[0][1] >= 0


def test_a_file_of_variable_rate_keeps_its_times(tmp_path):
    lengths = [0.04, 0.1, 0.02, 0.2, 0.04, 0.04, 0.3, 0.04, 0.04, 0.04]
    video = Video(mp4.paced(films.write(tmp_path / "a.mp4"), lengths))
    frames = list(timed_frames(video, Intrinsics.from_fov(video.width, video.height)))
    assert [films.number_of(frame.image) for frame in frames] == list(range(10))
    wanted = np.cumsum([0, *lengths[:-1]])
    np.testing.assert_allclose([frame.stamp_ns * 1e-9 for frame in frames], wanted, atol=1e-3)
