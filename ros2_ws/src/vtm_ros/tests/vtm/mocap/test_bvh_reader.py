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
        (r"Frames: 12\n", "Pictures: 12\n", "line \\d+: Frames or Frame Time expected"),
        (r"OFFSET 0.0000000 0.0000000 0.0000000", "OFFSET 0 0", "line 4: 3 numbers are needed"),
        (r"OFFSET 0.0000000 0.0000000 0.0000000", "OFFSET 0 0 here", "line 4: could not convert"),
        (r"CHANNELS 6 X", "CHANNELS 7 X", "line 5: fewer channels than announced"),
        (r"Zrotation", "Wrotation", "line 5: channel 'Wrotation' is unknown"),
        (r"JOINT mixamorig:Spine\n", "ROOT mixamorig:Spine\n", "a second ROOT"),
        (r"MOTION", "}\nMOTION", "line \\d+: "),
        (r"\n\}\nMOTION", "\nMOTION", "line \\d+: the skeleton is not complete"),
        (r"(Frame Time: \S+\n.*\n)\S+", r"\1nan", "line \\d+: number 1 of \\d+ is 'nan'"),
        (r"(Frame Time: \S+\n.*\n.*\n)\S+ ", r"\1", "line \\d+: \\d+ numbers are needed"),
        (r"(Frame Time: \S+\n.*\n.*\n)", r"\g<1>1 ", "line \\d+: \\d+ numbers are needed, \\d+ are there"),
        (r"OFFSET 0.0000000 0.0000000 0.0000000\n", "", "joint 'mixamorig:Hips' has no OFFSET"),
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


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (r"\A", "\ufeff"),
        (r"\n", "\r\n"),
        (r"\n", "\r"),
        (r"Frame Time:", "Frame time :"),
        (r"Frames: ", "FRAMES\t"),
        (r"Frame Time: ", "Frame Time:\n"),
        (r"Frames: 12\n", ""),
        (r"End Site", "END SITE"),
        (r"End Site", "End Site LeftToe_End"),
        (r"JOINT", "Joint"),
        (r"HIERARCHY|MOTION|OFFSET|CHANNELS|ROOT", lambda found: found[0].lower()),
        (r"rotation", "Rotation"),
        (r"(?m)^(-?\d.*)$", lambda row: row[0].replace(" ", ", ")),
        (r"(?m)^(-?\d.*)$", lambda row: row[0].replace(" ", ",")),
        (r"(?m)^(-?\d.*)$", lambda row: row[0].replace(".", ",")),
        (r"\.", ","),
        (r"\A", "# from a program that comments\n\n"),
        (r"(?m)^(-?\d.*)$", lambda row: row[0].replace(" ", "\t")),
        (r"(?m)^(-?\d.*)$", lambda row: row[0].replace(" ", "\n", 40).replace("\n", " ", 20)),
        (r"\n\s*\{", " {"),
        (r"\s*\Z", "\n\n1 2 3\n"),
        (r"\Z", "\n"),
        (r"CHANNELS 3 ", "CHANNELS 3\n"),
    ],
)
def test_dialects_of_the_format(tmp_path, walker, find, put):
    path = tmp_path / "a.bvh"
    text, count = re.subn(find, put, walker.read_text())
    assert count
    path.write_bytes(text.encode())
    seen, expected = read_bvh(path), read_bvh(walker)
    assert (seen.names, seen.parents, seen.fps) == (expected.names, expected.parents, expected.fps)
    np.testing.assert_array_equal(seen.local, expected.local)
    np.testing.assert_array_equal(seen.places[0], expected.places[0])


def test_utf_16_is_read(tmp_path, walker):
    (tmp_path / "a.bvh").write_bytes(walker.read_text().encode("utf-16"))
    np.testing.assert_array_equal(read_bvh(tmp_path / "a.bvh").local, read_bvh(walker).local)


@pytest.mark.parametrize("cut", ["line", "number", "announced"])
def test_a_file_that_ends_early_is_read_as_far_as_it_goes_and_says_so(tmp_path, walker, cut):
    path, text = tmp_path / "a.bvh", walker.read_text().rstrip()
    if cut == "announced":
        path.write_text(text.replace("Frames: 12", "Frames: 14"))
        left, announced = 12, 14
    else:
        path.write_text(text[: text.rindex("\n")] if cut == "line" else text[:-40])
        left, announced = 11, 12
    recording = read_bvh(path)
    assert recording.remarks == (f"{left} whole frames are there, {announced} announced",)
    assert len(recording.local) == left
    np.testing.assert_array_equal(recording.local, read_bvh(walker).local[:left])


def test_frames_beyond_those_announced_are_read_and_what_else_follows_is_told(tmp_path, walker):
    path, text = tmp_path / "a.bvh", walker.read_text()
    path.write_text(text.replace("Frames: 12", "Frames: 5"))
    assert len(read_bvh(path).local) == 12 and read_bvh(path).remarks == ("12 whole frames are there, 5 announced",)
    path.write_text(text + text)
    assert len(read_bvh(path).local) == 12 and read_bvh(path).remarks == ("what follows the frames is not read",)


def test_radians_are_told_from_degrees(tmp_path, walker):
    head, rows = re.split(r"(?<=\n)(?=-?\d)", walker.read_text(), maxsplit=1)
    numbers = np.array([row.split() for row in rows.splitlines()], float)
    numbers[:, 3:] = np.radians(numbers[:, 3:])
    path = tmp_path / "a.bvh"
    path.write_text(head + "\n".join(" ".join(map(str, row)) for row in numbers))
    with pytest.raises(VtmError, match="no angle exceeds .* are they radians"):
        read_bvh(path)


@pytest.mark.parametrize("time", ["0", "33.3", "0.00001"])
def test_a_frame_rate_that_cannot_be_is_not_believed(tmp_path, walker, time):
    path = tmp_path / "a.bvh"
    path.write_text(re.sub(r"Frame Time: \S+", f"Frame Time: {time}", walker.read_text()))
    assert read_bvh(path).fps is None


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


def test_brackets_and_a_missing_keyword_are_no_fault(tmp_path):
    path = tmp_path / "a.bvh"
    text = HEAD % "3 Zrotation Xrotation Yrotation" + "1 2 3 40 50 60\n" * 2
    found = []
    for written in (text, text.replace("MOTION\n", ""), text.replace("OFFSET 0 -40 0", "OFFSET [0, -40, 0]")):
        path.write_text(written)
        found.append(read_bvh(path))
    for other in found[1:]:
        np.testing.assert_array_equal(other.local, found[0].local)
        np.testing.assert_array_equal(other.offsets, found[0].offsets)
        assert other.fps == found[0].fps
