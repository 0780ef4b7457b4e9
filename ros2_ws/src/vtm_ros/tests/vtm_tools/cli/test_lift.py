import numpy as np
import pytest

from vtm.files.bvh import read_bvh
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main


@pytest.fixture
def given(motion_file) -> dict[str, np.ndarray]:
    """What a keypoint file must have, and where its keypoints lie."""
    with np.load(motion_file) as archive:
        return {key: archive[key] for key in ("keypoints", "K", "fps", "image_size", "keypoint_convention")}


@pytest.fixture
def brief(given) -> dict[str, np.ndarray]:
    """The first 24 frames of it."""
    return {**given, "keypoints": given["keypoints"][:24].copy()}


def lift(tmp_path, arrays: dict[str, np.ndarray], *options: str) -> MotionClip:
    np.savez(tmp_path / "k.npz", **arrays)
    assert main(["lift", str(tmp_path / "k.npz"), "--out", str(tmp_path / "m.npz"), *options]) == 0
    return MotionClip.load(tmp_path / "m.npz")


def same_motion(one: MotionClip, other: MotionClip, within: float = 1e-4) -> None:
    np.testing.assert_array_equal(one.valid, other.valid)
    turned = np.abs(np.sum(one.quat_local * other.quat_local, -1))[one.valid]
    assert turned.min() > 1 - within / 10
    np.testing.assert_allclose(one.joints_cam, other.joints_cam, atol=within)
    np.testing.assert_allclose(one.offsets, other.offsets, atol=within)


def test_equals_capture(motion_file, given, tmp_path, capsys):
    motion = lift(tmp_path, given, "--bvh", str(tmp_path / "m.bvh"))
    assert capsys.readouterr().out.startswith("40 frames at ")
    same_motion(motion, MotionClip.load(motion_file))
    np.testing.assert_allclose(read_bvh(tmp_path / "m.bvh").root, motion.root_cam, atol=1e-5)


def test_a_motion_file_is_a_keypoint_file(interrupted_clip, tmp_path):
    captured, lifted = tmp_path / "captured.npz", tmp_path / "lifted.npz"
    assert main(["capture", str(interrupted_clip), "--out", str(captured), "--pose-model", "lite"]) == 0
    assert main(["lift", str(captured), "--out", str(lifted)]) == 0
    # keypoints do not show the cut in the pictures, at which capture looks at the person anew
    same_motion(MotionClip.load(lifted), MotionClip.load(captured), within=0.05)


def test_recordings_are_adjusted_and_their_feet_held(brief, tmp_path):
    held, raw, once = (lift(tmp_path, brief, *options) for options in ((), ("--raw",), ("--once",)))
    assert held.adjusted.all() and raw.adjusted.all() and not once.adjusted.any()

    def slide(motion: MotionClip) -> float:
        ways = np.linalg.norm(np.diff(motion.joints_cam[:, [7, 10, 8, 11]], axis=0), axis=-1)
        return float((ways * (held.contacts[1:] > 0.5)).sum())

    assert slide(held) <= slide(raw)


def test_nothing_is_made_up_between_frames_that_are_too_far_apart(brief, tmp_path):
    slow = brief | {"fps": 1.0}
    same_motion(lift(tmp_path, slow, "--once"), lift(tmp_path, slow, "--once", "--lookahead", "0"))


def test_missing_frames_keep_their_rows(brief, tmp_path):
    brief["keypoints"][10:14] = np.nan
    brief["keypoints"][20] *= (1, 1, 0)
    motion = lift(tmp_path, brief)
    assert np.flatnonzero(~motion.valid).tolist() == [10, 11, 12, 13, 20]


def test_boxes_take_the_place_of_the_keypoints_own(brief, tmp_path):
    plain = lift(tmp_path, brief, "--once")
    low, high = np.full((24, 2), np.inf), np.full((24, 2), -np.inf)
    for frame, points in enumerate(brief["keypoints"]):
        seen = points[points[:, 2] > 0.1, :2]
        low[frame], high[frame] = seen.min(0), seen.max(0)
    boxes = np.column_stack([low, high - low])
    same_motion(lift(tmp_path, {**brief, "boxes": boxes}, "--once"), plain)
    boxes[::2] = np.nan
    same_motion(lift(tmp_path, {**brief, "boxes": boxes}, "--once"), plain)
    wide = np.column_stack([low - 100, high - low + 200])
    assert np.abs(lift(tmp_path, {**brief, "boxes": wide}, "--once").joints_cam - plain.joints_cam).max() > 1e-3


def refused(arguments: list[str], message: str, capsys) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ") and shown.err.count("\n") == 1 and message in shown.err, shown.err


def test_nobody(given, tmp_path, capsys):
    given["keypoints"][:] = np.nan
    np.savez(tmp_path / "k.npz", **given)
    refused(
        ["lift", str(tmp_path / "k.npz"), "--out", str(tmp_path / "m.npz")], "holds no keypoint that is seen", capsys
    )
    assert [path.name for path in tmp_path.iterdir()] == ["k.npz"]


def test_the_input_is_never_replaced(motion_file, tmp_path, capsys):
    (tmp_path / "link.npz").symlink_to(motion_file)
    before = motion_file.read_bytes()
    for out in (motion_file, tmp_path / "link.npz"):
        refused(["lift", str(motion_file), "--out", str(out)], "that is the input; choose another name", capsys)
    assert motion_file.read_bytes() == before


def test_bad_files(tmp_path, capsys):
    (tmp_path / "text.npz").write_text("no archive")
    for name, message in (("none.npz", "check the path"), ("text.npz", "numpy.savez"), ("", "--write_json")):
        refused(["lift", str(tmp_path / name), "--out", str(tmp_path / "m.npz")], message, capsys)
    assert not (tmp_path / "m.npz").exists()
