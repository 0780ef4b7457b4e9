"""The whole stream on real video, with the shipped networks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vtm.body.pose_features import POSE_CHANNELS
from vtm.body.rotations import matrix_from_quat, matrix_from_rot6d
from vtm.camera import Intrinsics, keypoint_box
from vtm.errors import VtmError
from vtm.nets.tpve import lookahead_select
from vtm.train.config import TrainConfig
from vtm.train.export import load_shipped
from vtm.types import Frame, Motion
from vtm_trt.engine.models import model_path
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.sources.video import Video
from vtm_trt.stream.person_stream import MotionStream

CONFIG = Path(__file__).parents[3] / "config" / "train.yaml"
COUNT = 30


@pytest.fixture(scope="module")
def frames(clips) -> list[Frame]:
    """The first frames of a person balancing, 60 frames/s."""
    video = Video(clips / "pose2sim" / "cam03.mp4")
    camera = Intrinsics.from_fov(video.width, video.height)
    return [Frame(video.read(), i * 16_666_667 + 10**18, camera) for i in range(COUNT)]


@pytest.fixture(scope="module")
def tracker() -> PoseTracker:
    return PoseTracker("lite")


def blank(frame: Frame, stamp_ns: int) -> Frame:
    return Frame(np.full_like(frame.image, 127), stamp_ns, frame.intrinsics)


def same(a: Motion, b: Motion) -> bool:
    return np.array_equal(a.quat_local, b.quat_local) and np.array_equal(a.root_cam, b.root_cam)


def apart(a: list[Motion | None], b: list[Motion | None]) -> float:
    """Mean angle between the joints of motions of the same stamp, rad."""
    by_stamp = {motion.stamp_ns: motion.quat_local for motion in b if motion}
    cosines = [(m.quat_local * by_stamp[m.stamp_ns]).sum(-1) for m in a if m and m.stamp_ns in by_stamp]
    return float(2 * np.arccos(np.clip(np.abs(cosines), 0, 1)).mean())


@pytest.fixture(scope="module")
def motions(frames, tracker) -> list[Motion]:
    stream = MotionStream(tracker)
    return [stream.step(frame) for frame in frames]


def test_every_frame_gives_a_plausible_motion(frames, motions):
    for frame, motion in zip(frames, motions, strict=True):
        assert motion.stamp_ns == frame.stamp_ns
        assert np.linalg.norm(motion.quat_local, axis=-1) == pytest.approx(np.ones(22), abs=1e-6)
        assert 1.0 < motion.root_cam[2] < 12.0
        assert ((0 < motion.confidence) & (motion.confidence <= 1)).all()
        assert ((0 <= motion.contacts) & (motion.contacts <= 1)).all()
        assert ((0.5 < motion.bone_ratio) & (motion.bone_ratio < 2)).all()


@pytest.mark.parametrize("lookahead", [0, 8])
@torch.no_grad()
def test_shipped_network_streams_as_it_trained(motions, lookahead):
    """Frame by frame through the engine equals the whole clip at once through the PyTorch network."""
    stream = MotionStream(lookahead=lookahead)
    seen = [motion.observation for motion in motions]
    streamed = [stream.lift(observation) for observation in seen][lookahead:] + stream.flush()
    net = load_shipped(model_path("vtm"), TrainConfig.load(CONFIG).net)
    rays = np.stack([o.rays for o in seen] + [np.zeros((23, 2), np.float32)] * lookahead)
    confidence = np.stack([o.confidence for o in seen] + [np.zeros(23, np.float32)] * lookahead)
    interval = np.full((COUNT + lookahead, 1), 16_666_667e-9, np.float32)
    interval[[0, *range(COUNT, COUNT + lookahead)]] = 1 / 30
    arrived = np.float32([[1]] * COUNT + [[0]] * lookahead)
    still = np.zeros((COUNT + lookahead, 3), np.float32)
    inputs = (rays, confidence, keypoint_box(rays, confidence), interval, still, arrived)
    horizon = torch.zeros(1, inputs[0].shape[0])
    image = np.stack([o.image for o in seen] + [np.zeros(POSE_CHANNELS, np.float32)] * lookahead)
    *inputs, image = (torch.from_numpy(x)[None] for x in (*inputs, image))
    shipped = torch.tensor([[1.0] * COUNT + [0.0] * lookahead])
    clip = net(*inputs, lookahead_select(lookahead)[None], horizon, shipped, image=image)
    want = matrix_from_rot6d(clip.motion.rot6d[0, lookahead:]).numpy()
    assert np.abs(matrix_from_quat(np.stack([m.quat_local for m in streamed])) - want).max() < 1e-4
    ratio = clip.log_bone_ratio[0, lookahead:].exp().numpy()
    assert np.abs(np.stack([motion.bone_ratio for motion in streamed]) - ratio).max() < 1e-4


@pytest.mark.parametrize("stamp_shift", [-(10**9), 10**9], ids=["backward", "gap"])
def test_a_broken_clock_starts_a_new_window(frames, tracker, stamp_shift):
    stream = MotionStream(tracker)
    for frame in frames[:10]:
        stream.step(frame)
    moved = [Frame(frame.image, frame.stamp_ns + stamp_shift, frame.intrinsics) for frame in frames[10:15]]
    after = [stream.step(frame) for frame in moved]
    fresh = MotionStream(tracker)
    assert all(same(a, fresh.step(frame)) for a, frame in zip(after, moved, strict=True))


def test_lost_person_gives_no_motion_and_then_a_new_window(frames, tracker):
    stream = MotionStream(tracker)
    assert stream.step(blank(frames[0], 10**18 - 1)) is None and not stream.tracking
    for frame in frames[:5]:
        assert stream.step(frame) is not None and stream.tracking
    last = frames[4].stamp_ns
    absent = [stream.step(blank(frames[0], last + i * 100_000_000)) for i in range(1, 8)]
    assert absent == [None] * 7 and not stream.tracking
    back = [
        Frame(frame.image, last + 800_000_000 + i * 16_666_667, frame.intrinsics) for i, frame in enumerate(frames[:3])
    ]
    returned = [stream.step(frame) for frame in back]
    fresh = MotionStream(tracker)
    assert all(same(a, fresh.step(frame)) for a, frame in zip(returned, back, strict=True))


def test_lookahead_delays_and_flush_ends(frames, tracker):
    stream = MotionStream(tracker, lookahead=4)
    motions = [stream.step(frame) for frame in frames]
    assert [motion is None for motion in motions] == [True] * 4 + [False] * (COUNT - 4)
    ordered = motions[4:] + stream.flush()
    assert [motion.stamp_ns for motion in ordered] == [frame.stamp_ns for frame in frames]


@pytest.mark.parametrize(("before", "after"), [(0, 4), (8, 3), (5, 0)])
def test_a_changed_lookahead_keeps_network_person_and_floor(motions, before, after):
    seen, change = [motion.observation for motion in motions], COUNT // 2
    stream = MotionStream(lookahead=before, postprocess=PostprocessConfig())
    given = [stream.lift(observation) for observation in seen[:change]]
    person, floor = stream.person, stream.postprocessor.floor
    stream.look_ahead(after)
    given += [stream.lift(observation) for observation in seen[change:]]
    due = [*range(change - before), *range(change - min(before, after), COUNT - after)]
    found = [motion for motion in given if motion is not None]
    assert [motion.stamp_ns for motion in found] == [motions[frame].stamp_ns for frame in due]
    assert (stream.person, stream.postprocessor.floor) == (person, floor)
    steady, fresh = (
        MotionStream(lookahead=after, runner=stream.runner, postprocess=PostprocessConfig()) for _ in range(2)
    )
    usual = [steady.lift(observation) for observation in seen]
    anew = [fresh.lift(observation) for observation in seen[change:]]
    assert apart(given[change:], usual) < 0.75 * apart(anew, usual)


def test_a_shorter_lookahead_hurries_who_left(motions):
    seen = [motion.observation for motion in motions]
    moved = [replace(o, keypoints=o.keypoints + np.float32([900, 0]) * (i >= 12)) for i, o in enumerate(seen)]
    stream = MotionStream(lookahead=8)
    for observation in moved[:15]:
        stream.lift(observation)
    stream.look_ahead(2)
    found = [stream.lift(observation) for observation in moved[15:]]
    assert [motion.stamp_ns for motion in found] == [observation.stamp_ns for observation in moved[13:-2]]


def test_another_person_takes_no_frame_from_the_one_before(motions):
    seen = [motion.observation for motion in motions]
    moved = [replace(o, keypoints=o.keypoints + np.float32([900, 0]) * (i >= 12)) for i, o in enumerate(seen)]
    found, stamps = run_sequence(stream := MotionStream(lookahead=8), stream.lifts, moved)
    assert [motion.stamp_ns for motion in found] == stamps == [motion.stamp_ns for motion in motions]


def test_a_recording_gives_what_a_camera_would(frames, tracker, motions):
    stream = MotionStream(tracker)
    again = list(stream.steps(iter([*frames[:12], frames[11], *frames[12:]])))
    assert again.pop(12) is None, "a frame that was there already"
    assert len(again) == len(motions) and all(map(same, again, motions))
    assert stream.timings.keys() == {"pose2d", "vtm"}


def test_a_cut_that_was_seen_elsewhere_begins_a_new_person(motions):
    seen = [motion.observation for motion in motions]
    moved = [replace(o, keypoints=o.keypoints + np.float32([120, 0]) * (i >= 12)) for i, o in enumerate(seen)]
    for cut, people in ((-1, 1), (12, 2)):
        stream = MotionStream()
        assert len({stream.lift(one, row == cut).person_id for row, one in enumerate(moved)}) == people


def test_what_reads_a_recording_may_fail(frames, tracker):
    def broken():
        yield from frames[:3]
        raise VtmError("the disk is gone")

    given = []
    with pytest.raises(VtmError, match="disk"):
        given.extend(MotionStream(tracker).steps(broken()))


def test_timings_name_the_stages(frames, tracker):
    stream = MotionStream(tracker)
    stream.step(frames[0])
    assert set(stream.timings) == {"pose2d", "vtm"}
    stream.postprocess_by(PostprocessConfig())
    stream.step(frames[1])
    assert set(stream.timings) == {"pose2d", "vtm", "postprocess"}
    assert all(0 < value < 10_000 for value in stream.timings.values())
