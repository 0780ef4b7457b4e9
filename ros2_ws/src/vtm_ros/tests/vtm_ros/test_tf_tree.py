import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from vtm.errors import VtmError
from vtm_ros.conversions.tf_tree import NoTransform, TfTree

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
UNTURNED = (0.0, 0.0, 0.0, 1.0)
X_90 = (np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5))


def add(tree, parent, child, seconds=0.0, x=0.0, quat=UNTURNED, static=False):
    tree.add(parent, child, START + round(seconds * SECOND), (x, 0.0, 0.0), quat, static)


def x_of(tree, target, source, seconds=0.0) -> float:
    return float(tree.lookup(target, source, START + round(seconds * SECOND)).translation[0])


def random_pose(rng):
    return rng.normal(size=3), Rotation.random(random_state=int(rng.integers(2**31)))


def homogeneous(place, turn) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn.as_matrix(), place
    return matrix


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_any_two_frames_of_any_tree_are_related_as_their_chains_say(seed, count):
    rng = np.random.default_rng(seed)
    tree, world = TfTree(), [np.eye(4)]
    for frame in range(1, count):
        parent, static = int(rng.integers(frame)), bool(rng.integers(2))
        (place, turn), (later_place, later_turn) = random_pose(rng), random_pose(rng)
        tree.add(f"f{parent}", f"f{frame}", START, place, turn.as_quat(), static)
        share = 0.0
        if not static:
            share = 0.3
            tree.add(f"f{parent}", f"f{frame}", START + SECOND, later_place, later_turn.as_quat())
        between = Slerp([0, 1], Rotation.concatenate([turn, later_turn]))(share)
        world.append(world[parent] @ homogeneous((1 - share) * place + share * later_place, between))
    at = START + 3 * SECOND // 10
    for target in range(count):
        for source in range(count):
            found = tree.lookup(f"f{target}", f"f{source}", at)
            expected = np.linalg.inv(world[target]) @ world[source]
            np.testing.assert_allclose(found.translation, expected[:3, 3], atol=1e-7)
            np.testing.assert_allclose(found.rotation, expected[:3, :3], atol=1e-7)


def test_the_order_in_which_transforms_arrive_does_not_matter():
    tree = TfTree()
    for seconds in (0.2, 0.0, 0.4, 0.1, 0.3, 0.1):
        add(tree, "map", "camera", seconds, x=seconds)
    assert x_of(tree, "map", "camera", 0.25) == pytest.approx(0.25)
    assert x_of(tree, "map", "camera", 0.1) == 0.1


def test_the_sign_of_a_quaternion_does_not_matter():
    tree = TfTree()
    add(tree, "map", "camera", 0, quat=X_90)
    add(tree, "map", "camera", 1, quat=tuple(-q for q in X_90))
    np.testing.assert_allclose(
        tree.lookup("map", "camera", START + SECOND // 2).rotation, Rotation.from_quat(X_90).as_matrix(), atol=1e-9
    )


def test_static_frames_hold_for_all_time_and_the_newest_kind_counts():
    tree = TfTree()
    add(tree, "map", "camera", 0, x=1, static=True)
    assert x_of(tree, "map", "camera", -1e6) == x_of(tree, "map", "camera", 1e6) == 1
    add(tree, "map", "camera", 5, x=2)
    with pytest.raises(NoTransform):
        x_of(tree, "map", "camera", 6)
    add(tree, "map", "camera", 5, x=3, static=True)
    assert x_of(tree, "map", "camera", 6) == 3


@pytest.mark.parametrize(("at", "reason"), [(1.25, "0.250 s older than the image"), (-0.5, "0.500 s newer")])
def test_nothing_is_extrapolated(at, reason):
    tree = TfTree()
    add(tree, "map", "base", 0)
    add(tree, "map", "base", 1)
    add(tree, "base", "camera", static=True)
    with pytest.raises(NoTransform, match=reason):
        x_of(tree, "map", "camera", at)


def test_what_lies_above_the_common_frame_need_not_be_known():
    tree = TfTree()
    add(tree, "earth", "map", 0)
    add(tree, "map", "base", static=True, x=1)
    add(tree, "map", "camera", static=True, x=3)
    assert x_of(tree, "base", "camera", 100) == 2


def test_ten_seconds_are_kept_and_no_more():
    tree = TfTree()
    for index in range(3000):
        add(tree, "map", "camera", index / 100, x=index)
    assert x_of(tree, "map", "camera", 20) == 2000
    with pytest.raises(NoTransform):
        x_of(tree, "map", "camera", 19)
    for _ in range(100):
        add(tree, "map", "camera", 30, x=1)
    assert len(tree._moving["camera"]) <= 1002


def test_a_frame_may_change_its_parent():
    tree = TfTree()
    add(tree, "map", "left", static=True, x=10)
    add(tree, "map", "right", static=True, x=20)
    add(tree, "left", "camera", 0, x=1)
    add(tree, "left", "camera", 1, x=2)
    add(tree, "right", "camera", 2, x=3)
    assert [x_of(tree, "map", "camera", at) for at in (0.5, 1.5, 2)] == [11.5, 12, 23]


def test_time_that_steps_back_starts_anew_but_late_messages_do_not():
    tree = TfTree()
    add(tree, "map", "base", 100, x=1)
    add(tree, "base", "camera", 100, x=1)
    add(tree, "map", "base", 99.5, x=0)
    assert x_of(tree, "map", "camera", 100) == 2
    add(tree, "map", "base", 3, x=5)
    assert x_of(tree, "map", "base", 3) == 5
    with pytest.raises(NoTransform, match="no frame 'camera'"):
        x_of(tree, "map", "camera", 3)
    add(tree, "base", "camera", 3, x=1)
    assert x_of(tree, "map", "camera", 3) == 6


def test_missing_frames_missing_links_and_circles_are_named():
    tree = TfTree()
    with pytest.raises(NoTransform, match="no frame 'map'; publish the camera's pose, or correct world_frame"):
        x_of(tree, "map", "camera")
    add(tree, "map", "base", static=True)
    with pytest.raises(NoTransform, match="no frame 'camera'"):
        x_of(tree, "map", "camera")
    add(tree, "mount", "camera", static=True)
    with pytest.raises(NoTransform, match="does not connect 'map' and 'camera'"):
        x_of(tree, "map", "camera")
    add(tree, "camera", "mount", static=True)
    with pytest.raises(NoTransform, match="circle"):
        x_of(tree, "map", "camera")


def test_a_leading_slash_is_left_off():
    tree = TfTree()
    add(tree, "/map", "/camera", static=True, x=1)
    assert x_of(tree, "map", "/camera") == 1


@pytest.mark.parametrize(
    ("parent", "child", "x", "quat"),
    [
        ("map", "map", 0.0, UNTURNED), ("", "camera", 0.0, UNTURNED), ("map", "", 0.0, UNTURNED),
        ("map", "camera", float("nan"), UNTURNED), ("map", "camera", 0.0, (0.0, 0.0, 0.0, 0.0)),
        ("map", "camera", 0.0, (0.0, float("inf"), 0.0, 1.0)),
    ],
)  # fmt: skip
def test_what_is_no_pose_is_refused_and_changes_nothing(parent, child, x, quat):
    tree = TfTree()
    add(tree, "map", "camera", static=True, x=1)
    with pytest.raises(VtmError):
        tree.add(parent, child, START, (x, 0.0, 0.0), quat)
    assert x_of(tree, "map", "camera") == 1
