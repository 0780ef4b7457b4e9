"""What of a recording is no person's motion is left out, and nothing leads from one person to the next."""

from dataclasses import replace

import numpy as np

from tests.vtm_trt.postprocess.test_plausibility import true_motion, turned, unsure
from vtm.types import Motion
from vtm_trt.offline.screening import judged, people, sound
from vtm_trt.postprocess.plausibility import Kind


def test_what_no_person_can_do_is_left_out():
    motions = [true_motion(frame) for frame in range(8)]
    motions[4] = turned(motions[4], 120)
    kept, counts = sound(motions)
    assert [motion.stamp_ns for motion in kept] == [motion.stamp_ns for motion in motions if motion is not motions[4]]
    assert counts[Kind.TURN] == 1


def test_nothing_leads_from_one_person_to_the_next():
    before = [true_motion(frame) for frame in range(4)]
    at_once, later = (
        [replace(turned(true_motion(frame), 150), person_id=1) for frame in frames]
        for frames in (range(4, 8), range(30, 34))
    )
    assert sound([*before, *at_once])[0] == [*before, *at_once[1:]]
    assert sound([*before, *later])[0] == [*before, *later]


def test_what_is_seen_elsewhere_tells_nothing_of_what_was_here():
    """Nobody, and then a person in another place: none of the first is shown, and the person does not turn at once."""
    nobody = [elsewhere(turned(unsure(true_motion(frame)), 150)) for frame in range(12)]
    person = [true_motion(frame) for frame in range(12, 40)]
    kept, left_out = people([*nobody, *person])
    assert (kept, left_out) == (person, 12)
    assert not sound([*nobody, *person])[1][Kind.TURN]


def elsewhere(motion: Motion) -> Motion:
    seen = motion.observation
    return replace(motion, observation=replace(seen, keypoints=seen.keypoints + np.float32([600, 0])))


def test_a_finished_recording_is_judged_as_it_was_made():
    motions = [true_motion(frame) for frame in range(40)]
    motions[4] = turned(motions[4], 120)
    motions[20:] = [unsure(motion) for motion in motions[20:]]
    told = judged(motions)
    said = [(stamp, fault.kind) for stamp, faults in told.items() for fault in faults]
    shown = {motion.stamp_ns for motion in people(motions)[0]}
    assert [stamp for stamp, kind in said if kind is Kind.TURN] == [motions[4].stamp_ns]
    assert {stamp for stamp, kind in said if kind is Kind.NOBODY} == set(told) - shown != set()
