from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.bundle_adjustment.people import error, joints_of, knee_flexion, mistaken, mover, seen, stander
from vtm.body.skeleton import person_scale
from vtm_trt.bundle_adjustment import adjust, pieces

MINUTE = 600
"""Frames, at 10 frames/s."""
GARBAGE = slice(340, 350)


@pytest.mark.parametrize("fps", [5, 10, 60])
def test_a_mistaken_motion_comes_closer_to_the_true_one(fps):
    true = mover(40, fps)
    given = mistaken(true, 0)
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
    given = mistaken(mover(MINUTE, 10), 1)
    rays, local = given.rays.copy(), given.local.copy()
    rays[GARBAGE] += np.random.default_rng(0).normal(0, 0.1, rays[GARBAGE].shape)
    local[GARBAGE] = local[GARBAGE] @ np.diag([-1.0, -1, 1])  # and the network believed it
    clean, spoiled = adjust(given), adjust(replace(given, rays=rays, local=local))
    bad = np.zeros(MINUTE, bool)
    bad[GARBAGE] = True
    assert clean.followed.all()
    np.testing.assert_array_equal(spoiled.followed, ~bad)
    apart = joints_of(spoiled.local, spoiled.bone_ratio)[1] - joints_of(clean.local, clean.bone_ratio)[1]
    assert np.abs(apart[~bad]).max() < 0.05
    far = np.abs(np.arange(MINUTE) - 345) > 25
    assert np.abs(apart[far]).mean() < 0.003


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
    monkeypatch.setattr("vtm_trt.bundle_adjustment.piece.STEPS", 1)
    true = mover(3000, 10)
    found = adjust(true)
    assert len(found.local) == 3000 and max(sizes) <= pieces.LONGEST
    assert sum(sizes) < 1.4 * 3000
    assert person_scale(found.bone_ratio) == pytest.approx(1.05, rel=0.02)


def test_pieces_join_without_a_seam():
    found = adjust(mistaken(mover(400), 2))
    _, joints = joints_of(found.local, found.bone_ratio)
    jerk = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1).max(-1)
    assert jerk.max() < 0.015
    assert np.abs(np.diff(found.root, n=2, axis=0)).max() < 0.015


def test_feet_that_stand_are_held():
    """The network lets a still person drift to and fro in depth."""
    true = stander(60, 10.0)
    sway = 0.05 * np.sin(np.arange(60) / 2)[:, None] * (0, 0, 1)
    given = replace(true, root=true.root + sway, contacts=np.full((60, 4), 0.9))

    def speed(feet: bool) -> float:
        found = adjust(given, feet)
        ankles = joints_of(found.local, found.bone_ratio)[1][:, [7, 8]] + found.root[:, None]
        return float(np.median(np.linalg.norm(np.diff(ankles, axis=0), axis=-1))) * 30

    assert speed(True) < 0.05
    assert speed(True) < 0.5 * speed(False)


def test_feet_that_move_in_the_image_do_not_stand():
    true = mover(60)
    root = true.root + np.linspace(0, 3, 60)[:, None] * (1, 0, 0)
    moving = seen(true.local, root, true.bone_ratio, 30)
    assert adjust(replace(moving, contacts=np.full((60, 4), 0.9))).contacts.max() < 0.1


def test_legs_that_may_be_straight_are():
    """A network that bends the legs of somebody who stands straight, shortening nothing in the image."""
    true = stander(40, 4.0)
    given = replace(stander(40, 16.0), rays=true.rays, root=true.root)
    assert knee_flexion(adjust(given).local).mean() < 13


@pytest.mark.parametrize(("knees", "least"), [(30.0, 16.0), (60.0, 50.0), (90.0, 86.0)])
def test_legs_that_are_bent_stay_bent(knees, least):
    assert knee_flexion(adjust(stander(40, knees)).local).mean() > least
