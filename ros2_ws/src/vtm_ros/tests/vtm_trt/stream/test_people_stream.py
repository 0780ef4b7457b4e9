"""The motions of several people in real pictures, with the shipped networks."""

from itertools import chain

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame, read_clip
from tests.vtm_trt.pose2d.crossing import beside, cut_outs
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.operator import Operator
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream

APART = (20, 520)


@pytest.fixture(scope="module")
def balancing():
    return read_clip("pose2sim/cam03.mp4", 30)


@pytest.fixture(scope="module")
def pair(balancing):
    return cut_outs(balancing)


@pytest.fixture(scope="module")
def loaded() -> PeopleStream:
    return PeopleStream(PeopleTracker(2, "lite"), postprocess=PostprocessConfig(), operator=Operator("largest"))


@pytest.fixture
def stream(loaded) -> PeopleStream:
    loaded.reset()
    loaded.floor.forget()
    loaded.bystanders_every = 1
    return loaded


def test_everybody_has_a_motion_in_one_world(stream, pair):
    given = [stream.step(beside(both, APART, index)) for index, both in enumerate(pair)]
    numbers = {motion.person_id for motions in given for motion in motions}
    assert len(numbers) == 2 and all(len(motions) == 2 for motions in given)
    for motions in given:
        left, right = sorted(motions, key=lambda motion: motion.root_cam[0])
        assert left.root_cam[0] < 0 < right.root_cam[0]
        assert left.stamp_ns == right.stamp_ns
    assert {motion.person_id for motion in given[-1]} == set(stream.streams) == set(stream.tracker.people)
    one, other = (motion.camera for motion in given[-1])
    assert one.floor == other.floor and np.array_equal(one.rotation, other.rotation)
    assert set(stream.timings) == {"pose2d", "vtm", "postprocess"}


def test_a_recording_gives_what_a_camera_would(stream, pair):
    frames = [beside(pair[index], APART, index) for index in (0, 1, 2, 3, 3, 4)]
    frames += [beside(pair[index], APART, 60 + index) for index in (5, 6)]  # after a pause

    def of(given):
        numbers = sorted({motion.person_id for motions in given for motion in motions})
        stream.reset()
        stream.floor.forget()
        return [[(numbers.index(one.person_id), one.stamp_ns, one) for one in motions] for motions in given]

    expected, given = of([stream.step(one) for one in frames]), of(list(stream.steps(iter(frames))))
    assert [len(motions) for motions in given] == [2, 2, 2, 2, 0, 2, 2, 2]
    for one, other in zip(chain(*given), chain(*expected), strict=True):
        assert one[:2] == other[:2]
        np.testing.assert_array_equal(one[2].quat_local, other[2].quat_local)
        np.testing.assert_array_equal(one[2].root_cam, other[2].root_cam)
    assert stream.timings.keys() == {"pose2d", "vtm", "postprocess"}


def test_alone_a_person_moves_as_in_the_stream_of_one(stream, balancing):
    """Who is found in the whole picture, as there."""
    alone = MotionStream(PoseTracker("lite"), runner=stream.runner, postprocess=PostprocessConfig())
    people = PeopleStream(PeopleTracker(2, "lite", tiles=1), runner=stream.runner, postprocess=PostprocessConfig())
    for index, image in enumerate(balancing[:12]):
        (motion,) = people.step(frame(image, index))
        expected = alone.step(frame(image, index))
        np.testing.assert_array_equal(motion.quat_local, expected.quat_local)
        np.testing.assert_array_equal(motion.root_cam, expected.root_cam)


def test_who_is_gone_is_forgotten_and_the_operator_is_kept(stream, pair):
    for index in range(12):
        stream.step(beside(pair[index], APART, index))
    operator = stream.operator.number
    keeps = 0 if stream.tracker.people[operator].region.x < 400 else 1
    shown = [None, None]
    shown[1 - keeps] = APART[1 - keeps]
    for index in (12, 20, 28, 36, 44):
        motions = stream.step(beside(pair[12], shown, index))
    assert [motion.person_id for motion in motions] == list(stream.streams) != [operator]
    assert stream.operator.number == operator, "for two seconds"


def test_a_clock_that_goes_back_begins_anew(stream, pair):
    for index in range(10, 13):
        stream.step(beside(pair[index], APART, index))
    before = set(stream.streams)
    assert stream.step(beside(pair[12], APART, 12)) == [], "its time is over"
    assert len(stream.step(beside(pair[0], APART, 0))) == 2
    assert not before & set(stream.streams)


def test_bystanders_can_be_looked_at_in_every_second_frame(stream, pair):
    stream.step(beside(pair[0], APART, 0))
    stream.bystanders_every = 2
    given = [stream.step(beside(pair[index], APART, index)) for index in range(1, 13)]
    count = {n: sum(motion.person_id == n for motions in given for motion in motions) for n in stream.streams}
    assert count.pop(stream.operator.number) == 12 and list(count.values()) == [6]


def test_lookahead_can_change(stream, pair):
    stream.look_ahead(2)
    given = [stream.step(beside(pair[index], APART, index)) for index in range(6)]
    stream.look_ahead(0)
    assert [len(motions) for motions in given] == [0, 0, 2, 2, 2, 2]
    assert given[2][0].stamp_ns == beside(pair[0], APART, 0).stamp_ns


def test_all_keep_their_numbers_when_the_camera_paused(stream, pair):
    for index in range(12):
        stream.step(beside(pair[index], APART, index))
    before = {number: person.region.x < 400 for number, person in stream.tracker.people.items()}
    motions = stream.step(beside(pair[12], APART, 60))
    assert {motion.person_id: motion.root_cam[0] < 0 for motion in motions} == before
