import re

import numpy as np
import pytest

from tests.vtm.mocap.people import CMU, Foreign, a_pose, walk, write_foreign_asf_amc
from vtm.errors import VtmError
from vtm.mocap.asf_amc import read_amc


@pytest.fixture
def walker(tmp_path):
    local, root = walk(4)
    return write_foreign_asf_amc(tmp_path / "01_01.amc", Foreign(CMU, a_pose(), unit=17.7), local, root)


def test_one_skeleton_serves_many_recordings(walker):
    walker.with_suffix(".asf").rename(walker.with_name("01.asf"))
    (walker.with_name("01_01_b.amc")).write_text(walker.read_text())
    walker.with_name("02.asf").write_text("another person")
    for name in ("01_01.amc", "01_01_b.amc"):
        recording = read_amc(walker.with_name(name))
        assert len(recording.local) == 4 and recording.fps is None
        assert recording.metres == pytest.approx(1 / 17.7)


def test_without_a_skeleton_there_is_no_motion(walker):
    walker.with_suffix(".asf").unlink()
    with pytest.raises(VtmError, match=r"has no skeleton: put its \.asf file beside it"):
        read_amc(walker)


def test_radians(walker):
    degrees = read_amc(walker)
    asf = walker.with_suffix(".asf")
    asf.write_text(
        re.sub(r"axis (\S+) (\S+) (\S+)  XYZ", lambda m: "axis {} {} {}  XYZ".format(*_radians(m)), asf.read_text())
        .replace("angle deg", "angle rad")
    )  # fmt: skip
    lines = []
    for line in walker.read_text().replace(":DEGREES", ":RADIANS").splitlines():
        words = line.split()
        if len(words) >= 4:
            words[-3:] = [str(np.radians(float(word))) for word in words[-3:]]
        lines.append(" ".join(words))
    walker.write_text("\n".join(lines))
    np.testing.assert_allclose(read_amc(walker).pose()[1], degrees.pose()[1], atol=1e-4)


def _radians(match) -> list[str]:
    return [f"{np.radians(float(word)):.9f}" for word in match.groups()]


@pytest.mark.parametrize(
    ("file", "find", "put", "message"),
    [
        ("amc", r"(?s)\A.*\Z", "", "line 1: the file has no frames"),
        ("amc", r"lfemur .*", "lfemur 1 2", "line \\d+: 3 numbers are needed, 2 are there"),
        ("amc", r"lfemur .*", "lfemur 1 2 nan", "line \\d+: a number is not finite"),
        ("amc", r"lfemur .*", "lfemur 1 2 x", "line \\d+: could not convert"),
        ("amc", r"lfemur .*", "tail 1 2 3", "line \\d+: 'tail' is not a bone"),
        ("amc", r"lfemur .*\n", "", "line \\d+: frame 1 is cut short or repeated: lfemur"),
        ("amc", r"(?s)\n4\nroot.*?\n(.*?)\n.*", r"\n4\n\1", "frame 4 is cut short"),
        ("amc", r"\A", "\0\0", "line 1: not a text file"),
        ("asf", r"(?s)\A.*\Z", "", "bones, the order of the root's channels or the unit are missing"),
        ("asf", r"length 0\.\d+", "length none", "line \\d+: could not convert"),
        ("asf", r"name ltibia", "name shin", "bone 'ltibia' is not described"),
        ("asf", r"direction .*", "direction 1 2", "line \\d+: 3 numbers are needed"),
        ("asf", r"axis -?\d.*", "axis 1 2 3 XYW", "line \\d+: "),
        ("asf", r"order TX.*", "order TX TY", "the order of the root's channels"),
        ("asf", r":hierarchy\n  begin\n", r"\g<0>    ltibia lfemur\n", "has bones twice, as below 'ltibia'"),
    ],
)  # fmt: skip
def test_damage_is_named_with_its_line(walker, file, find, put, message):
    path = walker.with_suffix(f".{file}")
    text, count = re.subn(find, put, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    with pytest.raises(VtmError, match=rf"01_01\.{file}, line.*{message.removeprefix('line ')}"):
        read_amc(walker)


def test_every_truncation_is_noticed(walker):
    text = walker.read_text()
    for end in range(0, len(text) - 12, 211):
        walker.write_text(text[:end])
        try:
            assert len(read_amc(walker).local) < 4
        except VtmError as fault:
            assert "01_01.amc, line" in str(fault)
