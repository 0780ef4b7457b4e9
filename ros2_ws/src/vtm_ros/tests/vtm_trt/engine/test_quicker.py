"""Of two ways to run a network the quicker one is taken."""

import numpy as np
import pytest

from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.engine.quicker import LONGEST_PAUSE, PAUSE, Quicker, load_quicker


class Way:
    """Takes as long as it is told, on a clock of its own."""

    input_shapes, concurrent = {}, True
    blank_state = describe = None

    def __init__(self, time: list[float], seconds: float):
        self.time, self.seconds, self.runs = time, seconds, 0

    def step(self, inputs, state):
        self.time[0] += self.seconds
        self.runs += 1
        return inputs, state


@pytest.fixture
def race():
    """race(first, second) is a Quicker of two ways that take so many seconds, and both."""

    def of(first: float, second: float):
        time = [0.0]
        ways = Way(time, first), Way(time, second)
        return Quicker(*ways, clock=lambda: time[0]), *ways

    return of


def run(quicker: Quicker, times: int) -> None:
    for _ in range(times):
        quicker.step({}, {})


@pytest.mark.parametrize("quick, slow", [(0, 1), (1, 0)])
def test_the_quicker_way_is_taken_and_the_other_tried_less_and_less(race, quick, slow):
    seconds = [0.0, 0.0]
    seconds[quick], seconds[slow] = 0.005, 0.008
    quicker, *ways = race(*seconds)
    run(quicker, 10 * PAUSE)
    assert 3 <= ways[slow].runs <= 8


def test_it_changes_its_mind_when_the_machine_gets_busy_and_when_that_is_over(race):
    quicker, sleeping, spinning = race(0.008, 0.005)
    run(quicker, 2 * PAUSE)
    before = spinning.runs
    sleeping.seconds, spinning.seconds = 0.012, 0.03
    run(quicker, 20 * PAUSE)
    assert spinning.runs - before < 20, "only until it is noticed, and to try"
    sleeping.seconds, spinning.seconds = 0.008, 0.005
    run(quicker, LONGEST_PAUSE + 10)
    before = sleeping.runs
    run(quicker, PAUSE)
    assert sleeping.runs - before <= 1


def test_a_lucky_run_proves_nothing(race):
    quicker, sleeping, spinning = race(0.008, 0.03)
    for _ in range(20 * PAUSE):
        spinning.seconds = 0.005 if spinning.runs % 2 else 0.03
        run(quicker, 1)
    assert spinning.runs < 20


def test_a_single_slow_run_changes_nothing(race):
    quicker, sleeping, spinning = race(0.008, 0.005)
    run(quicker, PAUSE // 2)
    before, spinning.seconds = sleeping.runs, 0.05
    run(quicker, 1)
    spinning.seconds = 0.005
    run(quicker, PAUSE // 4)
    assert sleeping.runs == before


def test_both_ways_give_the_same_to_the_last_bit():
    path = model_path("pose_landmark_lite")
    usual, quicker = load_runner(path, "onnxruntime", 2), load_quicker(path, "onnxruntime", 2)
    assert isinstance(quicker, Quicker) and quicker.input_shapes == usual.input_shapes
    image = np.random.default_rng(0).random(usual.input_shapes["image"], np.float32)
    for _ in range(3):
        for name, values in quicker({"image": image}).items():
            np.testing.assert_array_equal(values, usual({"image": image})[name])


def test_one_thread_has_nobody_to_wait_for():
    assert not isinstance(load_quicker(model_path("pose_landmark_lite"), "onnxruntime", 1), Quicker)
