import numpy as np

from vtm.body.skeleton import (
    JOINT_NAMES,
    LOWER,
    MIRROR,
    NUM_JOINTS,
    PARENTS,
    UPPER,
    VIRTUAL_OFFSETS,
    bone_lengths,
    person_scale,
    scaled_offsets,
    stature,
)


def test_parents_come_first():
    assert PARENTS[0] == -1
    assert all(0 <= PARENTS[joint] < joint for joint in range(1, NUM_JOINTS))


def test_halves_share_the_pelvis_alone():
    assert set(LOWER) & set(UPPER) == {0}
    assert set(LOWER) | set(UPPER) == set(range(NUM_JOINTS))


def test_mirror_exchanges_the_sides_and_keeps_the_tree():
    swapped = {"left": "right", "right": "left"}
    for joint, name in enumerate(JOINT_NAMES):
        side, _, rest = name.partition("_")
        assert JOINT_NAMES[MIRROR[joint]] == (f"{swapped[side]}_{rest}" if side in swapped else name)
        assert joint == 0 or MIRROR[PARENTS[joint]] == PARENTS[MIRROR[joint]]
    np.testing.assert_array_equal(VIRTUAL_OFFSETS[list(MIRROR)] * [1, -1, 1], VIRTUAL_OFFSETS)


def test_scaled_offsets_have_the_scaled_lengths():
    ratio = np.linspace(0.8, 1.2, 21)
    np.testing.assert_allclose(bone_lengths(scaled_offsets(ratio)), ratio * bone_lengths(VIRTUAL_OFFSETS))


def test_size_scales_with_the_bones():
    np.testing.assert_allclose(person_scale(np.full((4, 21), 1.1)), 1.1)
    assert 1.5 < stature(VIRTUAL_OFFSETS) < 1.9
    np.testing.assert_allclose(stature(1.1 * VIRTUAL_OFFSETS), 1.1 * stature(VIRTUAL_OFFSETS))
    longer_legs = np.ones(21)
    longer_legs[[3, 4, 6, 7]] = 1.2
    assert 1.1 < person_scale(longer_legs) < 1.2
