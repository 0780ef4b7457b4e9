from dataclasses import replace

import numpy as np
import pytest

from tests.adjustment.people import error, joints_of, knee_flexion, mistaken, mover, stander
from vtm.adjustment import adjust, pieces
from vtm.body.skeleton import person_scale

GARBAGE = slice(700, 720)


@pytest.mark.parametrize("fps", [5, 10, 30, 60])
@pytest.mark.parametrize("seed", range(2))
def test_a_mistaken_motion_comes_closer_to_the_true_one(fps, seed):
    true = mover(40, fps)
    given = mistaken(true, seed)
    found = adjust(given)
    assert found.followed.all()
    assert error(found.local, found.bone_ratio, true).mean() < 0.8 * error(given.local, given.bone_ratio, true).mean()


def test_a_true_motion_stays():
    true = mover(30)
    found = adjust(true)
    assert error(found.local, found.bone_ratio, true).max() < 0.015
    assert found.root == pytest.approx(true.root, abs=0.03)


def test_a_missing_keypoint_pulls_nothing():
    true = mover(30)
    rays, confidence = true.rays.copy(), true.confidence.copy()
    rays[4:, 9], confidence[4:, 9] = 5.0, 0.0
    found = adjust(replace(true, rays=rays, confidence=confidence))
    assert error(found.local, found.bone_ratio, true).max() < 0.015


def test_a_wrong_keypoint_pulls_little():
    true = mover(30)
    rays = true.rays.copy()
    rays[10:20, 9] += 0.2
    found = adjust(replace(true, rays=rays))
    assert error(found.local, found.bone_ratio, true).max() < 0.04


def test_a_bad_stretch_in_a_minute_spoils_itself_only():
    true = mover(1800)
    rng = np.random.default_rng(0)
    given = mistaken(true, 1)
    rays = given.rays.copy()
    rays[GARBAGE] += rng.normal(0, 0.1, rays[GARBAGE].shape)
    local = given.local.copy()
    local[GARBAGE] = local[GARBAGE] @ np.diag([-1.0, -1, 1])  # and the network believed it
    clean = adjust(given)
    spoiled = adjust(replace(given, rays=rays, local=local))
    bad = np.zeros(1800, bool)
    bad[GARBAGE] = True
    assert (~spoiled.followed).sum() >= 18 and not (~spoiled.followed & ~bad).any()
    far = np.abs(np.arange(1800) - 710) > 25
    apart = np.abs(joints_of(spoiled.local, spoiled.bone_ratio)[1] - joints_of(clean.local, clean.bone_ratio)[1])
    assert apart[far].max() < 0.01
    assert apart[~bad].max() < 0.05
    assert clean.followed.all()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_recordings(frames):
    assert adjust(mover(frames)).local.shape == (frames, 22, 3, 3)


def test_work_grows_with_the_length_alone(monkeypatch):
    """Five minutes in pieces of the same size, each once; the bones from one sample."""
    sizes = []
    adjust_piece = pieces.adjust_piece

    def counted(recording, log_ratio, bones):
        sizes.append(len(recording.local))
        return adjust_piece(recording, log_ratio, bones)

    monkeypatch.setattr(pieces, "adjust_piece", counted)
    monkeypatch.setattr("vtm.adjustment.piece.STEPS", 1)
    true = mover(9000)
    found = adjust(true)
    assert len(found.local) == 9000 and max(sizes) <= pieces.LONGEST
    assert sum(sizes) < 1.4 * 9000
    assert person_scale(found.bone_ratio) == pytest.approx(1.05, rel=0.02)


def test_pieces_join_without_a_seam():
    true = mover(700)
    given = mistaken(true, 2)
    found = adjust(given)
    _, joints = joints_of(found.local, found.bone_ratio)
    jerk = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1).max(-1)
    assert jerk.max() < 0.01
    assert np.abs(np.diff(found.root, n=2, axis=0)).max() < 0.01


def test_legs_that_may_be_straight_are():
    """A network that bends the legs of somebody who stands straight, shortening nothing in the image."""
    true = stander(60, 4.0)
    given = replace(stander(60, 32.0), rays=true.rays, root=true.root)
    assert knee_flexion(adjust(given).local).mean() < 20


@pytest.mark.parametrize("knees", [30.0, 60.0, 90.0])
def test_legs_that_are_bent_stay_bent(knees):
    true = stander(60, knees)
    assert knee_flexion(adjust(true).local).mean() > knees - 6
