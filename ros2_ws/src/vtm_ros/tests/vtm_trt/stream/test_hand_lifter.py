from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body import hand
from vtm.body.rotations import geodesic_angle
from vtm.camera import Intrinsics
from vtm.types import HandLandmarks
from vtm_trt.pose2d.roi import Roi
from vtm_trt.stream.hand_lifter import HandLifter, hand_network, square_axes

FACING = np.array([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])
"""A right hand in the camera's axes whose fingers point up and whose back the camera sees."""
DEPTH, FLIP, REFLECT = 1.5, np.array([-1.0, 1.0, 1.0]), np.array([1.0, -1.0, 1.0])
CAMERA = Intrinsics(640, 480, 600.0, 600.0, 320.0, 240.0)


@pytest.fixture(scope="module")
def runner():
    return hand_network("onnxruntime")


def seen_hand(degrees: dict[str, float], rotation=FACING, aside=0.0) -> HandLandmarks:
    """As a perfect hand network sees a right hand, metres aside from the camera's axis."""
    angles = np.radians([degrees.get(name, 0.0) for name in hand.ANGLE_NAMES])
    world = hand.hand_points(hand.finger_rotations(angles, "right"), "right") @ rotation.T
    points = world + [aside, 0, DEPTH]
    pixels = CAMERA.project(points)
    return HandLandmarks(pixels, world[:, 2] / DEPTH * CAMERA.fx, world, 1.0, 1.0)


def lifted(runner, seen: HandLandmarks, side="right", forearm=FACING):
    lifter = HandLifter(runner, side)
    for frame in range(8):
        result = lifter.step(frame * 33_000_000, seen, CAMERA, forearm, DEPTH)
    assert result is not None
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
    seen = seen_hand(POINT, Rotation.from_rotvec([0.2, 0.3, 0.1]).as_matrix() @ FACING, aside=0.3)
    mirrored = replace(
        seen, pixels=seen.pixels * [-1, 1] + [2 * CAMERA.cx, 0], world=seen.world * FLIP, right=1 - seen.right
    )
    right, left = lifted(runner, seen), lifted(runner, mirrored, "left", FLIP[:, None] * FACING * REFLECT)
    np.testing.assert_allclose(left.angles, right.angles, atol=1e-4)
    np.testing.assert_allclose(left.rotation, FLIP[:, None] * right.rotation * REFLECT, atol=1e-4)


def test_a_turned_picture_turns_the_hand(runner):
    """The hand's own square decides, not how the camera is held."""
    turn = Rotation.from_rotvec([0, 0, 0.7]).as_matrix()
    upright, turned = (lifted(runner, seen_hand(POINT, by @ FACING), forearm=by @ FACING) for by in (np.eye(3), turn))
    assert np.degrees(geodesic_angle(turned.rotation, turn @ upright.rotation)) < 3


def test_what_is_not_finite_is_forgotten(runner):
    lifter, seen = HandLifter(runner, "right"), seen_hand({})
    assert lifter.step(0, replace(seen, world=seen.world * np.nan), CAMERA) is None
    again, fresh = lifter.step(33_000_000, seen, CAMERA), HandLifter(runner, "right").step(0, seen, CAMERA)
    np.testing.assert_allclose(again.angles, fresh.angles, atol=1e-6)


def test_a_long_gap_begins_anew(runner):
    lifter, seen = HandLifter(runner, "right"), seen_hand(FIST)
    lifter.step(0, seen_hand({}), CAMERA)
    late, fresh = lifter.step(3_000_000_000, seen, CAMERA), HandLifter(runner, "right").step(0, seen, CAMERA)
    np.testing.assert_allclose(late.angles, fresh.angles, atol=1e-6)


def test_axes_of_a_square():
    axes = square_axes(Roi(0.3, -0.2, 0.1, 0.4))
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    np.testing.assert_allclose(axes[:, 2], np.array([0.3, -0.2, 1]) / np.linalg.norm([0.3, -0.2, 1]))
    np.testing.assert_allclose(square_axes(Roi(0, 0, 0.1, 0.4))[:2, 0], [np.cos(0.4), np.sin(0.4)], atol=1e-12)
