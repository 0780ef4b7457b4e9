"""Gaits led along paths, and actions joined to each other."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import JOINT_INDEX
from vtm.samples import staging
from vtm.samples.crowd_scenes import oval

FPS, SPEED = 30.0, 1.2


@pytest.fixture(scope="module")
def stroll() -> staging.Move:
    """Four seconds of somebody who walks along +y: legs that swing once in a second, and a body that sways."""
    seconds = np.arange(round(4 * FPS)) / FPS
    local = np.tile(np.eye(3), (len(seconds), 22, 1, 1))
    swing = np.sin(2 * np.pi * seconds)
    local[:, 0] = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    for joint, sign in (("left_hip", 0.5), ("right_hip", -0.5)):
        local[:, JOINT_INDEX[joint]] = Rotation.from_rotvec(np.outer(sign * swing, [0, 1, 0])).as_matrix()
    return local, np.column_stack([0.03 * swing, SPEED * seconds, 0.9 + 0.02 * np.cos(4 * np.pi * seconds)])


def test_the_cycle_of_a_gait(stroll):
    cycle = staging.gait(stroll, FPS)
    assert len(cycle.local) == pytest.approx(FPS, abs=1) and cycle.pace * FPS == pytest.approx(SPEED, rel=0.05)
    np.testing.assert_allclose(cycle.aside[:, 2].mean(), 0.9, atol=0.01)
    steps = staging.rotvec_from_matrix(np.swapaxes(cycle.local, -1, -2) @ np.roll(cycle.local, -1, axis=0))
    assert np.linalg.norm(steps, axis=-1).max() < 0.15, "the end does not pass into the beginning"


def test_who_walks_an_oval_faces_where_he_goes(stroll):
    local, root = staging.walk(staging.gait(stroll, FPS), oval((5, 1), (1, 2)), 400, 1.1)
    speed = np.linalg.norm(np.diff(root[:, :2], axis=0), axis=1) * FPS
    assert speed.mean() == pytest.approx(SPEED * 1.1, rel=0.06) and speed.max() < 2 * SPEED
    facing, way = local[:-1, 0, :2, 0], np.diff(root[:, :2], axis=0)
    along = (facing * way).sum(1) / np.linalg.norm(way, axis=1)
    assert np.median(along) > 0.95
    assert np.abs((root[:, :2] - (5, 1)) / (1, 2)).max() < 1.1


def test_actions_pass_into_each_other(stroll):
    seconds = np.arange(60) / FPS
    stand = staging.keep("stand", (1, 2), np.pi, seconds, 1.0, 0)
    wave = staging.keep("wave", (1.2, 2), np.pi / 2, seconds, 1.0, 1)
    local, root = staging.joined_up([stand, wave], FPS)
    overlap = round(staging.BLEND_S * FPS)
    assert len(local) == len(root) == 120 - overlap
    np.testing.assert_array_equal(local[0], stand[0][0])
    np.testing.assert_array_equal(root[-1], wave[1][-1])
    assert np.linalg.norm(np.diff(root, axis=0), axis=1).max() < 0.05
    np.testing.assert_allclose(np.linalg.det(local), 1, atol=1e-6)


def test_an_act_goes_to_and_fro_at_its_place(stroll):
    local, root = staging.act(stroll, (3, -1), 0.5, 300, 0.9)
    assert len(local) == 300
    np.testing.assert_allclose((root[:, :2].max(0) + root[:, :2].min(0)) / 2, (3, -1), atol=1e-9)
    np.testing.assert_allclose(root[238], root[0], atol=1e-9)
