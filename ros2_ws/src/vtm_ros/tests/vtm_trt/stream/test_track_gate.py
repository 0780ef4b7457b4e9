"""Which frames continue the motion, and which start it anew, with the reason."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import walker
from vtm.camera import Intrinsics
from vtm.types import Frame, Observation
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.picture_cut import PictureCut
from vtm_trt.stream.track_gate import Step, TrackGate

LENS = Intrinsics.from_fov(640, 480)
START_NS, FRAME_NS = 10**18, 33_333_333
BODY = np.random.default_rng(0).uniform((300, 100), (380, 400), (23, 2)).astype(np.float32)


def arrivals(*stamps_ns: int, lenses=()) -> list[Step]:
    gate = TrackGate(500_000_000)
    pairs = zip(stamps_ns, [*lenses, *[LENS] * len(stamps_ns)], strict=False)
    return [gate.arrives(stamp_ns, lens).step for stamp_ns, lens in pairs]


def seen(shift: float = 0.0, scale: float = 1.0) -> Observation:
    return Observation(0, LENS, (BODY - 300) * scale + 300 + [shift, 0], np.ones(23, np.float32))


def test_frames_in_order_go_on():
    assert arrivals(*range(START_NS, START_NS + 10 * FRAME_NS, FRAME_NS)) == [Step.CONTINUE] * 10


@pytest.mark.parametrize("step_ns", [-1, -FRAME_NS, -START_NS, 500_000_001, 10**12])
def test_a_step_back_and_a_long_gap_start_anew_once(step_ns):
    later = START_NS + step_ns
    assert arrivals(START_NS, later, later + FRAME_NS) == [Step.CONTINUE, Step.NEW_WINDOW, Step.CONTINUE]


def test_a_gap_within_the_timeout_goes_on():
    assert arrivals(START_NS, START_NS + 500_000_000) == [Step.CONTINUE] * 2


def test_a_repeated_stamp_is_dropped():
    assert arrivals(START_NS, START_NS, START_NS + FRAME_NS) == [Step.CONTINUE, Step.DROP, Step.CONTINUE]


@pytest.mark.parametrize("other", [Intrinsics.from_fov(1280, 960), Intrinsics.from_fov(640, 480, 80.0)])
def test_another_size_or_calibration_starts_anew(other):
    stamps = START_NS, START_NS + FRAME_NS, START_NS + 2 * FRAME_NS
    assert arrivals(*stamps, lenses=(LENS, other, other)) == [Step.CONTINUE, Step.NEW_WINDOW, Step.CONTINUE]


@pytest.mark.parametrize(
    ("second", "same"),
    [(seen(), True), (seen(40), True), (seen(-250), False), (seen(scale=1.1), True), (seen(scale=2.2), False)],
)
def test_jumps_and_sudden_growth_are_another_person(second, same):
    gate = TrackGate(500_000_000)
    assert gate.sees(0, seen()).step is Step.CONTINUE
    assert (gate.sees(FRAME_NS, second).step is Step.CONTINUE) is same
    assert gate.sees(2 * FRAME_NS, second).step is Step.CONTINUE
    assert len(gate.decisions) == sum(gate.counts.values()) == (not same)
    assert same or "at once" in gate.decisions[0].reason


def test_who_shows_an_elbow_for_a_moment_stays_himself():
    """Hardly seen, now a little above the bound of what counts, now a little below, and far from the rest."""
    gate, points = TrackGate(500_000_000), BODY.copy()
    points[7] = BODY[7] + [-600, 200]
    for index, sure in enumerate([0.09, 0.11, 0.09, 0.11]):
        confidence = np.where(np.arange(23) == 7, sure, 0.9).astype(np.float32)
        shown = Observation(index * FRAME_NS, LENS, points, confidence)
        assert gate.sees(index * FRAME_NS, shown).step is Step.CONTINUE


def test_anybody_may_come_after_a_restart():
    gate = TrackGate(500_000_000)
    gate.sees(0, seen())
    gate.restart()
    assert gate.sees(FRAME_NS, seen(-250)).step is Step.CONTINUE


def test_a_man_who_jumps_and_turns_stays_himself(clips):
    from tests.vtm_trt.pose2d.conftest import frame, read_clip

    tracker, gate, cut = PoseTracker("lite"), TrackGate(500_000_000), PictureCut()
    for index, image in enumerate(read_clip("sports2d/demo.mp4", 106)):
        observation = tracker.step(frame(image, index))
        assert gate.sees(index * FRAME_NS, observation).step is Step.CONTINUE, index
        assert not cut(image), index


def test_after_a_cut_the_detector_looks_at_once(clips):
    """Two scenes, one after the other: the second begins with the person of the second, found where it is."""
    from tests.vtm_trt.pose2d.conftest import frame, read_clip

    first = read_clip("pose2sim/cam01.mp4", 8)
    width, height = first[0].shape[1::-1]
    second = [cv2.resize(image[:, 250:800], (width, height)) for image in read_clip("sports2d/demo.mp4", 36)[30:]]
    images = [*first, *second]
    stream = MotionStream(PoseTracker("lite"), recorded=True)
    motions = [stream.step(frame(image, index)) for index, image in enumerate(images)]
    fresh = MotionStream(PoseTracker("lite"), recorded=True)
    alone = fresh.step(frame(second[0], 8))
    assert np.allclose(motions[8].observation.keypoints, alone.observation.keypoints, atol=1e-3)
    assert {motion.person_id for motion in motions[:8]} == {0}
    assert {motion.person_id for motion in motions[8:] if motion} == {1}
    assert [decision.stamp_ns for decision in stream.gate.decisions] == [motions[8].stamp_ns]


def test_a_moving_or_dimmed_picture_is_no_cut():
    rng, cut = np.random.default_rng(0), PictureCut()
    scene = np.kron(rng.integers(0, 256, (40, 60)), np.ones((24, 24))).astype(np.uint8)[..., None].repeat(3, -1)
    assert not any(cut(scene[:480, shift : shift + 640]) for shift in range(0, 400, 12))
    assert not any(cut((scene[:480, 388:1028] * light).astype(np.uint8)) for light in np.linspace(1, 0.3, 20))


def test_the_person_of_a_motion_changes_with_the_person_only():
    walk = walker(60).observations
    shift = np.float32([500, 0])
    hidden = [replace(one, confidence=np.zeros(23, np.float32)) if 5 <= i < 25 else one for i, one in enumerate(walk)]
    moved = [replace(one, keypoints=one.keypoints + shift) if i >= 40 else one for i, one in enumerate(hidden)]
    motions, _ = run_sequence(stream := MotionStream(lookahead=4, backend="onnxruntime"), stream.lifts, moved)
    people = {round(motion.stamp_ns * 30e-9): motion.person_id for motion in motions}
    assert {people[i] for i in (*range(5), *range(25, 40))} == {0} and {people[i] for i in range(40, 60)} == {1}
    assert [decision.step for decision in stream.gate.decisions] == [Step.NEW_WINDOW, Step.NEW_PERSON]


def test_every_image_size_can_be_told_apart():
    for shape in ((1, 1), (0, 10), (2, 5000), (480, 640)):
        assert not PictureCut()(np.zeros((*shape, 3), np.uint8))
    assert TrackGate(1).is_cut(Frame(np.zeros((4, 6, 3), np.uint8), 0, LENS)) is False
