"""A recording is taken in two threads, in the order of its frames."""

from threading import Event, get_ident

import pytest

from vtm_trt.stream.overlapped import overlapped

DEADLINE_S = 60


def test_a_frame_is_followed_while_the_next_one_is_looked_at_and_the_one_after_read():
    looked, followed, told = [], [], []
    began = {frame: Event() for frame in range(5)}

    def look(frame):
        looked.append((frame, get_ident(), len(told)))
        began[frame].set()
        return frame

    def follow(frame):
        later = frame + 1
        assert later == len(began) or began[later].wait(DEADLINE_S), "the next frame is looked at meanwhile"
        followed.append((frame, get_ident()))
        return -frame

    assert list(overlapped(iter(began), look, follow, lambda: told.append(len(followed)))) == [0, -1, -2, -3, -4]
    assert [frame for frame, *_ in looked] == [frame for frame, _ in followed] == list(began)
    assert told == [0, 1, 2, 3, 4] and [count for *_, count in looked] == list(began), "told between the looks"
    assert {thread for _, thread, _ in looked} == {get_ident()} and followed[0][1] != get_ident()


def test_nothing_comes_of_nothing():
    assert list(overlapped([], pytest.fail, pytest.fail, pytest.fail)) == []
