"""Pictures of robots and people."""

import numpy as np
import pytest

from vtm_tools.robot.figure import FRONT, draw


@pytest.mark.parametrize("name", ["jvrc1", "a_robot_with_a_name_that_is_far_too_long_for_its_panel"])
def test_a_title_fits_its_panel(name) -> None:
    picture = draw([], FRONT, 480, 2.0, np.array([0.0, 0.0, 1.9]), f"{name}, T-pose, from before")
    plain = draw([], FRONT, 480, 2.0, np.array([0.0, 0.0, 1.9]), "")
    written = np.flatnonzero((picture != plain).any(axis=(0, 2)))
    assert len(written) and 5 < written[0] and written[-1] < 480 - 5
