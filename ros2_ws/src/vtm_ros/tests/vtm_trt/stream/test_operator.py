import pytest

from vtm.errors import VtmError
from vtm_trt.pose2d.roi import Roi
from vtm_trt.stream.operator import Operator

NEAR_LEFT, SMALL_MIDDLE, RIGHT = Roi(100, 200, 300, 0), Roi(330, 200, 90, 0), Roi(600, 200, 150, 0)
PEOPLE = {2: SMALL_MIDDLE, 3: NEAR_LEFT, 7: RIGHT}
SECOND = 10**9


@pytest.mark.parametrize(("choice", "number"), [("largest", 3), ("centre", 2), ("first", 2), ("7", 7), ("5", None)])
def test_choices(choice, number):
    assert Operator(choice)(0, PEOPLE, 640) == number


@pytest.mark.parametrize("choice", ["largest", "centre", "first", "3"])
def test_nobody_takes_over_while_the_operator_is_seen_or_for_a_while_after(choice):
    operator = Operator(choice)
    assert operator(0, {3: SMALL_MIDDLE}, 640) == 3
    others = {1: NEAR_LEFT, 3: RIGHT}
    assert operator(SECOND, others, 640) == 3
    del others[3]
    assert operator(3 * SECOND, others, 640) == 3
    assert operator(4 * SECOND, others, 640) == (None if choice == "3" else 1)


def test_the_operator_who_returns_in_time_stays_and_time_begins_anew():
    operator = Operator("largest")
    operator(0, {3: RIGHT}, 640)
    for second in (1, 3, 5):
        assert operator(second * SECOND - 1, {1: NEAR_LEFT}, 640) == 3
        assert operator(second * SECOND, {1: NEAR_LEFT, 3: RIGHT}, 640) == 3


def test_next_passes_on_in_the_order_of_numbers():
    operator = Operator("first")
    assert operator.next() is None
    operator(0, PEOPLE, 640)
    assert [operator.next() for _ in range(3)] == [3, 7, 2]
    assert operator(SECOND, PEOPLE, 640) == 2


def test_another_choice_holds_at_once():
    operator = Operator("first")
    operator(0, PEOPLE, 640)
    operator.choose("largest")
    assert operator(1, PEOPLE, 640) == 3


def test_a_clock_that_goes_back_keeps_nobody_for_ever():
    operator = Operator("first")
    operator(10 * SECOND, {2: RIGHT}, 640)
    assert operator(SECOND, {5: RIGHT}, 640) == 5


def test_an_unknown_choice_names_the_choices():
    with pytest.raises(VtmError, match="largest, centre, first"):
        Operator("tallest")
