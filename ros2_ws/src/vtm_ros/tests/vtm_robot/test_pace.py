"""When a command is due."""

import numpy as np
import pytest

from vtm_robot.teleop.pace import Pace


@pytest.mark.parametrize("camera", [30.0, 15.0, 10.0])
def test_a_command_follows_its_pose_at_once_and_others_come_between(camera) -> None:
    """Commands at 30 a second, looked for twice in a period after each and whenever a pose comes."""
    pace, given, late, poses = Pace(30.0), [], [], 0
    look, pose = 0.0, 0.0
    while poses < 40:
        now = min(look, pose)
        fresh = pose <= look
        if fresh:
            poses, pose = poses + 1, pose + 1 / camera
            pace.posed(poses * round(1e9 / camera), now)
            came = now
        look = look if fresh else now + 1 / 60
        if pace.due(now, True):
            late += [now - came] if not given or given[-1] < came else []
            given.append(now)
            pace.ticked(now)
            look = now + 1 / 60
    assert max(late[10:]) < 1e-9
    assert len(given) == pytest.approx(40 * 30 / camera, abs=3)
    assert np.diff(given).min() >= 0.9 / 30
