"""Several people of one video, each with a file, all in one world."""

from dataclasses import replace

import numpy as np
import pytest

from vtm.errors import VtmError
from vtm_tools.cli.app import main
from vtm_tools.export.people_files import numbered
from vtm_tools.export.world import in_one_world, in_the_world


@pytest.fixture(scope="module")
def pair(clip):
    """Two people with the same motion, the second one 0.4 m further away and 0.2 m higher, as if on a step."""
    step = np.float32([0.0, -0.2, 0.4])
    moved = replace(clip, root_cam=clip.root_cam + step, joints_cam=clip.joints_cam + step)
    return [replace(one, person_id=np.array([number], np.int32)) for number, one in ((2, clip), (5, moved))]


def test_they_stay_in_one_world(pair):
    first, second = in_one_world(pair)
    np.testing.assert_allclose(first.gravity.axes, second.gravity.axes)
    np.testing.assert_allclose(first.gravity.axes @ [0.0, -0.2, 0.4], (second.root - first.root)[0], atol=1e-6)
    alone = [in_the_world(one) for one in pair]
    np.testing.assert_allclose(alone[0].root[:, 2], alone[1].root[:, 2], atol=1e-6)
    assert first.root[0, 2] < alone[0].root[0, 2] < second.root[0, 2], "the ground is that of all"


def test_each_has_a_file(pair, tmp_path, capsys):
    motions = [tmp_path / f"m.person_{number}.npz" for number in numbered(pair)]
    assert [path.name for path in motions] == ["m.person_2.npz", "m.person_5.npz"]
    for path, one in zip(motions, pair, strict=True):
        one.save(path)
    before = motions[0].read_bytes()
    given = ["export", *map(str, motions), "--out"]
    assert main([*given, str(tmp_path / "m.npz")]) == 2 and "that is the input" in capsys.readouterr().err
    assert motions[0].read_bytes() == before
    assert main([*given, str(tmp_path / "m.csv")]) == 0
    said = capsys.readouterr().out
    written = {path.name for path in tmp_path.iterdir()} - {path.name for path in motions}
    assert written == {"m.person_2.csv", "m.person_5.csv"}
    assert all(f"-> {tmp_path / name}\n" in said for name in written)


def test_numbers(pair):
    assert list(numbered([pair[0], pair[0]])) == [1, 2], "where two have the same, their places"
    with pytest.raises(VtmError, match="different numbers of frames"):
        numbered([pair[0], replace(pair[1], valid=pair[1].valid[:-1])])
    with pytest.raises(VtmError, match="nobody"):
        numbered([pair[0], replace(pair[1], valid=np.zeros_like(pair[1].valid))])
