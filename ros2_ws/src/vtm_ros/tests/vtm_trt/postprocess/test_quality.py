"""GOOD, DEGRADED and LOST with their reasons."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.postprocess.people import standing
from vtm_trt.postprocess.plausibility import Fault, Kind
from vtm_trt.postprocess.quality import LIMBS, Level, QualityMonitor

START_NS = 1_700_000_000_000_000_000
STEP_NS = 33_333_333


def seen(*changes: dict) -> QualityMonitor:
    monitor = QualityMonitor()
    for index, change in enumerate(changes):
        monitor.see(replace(standing(START_NS + index * STEP_NS), **change))
    return monitor


def confidence(limb: str, value: float) -> dict:
    values = np.full(22, 0.9, np.float32)
    values[LIMBS[limb]] = value
    return {"confidence": values}


def test_all_is_well():
    quality = seen({}).assess("", 0.03)
    assert (quality.level, str(quality)) == (Level.GOOD, "GOOD")


def test_nobody():
    assert str(seen({}).assess("nobody is seen", 0.03)) == "LOST: nobody is seen"


@pytest.mark.parametrize("limb", LIMBS)
def test_an_unsure_limb_is_named(limb):
    quality = seen(confidence(limb, 0.2)).assess("", 0.03)
    assert quality.level is Level.DEGRADED and quality.reasons == (f"the {limb} is unsure",)


@pytest.mark.parametrize(("bits", "named"), [(1, "legs"), (2, "arms"), (3, "legs and arms")])
def test_doubts_about_left_and_right_are_named(bits, named):
    observation = replace(standing(START_NS).observation, doubted=bits)
    quality = seen({"observation": observation}).assess("", 0.03)
    assert str(quality) == f"DEGRADED: left and right of the {named} may be the other way round"


def test_one_doubtful_frame_changes_nothing_and_recovery_is_seen():
    sure, unsure = confidence("left arm", 0.8), confidence("left arm", 0.1)
    assert seen(*[sure] * 10, unsure, sure).assess("", 0.03).level is Level.GOOD
    assert seen(*[sure] * 10, *[unsure] * 20).assess("", 0.03).level is Level.DEGRADED
    assert seen(*[unsure] * 10, *[sure] * 20).assess("", 0.03).level is Level.GOOD


def test_near_the_threshold_it_does_not_flicker():
    swaying = [confidence("right leg", 0.42 + 0.02 * (-1) ** n) for n in range(60)]
    monitor, levels = QualityMonitor(), []
    for index, change in enumerate([confidence("right leg", 0.2), *swaying]):
        monitor.see(replace(standing(START_NS + index * STEP_NS), **change))
        levels.append(monitor.assess("", 0.03).level)
    assert set(levels) == {Level.DEGRADED}


@pytest.mark.parametrize(
    ("border", "point"),
    [("left", (2, 200)), ("right", (638, 200)), ("upper", (300, -5)), ("lower", (300, 479))],
)
def test_the_border_that_cuts_the_person_is_named(border, point):
    motion = standing(START_NS)
    points = motion.observation.keypoints.copy()
    points[3] = point
    quality = seen({"observation": replace(motion.observation, keypoints=points)}).assess("", 0.03)
    assert quality.reasons == (f"the {border} border of the image cuts the person off",)


def test_late_motions():
    assert "200 ms" in str(seen({}).assess("", 0.3))


def test_legs_that_are_not_seen_are_named_once():
    motion = standing(START_NS)
    unseen = motion.observation.confidence.copy()
    unseen[13:21] = 0.0
    quality = seen({"observation": replace(motion.observation, confidence=unseen), **confidence("left leg", 0.1)})
    assert quality.assess("", 0.03).reasons == ("the legs are not seen",)


@pytest.mark.parametrize(
    ("kind", "level"),
    [(Kind.NOBODY, Level.LOST), (Kind.TURN, Level.DEGRADED), (Kind.MISFIT, Level.DEGRADED)],
)
def test_a_fault_is_told_for_a_while(kind, level):
    monitor = seen({})
    monitor.doubt(START_NS, (Fault(kind, "it is wrong"),))
    for frame in range(1, 9):
        monitor.doubt(START_NS + frame * STEP_NS, ())
        assert monitor.assess("", 0.03).level is level
    assert monitor.assess("", 0.03).reasons == ("it is wrong",)
    monitor.doubt(START_NS + 12 * STEP_NS, ())
    assert monitor.assess("", 0.03).level is Level.GOOD
