import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import (
    BODY,
    JOINT_NAMES,
    LOWER,
    MIRROR,
    NUM_JOINTS,
    PARENTS,
    UPPER,
    VIRTUAL_OFFSETS,
    Skeleton,
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


def test_joints_can_be_appended():
    """A finger at each wrist: the body moves as without, and the fingers with their wrists."""
    tip = np.array([[0.0, 0.1, 0.0], [0.0, -0.1, 0.0]])
    pointing = Skeleton(
        (*BODY.names, "left_index1", "right_index1", "left_index2", "right_index2"),
        (*BODY.parents, BODY.index["left_wrist"], BODY.index["right_wrist"], BODY.count, BODY.count + 1),
        np.concatenate([BODY.offsets, tip, tip]),
        {**BODY.groups, "fingers": (22, 23, 24, 25)},
    )
    assert pointing.mirror[: BODY.count] == BODY.mirror
    assert pointing.mirror[BODY.count :] == (23, 22, 25, 24)
    assert pointing.bones[: BODY.count - 1] == BODY.bones
    assert pointing.children(BODY.index["left_wrist"]) == [BODY.count]
    local = np.linalg.qr(np.random.default_rng(3).normal(size=(pointing.count, 3, 3)))[0]
    turned, joints = forward_kinematics(local, pointing.offsets, np.zeros(3), pointing)
    np.testing.assert_array_equal(
        joints[: BODY.count], forward_kinematics(local[: BODY.count], BODY.offsets, np.zeros(3))[1]
    )
    for parent, joint in pointing.bones[BODY.count - 1 :]:
        np.testing.assert_allclose(joints[joint], joints[parent] + turned[parent] @ pointing.offsets[joint])
