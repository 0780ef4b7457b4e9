from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body import hand
from vtm.body.rotations import geodesic_angle
from vtm_trt.hands.lifter import CROP, HandLifter, SeenHand, hand_network
from vtm_trt.hands.view import crop_axes

FACING = np.array([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])
"""A right hand in the camera's axes whose fingers point up and whose back the camera sees."""
DEPTH, REFLECT, REFLECT_HAND = 1.5, np.array([-1.0, 1.0, 1.0]), np.array([1.0, -1.0, 1.0])


@pytest.fixture(scope="module")
def runner():
    return hand_network("onnxruntime")


def seen_hand(degrees: dict[str, float], rotation=FACING, side="right") -> SeenHand:
    """As a perfect hand network sees a hand in the middle of the picture."""
    angles = np.radians([degrees.get(name, 0.0) for name in hand.ANGLE_NAMES])
    world = hand.hand_points(hand.finger_rotations(angles, side), side) @ rotation.T
    width = 0.3 / DEPTH
    middle = world[9] + [0, 0, DEPTH]
    pixels = (world - world[9]) / 0.3 * CROP + [CROP / 2, CROP / 2, 0]
    return SeenHand(pixels, world, 1.0, float(side == "right"), middle[:2] / DEPTH, width, 120.0, 0.0)


def lifted(runner, seen: SeenHand, side="right", frames=8, forearm=(0.0, -1.0, 0.0)):
    lifter = HandLifter(runner, side)
    for frame in range(frames):
        result = lifter.step(frame * 33_000_000, seen, np.array(forearm), DEPTH)
    return result


FIST = {f"{finger}_{k}": angle for finger in ("index", "middle", "ring", "pinky")
        for k, angle in {"mcp_fe": 75, "pip": 90, "dip": 60}.items()}  # fmt: skip
POINT = {name: angle for name, angle in FIST.items() if not name.startswith("index")}


@pytest.mark.parametrize("pose", [{}, FIST, POINT], ids=["flat", "fist", "point"])
def test_an_exact_hand_is_recognised(runner, pose):
    result = lifted(runner, seen_hand(pose))
    angles = dict(zip(hand.ANGLE_NAMES, np.degrees(result.angles), strict=True))
    bent = {finger: angles[f"{finger}_mcp_fe"] + angles[f"{finger}_pip"] for finger in ("index", "middle", "ring")}
    for finger, sum_of_angles in bent.items():
        assert (sum_of_angles > 80) == (f"{finger}_pip" in pose), (finger, sum_of_angles)
    assert np.degrees(geodesic_angle(result.rotation, FACING)) < 30
    assert (result.angles >= hand.LOWER).all() and (result.angles <= hand.UPPER).all()
    assert result.finger_error.shape == (5,) and 0 < result.error < np.pi


def test_a_left_hand_is_the_mirror_image_of_a_right_one(runner):
    seen = seen_hand(POINT, Rotation.from_rotvec([0.2, 0.3, 0.1]).as_matrix() @ FACING)
    mirrored = replace(
        seen, points=seen.points * REFLECT + [CROP, 0, 0], world=seen.world * REFLECT, right=1 - seen.right,
        ray=seen.ray * [-1, 1], turn=-seen.turn,
    )  # fmt: skip
    right, left = lifted(runner, seen), lifted(runner, mirrored, "left")
    np.testing.assert_allclose(left.angles, right.angles, atol=1e-5)
    np.testing.assert_allclose(left.rotation, REFLECT[:, None] * right.rotation * REFLECT_HAND, atol=1e-5)


def test_what_is_not_finite_is_forgotten(runner):
    lifter, seen = HandLifter(runner, "right"), seen_hand({})
    assert lifter.step(0, replace(seen, world=seen.world * np.nan)) is None
    again, fresh = lifter.step(33_000_000, seen), HandLifter(runner, "right").step(0, seen)
    np.testing.assert_allclose(again.angles, fresh.angles, atol=1e-6)


def test_a_long_gap_begins_anew(runner):
    lifter, seen = HandLifter(runner, "right"), seen_hand(FIST)
    lifter.step(0, seen_hand({}))
    np.testing.assert_allclose(
        lifter.step(3_000_000_000, seen).angles, HandLifter(runner, "right").step(0, seen).angles, atol=1e-6
    )


def test_axes_of_a_crop():
    axes = crop_axes(np.array([0.3, -0.2]), 0.4)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    np.testing.assert_allclose(axes[:, 2], np.array([0.3, -0.2, 1]) / np.linalg.norm([0.3, -0.2, 1]))
    np.testing.assert_allclose(crop_axes(np.zeros(2), 0.4)[:2, 0], [np.cos(0.4), np.sin(0.4)], atol=1e-12)
