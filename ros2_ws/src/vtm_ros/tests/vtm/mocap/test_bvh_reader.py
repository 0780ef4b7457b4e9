import re

import bvhio
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vtm.mocap.people import MIXAMO, Foreign, a_pose, walk, write_foreign_bvh
from vtm.errors import VtmError
from vtm.mocap.bvh_reader import read_bvh


@pytest.fixture(scope="module")
def walker(tmp_path_factory):
    local, root = walk(12)
    return write_foreign_bvh(tmp_path_factory.mktemp("bvh") / "walk.bvh", Foreign(MIXAMO, a_pose()), local, root)


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YZX"])
def test_a_public_reader_sees_the_same_joints(tmp_path, order):
    local, root = walk(6)
    path = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, a_pose()), local, root, fps=29.97, order=order)
    recording = read_bvh(path)
    assert recording.fps == pytest.approx(29.97, abs=1e-3) and recording.metres is None
    positions = recording.pose()[1]
    for frame in range(6):
        theirs = bvhio.readAsHierarchy(str(path))
        theirs.loadPose(frame)
        seen = {joint.Name: np.array(joint.PositionWorld) for joint, _, _ in theirs.layout()}
        ours = {name: positions[frame, j] for j, name in enumerate(recording.names) if name}
        for name, place in ours.items():
            np.testing.assert_allclose(seen[name], place, atol=1e-3)


HEAD = """HIERARCHY
ROOT Hips
{
  OFFSET 0 10 0
  CHANNELS 3 Xposition Yposition Zposition
  JOINT Leg {
    OFFSET 0 -40 0
    CHANNELS %s
    End Site
    {
      OFFSET 0 -5 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.01
"""


def test_position_channels_replace_or_move_an_offset(tmp_path):
    """Of joints below the root both readings are in use; the numbers tell which."""
    path = tmp_path / "a.bvh"
    for values, expected in (("0 -41 1", [0, -41, 1]), ("0 -1 1", [0, -41, 1])):
        path.write_text(HEAD % "3 Xposition Yposition Zposition" + f"1 2 3 {values}\n" * 2)
        recording = read_bvh(path)
        np.testing.assert_allclose(recording.pose()[1][0], [[1, 2, 3], np.add([1, 2, 3], expected), [1, -44, 4]])


def test_one_axis_is_enough_for_a_hinge(tmp_path):
    path = tmp_path / "a.bvh"
    path.write_text(HEAD % "1 Xrotation" + "0 0 0 90\n0 0 0 0\n")
    np.testing.assert_allclose(read_bvh(path).pose()[1][0], [[0, 0, 0], [0, -40, 0], [0, -40, -5]], atol=1e-12)


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        (r"\AHIERARCHY", "<html>", "line 1: no BVH file"),
        (r"(?s)\A.*\Z", "", "line 1: no BVH file"),
        (r"(?s)MOTION.*", "", "the file ends before MOTION"),
        (r"Frames: 12", "Frames: 0", "line \\d+: the file has no frames"),
        (r"Frames: 12", "Frames: many", "line \\d+: 'many' is no number"),
        (r"Frames: 12", "Frames: 13", "12 of 13 frames are there"),
        (r"Frames: 12\n", "", "Frames or Frame Time expected"),
        (r"Frame Time: \S+", "Frame Time: 0", "the frame time is not positive"),
        (r"OFFSET 0.0000000 0.0000000 0.0000000", "OFFSET 0 0", "line 4: 3 numbers are needed"),
        (r"OFFSET 0.0000000 0.0000000 0.0000000", "OFFSET 0 0 here", "line 4: could not convert"),
        (r"CHANNELS 6 X", "CHANNELS 7 X", "line 5: fewer channels than announced"),
        (r"Zrotation", "Wrotation", "line 5: channel 'Wrotation' is unknown"),
        (r"JOINT mixamorig:Spine\n", "ROOT mixamorig:Spine\n", "a second ROOT"),
        (r"MOTION", "}\nMOTION", "line \\d+: "),
        (r"\n\}\nMOTION", "\nMOTION", "line \\d+: the skeleton is not complete"),
        (r"(Frame Time: \S+\n.*\n)\S+", r"\1nan", "line \\d+: \\d+ numbers are needed"),
        (r"(Frame Time: \S+\n.*\n.*\n)\S+ ", r"\1", "line \\d+: \\d+ numbers are needed"),
        (r"(Frame Time: \S+\n.*\n.*\n)", r"\g<1>1 ", "line \\d+: more than \\d+ numbers"),
        (r"(Frame Time: \S+\n.*\n)\S+", r"\1zwölf", "line \\d+: could not convert string to float: 'zwölf'"),
    ],
)  # fmt: skip
def test_damage_is_named_with_its_line(tmp_path, walker, find, put, message):
    path = tmp_path / "damaged.bvh"
    text, count = re.subn(find, put, walker.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    with pytest.raises(VtmError, match=rf"damaged\.bvh, .*{message}"):
        read_bvh(path)


def test_the_line_that_is_named_is_the_line(tmp_path, walker):
    lines = walker.read_text().splitlines()
    lines[-3] = "1 2 3"
    path = tmp_path / "a.bvh"
    path.write_text("\n".join(lines))
    with pytest.raises(VtmError, match=f"line {len(lines) - 2}:"):
        read_bvh(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(data=st.data())
def test_no_damage_ends_in_a_traceback(tmp_path, walker, data):
    raw = bytearray(walker.read_bytes())
    kind = data.draw(st.sampled_from(["cut", "swap", "binary"]))
    start = data.draw(st.integers(0, len(raw) - 1))
    if kind == "cut":
        del raw[start : start + data.draw(st.integers(1, 4000))]
    elif kind == "swap":
        raw[start : start + 1] = data.draw(st.sampled_from([b"}", b"{", b" ", b"x", b"-", b"\n", b"9e999"]))
    else:
        raw = bytearray(data.draw(st.binary(max_size=300)))
    path = tmp_path / "a.bvh"
    path.write_bytes(bytes(raw))
    try:
        recording = read_bvh(path)
    except VtmError as fault:
        assert "a.bvh, line" in str(fault)
    else:
        assert np.isfinite(recording.pose()[1]).all()


def test_a_missing_file(tmp_path):
    with pytest.raises(VtmError, match="cannot read"):
        read_bvh(tmp_path / "a.bvh")
