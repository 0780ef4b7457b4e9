"""Between the images of a camera."""

import numpy as np
import pytest

from tests.vtm_robot.conftest import standing
from tests.vtm_robot.teleop import RATE
from vtm.body.skeleton import JOINT_INDEX
from vtm_robot.teleop.steady_pose import SteadyPose


@pytest.mark.parametrize(("camera", "evenly"), [(50.0, 1e-3), (25.0, 1e-3), (20.0, 1.1)])
def test_between_images_the_person_moves_evenly(camera, evenly) -> None:
    """Commands at RATE, with an image for each, for every second one, or two for five, which is as even as it gets."""
    steady, turned, image = SteadyPose(1 / RATE), [], 0
    for tick in range(100):
        now = tick / RATE
        while image / camera <= now + 1e-9:
            seen = standing(left_elbow=(0.0, 0.0, -30.0 * image / camera))
            steady.take(seen, image / camera, image / camera, True)
            image += 1
        pose = steady.at(now)
        elbow = pose.rotations[JOINT_INDEX["left_elbow"]]
        turned.append(np.arctan2(elbow[1, 0], elbow[0, 0]))
    turns = np.diff(turned)[20:]
    assert np.ptp(turns) <= evenly * np.abs(turns).mean()
    assert abs(abs(turned[-1]) - np.radians(30) * 99 / RATE) <= np.radians(30) / camera + 1e-6
