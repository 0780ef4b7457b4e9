from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from tests.vtm.body.poses import mirrored
from tests.vtm.mocap.people import walk
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import VIRTUAL_OFFSETS
from vtm.mocap.clip_file import Clip
from vtm.mocap.duplicates import duplicates


def wander(seed: int, frames: int = 600) -> Clip:
    """Legs and arms that bend as nobody else's do."""
    rng = np.random.default_rng(seed)
    local, root = walk(frames, seed)
    time = np.arange(frames) / 60
    turns = np.zeros((frames, 22, 3))
    for joint, axis, sign in ((4, 1, 1), (5, 1, 1), (18, 2, -1), (19, 2, 1), (1, 1, -1), (2, 1, -1)):
        waves = sum(np.sin(2 * np.pi * rng.uniform(0.1, 0.8) * time + rng.uniform(0, 6.28)) for _ in range(3))
        turns[:, joint, axis] = sign * (0.8 + 0.25 * waves)
    moving = [4, 5, 18, 19, 1, 2]
    local[:, moving] = Rotation.from_rotvec(turns[:, moving].reshape(-1, 3)).as_matrix().reshape(frames, 6, 3, 3)
    return Clip(quat_from_matrix(local), root, VIRTUAL_OFFSETS, 60.0)


def piece(clip: Clip, frames: slice) -> Clip:
    return replace(clip, quat=clip.quat[frames], root=clip.root[frames])


def test_the_same_motion_is_found_at_another_time_heading_and_body():
    one, two = wander(0), wander(1)
    turned = piece(one, slice(47, 430))
    quat = turned.quat.copy()
    quat[:, 0] = (Rotation.from_euler("z", 130, True) * Rotation.from_quat(quat[:, 0])).as_quat()
    turned = replace(turned, quat=quat, offsets=turned.offsets * 1.1)
    assert duplicates([one, two, turned]) == {2: 0}
    assert duplicates([turned, two, piece(two, slice(31, 531))]) == {2: 1}


def test_the_zero_of_an_angle_does_not_matter():
    one = wander(0)
    quat = one.quat.copy()
    quat[:, 4] = (Rotation.from_quat(quat[:, 4]) * Rotation.from_euler("y", 12, True)).as_quat()
    assert duplicates([one, replace(one, quat=quat)]) == {1: 0}


def test_a_mirrored_motion_is_another_one():
    one = wander(0)
    assert duplicates([one, replace(one, quat=mirrored(one.quat))]) == {}


def test_a_long_clip_is_kept_unless_most_of_it_was_there():
    one = wander(0)
    first, second = piece(one, slice(0, 200)), piece(one, slice(230, 600))
    assert duplicates([first, one]) == {}
    assert duplicates([first, second, one]) == {2: 1}


def test_who_stands_still_or_shortly_is_nobodys_duplicate():
    one = wander(0)
    still = replace(one, quat=np.tile(one.quat[:1], (600, 1, 1)))
    assert duplicates([still, still, piece(one, slice(0, 40)), one]) == {}
    assert duplicates([]) == {} and duplicates([piece(one, slice(0, 2))]) == {}


def test_many_strangers_stay():
    assert duplicates([wander(seed, 200 + 20 * seed) for seed in range(2, 14)]) == {}
