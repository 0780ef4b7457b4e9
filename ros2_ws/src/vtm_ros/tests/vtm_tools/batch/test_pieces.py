"""Where long videos are cut, and what tells the files of their pieces apart."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from vtm_tools.batch.job import Job, Settings
from vtm_tools.batch.pieces import cut, piece_file


@pytest.mark.parametrize(("length_s", "count"), [(601, 2), (3600, 6), (3601.5, 7), (1200, 2)])
def test_pieces_are_of_one_length_and_leave_nothing_out(length_s, count):
    pieces = cut(length_s, 600)
    assert [piece.number for piece in pieces] == list(range(1, count + 1)) and {piece.count for piece in pieces} == {
        count
    }
    assert all(one.end_ns == two.start_ns for one, two in pairwise(pieces))
    assert (pieces[0].start_ns, pieces[-1].end_ns) == (0, round(length_s * 1e9))
    assert max(piece.seconds for piece in pieces) <= 600


def test_a_piece_says_where_it_is():
    assert str(cut(3599.9, 600)[1]) == "piece 2 of 6, from 10:00 to 20:00 min"


def test_each_piece_of_each_video_and_setting_has_its_file():
    job = Job(Path("walk.mp4"), Path("out"), "a/walk", 10, 20)
    first, second = cut(10, 5)
    settings = replace(job, settings=Settings(pose_model="lite"))
    changed = [replace(job, bytes=11), replace(job, mtime_ns=21), settings]
    others = [piece_file(job, second), piece_file(job, cut(10, 4)[0]), *(piece_file(one, first) for one in changed)]
    file = piece_file(replace(job, threads=4, backend="cuda", longest=1.0), first)
    assert file == piece_file(job, first) and len({file, *others}) == 6
    assert {one.parent for one in others} == {Path("out/a/walk.pieces")}
