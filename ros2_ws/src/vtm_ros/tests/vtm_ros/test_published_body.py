import numpy as np
import pytest

from tests.vtm_ros.support import START_NS, motion
from vtm.body.joint_angles import quats_from_angles
from vtm.body.skeleton import scaled_offsets
from vtm_ros.outputs.published_body import PublishedBody

BONES = np.ones(21, np.float32)


def at(seconds: float, ratio: np.ndarray):
    return motion(START_NS + round(seconds * 1e9), bone_ratio=ratio.astype(np.float32))


def published(body: PublishedBody, ratios: list[np.ndarray], fps: int = 30) -> list[int]:
    """Indices of the frames that called for a description."""
    return [index for index, ratio in enumerate(ratios) if body.update(at(index / fps, ratio))]


def test_the_first_motion_is_described():
    body = PublishedBody()
    assert body.update(at(0, 1.1 * BONES))
    np.testing.assert_allclose(body.offsets, scaled_offsets(1.1 * BONES), rtol=1e-6)


def test_steady_bones_are_described_once_more_when_settled():
    assert published(PublishedBody(), [BONES] * 300) == [0, 60]


def test_small_changes_keep_the_description_in_force():
    body = PublishedBody()
    published(body, [BONES] * 100)
    before = body.offsets
    wobble = [BONES * (1 + 0.009 * np.sin(0.1 * index)) for index in range(100, 400)]
    assert not any(body.update(at(index / 30, ratio)) for index, ratio in enumerate(wobble, 100))
    assert body.offsets is before


@pytest.mark.parametrize("bone", [0, 7, 20])
def test_one_bone_that_grows_by_more_than_two_percent_calls_for_a_description(bone):
    grown = BONES.copy()
    grown[bone] = 1.021
    body = PublishedBody()
    indices = published(body, [BONES] * 100 + [grown] * 200)
    assert indices[:2] == [0, 60] and 100 <= indices[2] <= 160
    np.testing.assert_allclose(body.offsets, scaled_offsets(grown), rtol=1e-6)


def test_bones_that_keep_moving_are_described_every_two_seconds_at_most():
    growing = [BONES * (1 + 0.01 * index) for index in range(300)]
    assert published(PublishedBody(), growing) == [0, 60, 120, 180, 240]


def test_a_step_back_in_time_starts_anew():
    body = PublishedBody()
    body.update(at(100, BONES))
    assert body.update(at(0, BONES))


def test_angles_follow_the_person_round_without_a_jump():
    body = PublishedBody()
    turns = np.linspace(0, 3 * np.pi, 100)
    tracks = []
    for turn in turns:
        angles = np.zeros(63)
        angles[11] = turn
        person = motion()
        tracks.append(body.angles(type(person)(**{**vars(person), "quat_local": quats_from_angles(angles)})))
    np.testing.assert_allclose(np.array(tracks)[:, 11], turns, atol=1e-5)
