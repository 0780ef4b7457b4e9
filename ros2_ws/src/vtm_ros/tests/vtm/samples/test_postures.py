"""Named postures are what their names say, and motion through them is smooth and on the ground."""

import numpy as np
import pytest

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, MIRROR, VIRTUAL_OFFSETS
from vtm.samples.postures import POSTURES, pose, through

FLIP = np.diag([1.0, -1.0, 1.0])


def joints(name: str) -> dict[str, np.ndarray]:
    """Joint -> position relative to the pelvis, as seen by the person: x forward, y left, z up."""
    local = pose(POSTURES[name])
    local[0] = np.eye(3)
    points = forward_kinematics(local, VIRTUAL_OFFSETS, np.zeros(3))[1]
    return {joint: points[index] for joint, index in JOINT_INDEX.items()}


@pytest.mark.parametrize("name", POSTURES)
def test_knees_and_elbows_bend_as_people_do(name):
    """Flexed knees put the shin behind the thigh's line, flexed elbows the forearm before the upper arm's."""
    local = pose(POSTURES[name])
    for side, sign in (("left", -1), ("right", 1)):
        assert 0 <= angle(local[JOINT_INDEX[f"{side}_knee"]], 1) < 160
        assert 0 <= sign * angle(local[JOINT_INDEX[f"{side}_elbow"]], 2) < 160


def angle(rotation: np.ndarray, axis: int) -> float:
    """Degrees of a rotation about one axis; fails when it is about another one."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    assert rotation[axis, axis] == pytest.approx(1)
    return float(np.degrees(np.arctan2(rotation[second, first], rotation[first, first])))


@pytest.mark.parametrize("name", ["stand", "arms up", "arms ahead", "arms behind the back", "sit", "squat", "lean"])
def test_symmetric_postures_are_symmetric(name):
    local = pose(POSTURES[name])
    np.testing.assert_allclose(FLIP @ local @ FLIP, local[list(MIRROR)], atol=1e-12)


def test_postures_are_what_they_are_called():
    for side, sign in (("left", 1), ("right", -1)):
        wrist = {name: joints(name)[f"{side}_wrist"] for name in POSTURES}
        assert wrist["arms behind the back"][0] < -0.1 and abs(wrist["arms behind the back"][1]) < 0.15
        assert wrist["arms up"][2] > joints("arms up")["head"][2]
        assert wrist["arms ahead"][0] > 0.4
        assert wrist["arms crossed"][0] > 0.1 and sign * wrist["arms crossed"][1] < 0.1
        assert sign * joints("legs crossed")[f"{side}_ankle"][1] < 0  # each ankle on the other side
        assert joints("sit")[f"{side}_knee"][0] > 0.3 and joints("sit")[f"{side}_ankle"][2] < -0.35
    assert joints("wave")["right_wrist"][2] > joints("wave")["right_elbow"][2] + 0.1
    assert forward_kinematics(pose(POSTURES["lie on the back"]), VIRTUAL_OFFSETS, np.zeros(3))[0][0, 2, 0] > 0.99


def test_motion_reaches_each_posture_smoothly_on_the_ground():
    steps = [("stand", 0.0), ("sit", 1.0), ("lie on the side", 2.5), ("turned", 3.5)]
    local, root, seconds = through(steps, fps=60, blend=0.8)
    assert len(local) == len(root) == len(seconds) == 211
    for name, time in steps:
        np.testing.assert_allclose(local[round(time * 60)], pose(POSTURES[name]), atol=1e-9)
    positions = forward_kinematics(local, VIRTUAL_OFFSETS, root)[1]
    low = positions[..., 2].min(1)
    assert (0.02 < low).all() and (low < 0.13).all()
    # At each posture the person rests: the joints' speed about the pelvis goes to nothing.
    speed = np.linalg.norm(np.diff(positions - root[:, None], axis=0), axis=-1).max(1) * 60
    assert speed.max() < 6
    assert all(speed[min(round(time * 60), 209)] < 0.05 for _, time in steps)
