import numpy as np

from tests.vtm.body.test_urdf import parse
from vtm.body.hand import ANGLE_NAMES, HAND_JOINT_NAMES, LOWER, UPPER, finger_rotations, hand_points
from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.joint_angles import ANGLE_NAMES as BODY_ANGLE_NAMES
from vtm.body.skeleton import VIRTUAL_OFFSETS
from vtm.body.urdf import urdf

MEDIAPIPE_JOINTS = [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19]
FINGERS = ("thumb", "index", "middle", "ring", "pinky")


def test_a_public_parser_finds_the_same_fingers():
    robot, rng = parse(urdf(1.1 * VIRTUAL_OFFSETS, hands=True)), np.random.default_rng(0)
    assert robot.validate() and set(robot.actuated_joint_names) == {*BODY_ANGLE_NAMES, *HAND_ANGLE_NAMES}
    angles = LOWER + rng.random((2, 21)) * (UPPER - LOWER)
    robot.update_cfg(dict(zip(HAND_ANGLE_NAMES, angles.ravel(), strict=True)))
    for hand, side in enumerate(("left", "right")):
        local = finger_rotations(angles[hand], side)
        points = hand_points(local, side, 1.1)
        names = [f"{side}_{finger}{knuckle}" for finger in FINGERS for knuckle in (1, 2, 3)]
        for name, point in zip(names, points[MEDIAPIPE_JOINTS], strict=True):
            transform = robot.get_transform(name, f"{side}_wrist")
            np.testing.assert_allclose(transform[:3, 3], point, atol=1e-6, err_msg=name)
            parent = f"{name[:-1]}{int(name[-1]) - 1}" if name[-1] > "1" else f"{side}_wrist"
            turned = local[HAND_JOINT_NAMES[15 * hand : 15 * hand + 15].index(name)]
            np.testing.assert_allclose(robot.get_transform(name, parent)[:3, :3], turned, atol=1e-6, err_msg=name)


def test_limits_are_those_of_people():
    robot = parse(urdf(VIRTUAL_OFFSETS, hands=True))
    limits = {joint.name: joint.limit for joint in robot.robot.joints}
    for side in ("left", "right"):
        for name, lower, upper in zip(ANGLE_NAMES, LOWER, UPPER, strict=True):
            limit = limits[f"{side}_{name}"]
            assert abs(limit.lower - lower) < 1e-6 and abs(limit.upper - upper) < 1e-6
