import pytest

from vtm_trt.pose2d.landmarks import VARIANTS
from vtm_trt.speed import SPEEDS, USUAL, Speed, speed_of


def test_the_usual_speed_is_the_network_full_that_looks_once():
    assert speed_of(USUAL) == Speed("full", twice=False)


@pytest.mark.parametrize("name", SPEEDS)
def test_a_network_that_is_asked_for_wins(name):
    assert speed_of(name) == SPEEDS[name] and SPEEDS[name].pose_model in VARIANTS
    assert speed_of(name, "heavy") == Speed("heavy", SPEEDS[name].twice)
