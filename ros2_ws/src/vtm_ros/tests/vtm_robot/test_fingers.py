"""Robots' hands after people's."""

import re

import numpy as np
import pytest

from tests.vtm_robot.conftest import HANGING, standing
from tests.vtm_robot.small_robot import FINGERS, handed_robot
from vtm.body.hand import ANGLE_NAMES, SIDES, finger_rotations, hand_points
from vtm_robot.fingers.alone import hand_alone
from vtm_robot.fingers.follower import HandFollower
from vtm_robot.fingers.person import PersonHand
from vtm_robot.fingers.recording import add_fingers
from vtm_robot.model.urdf import parse_urdf, read_urdf
from vtm_robot.profile.model import draft_robot
from vtm_robot.retarget.recording import follow


def bent(degrees: float, *fingers: str) -> np.ndarray:
    """The angles (21,) rad of a hand whose `fingers` are bent by so much at both knuckles."""
    wanted = {f"{finger}_{joint}" for finger in fingers for joint in ("mcp_fe", "pip")}
    return np.radians([degrees if name in wanted else 0.0 for name in ANGLE_NAMES])


@pytest.fixture(scope="module")
def handed(robot):
    return robot("handed")


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_finger_bends_as_the_persons(handed, side):
    tree = handed.tree
    hand = HandFollower(tree, f"{side}_palm", side)
    assert [finger.name for finger in hand.fingers] == ["thumb", "index", "middle", "ring", "pinky"]
    assert len(hand.columns) == 10, "joints that mimic are not their own"

    def knuckles(angles: np.ndarray) -> np.ndarray:
        q = hand.follow(angles, tree.home)
        assert (q >= tree.lower).all() and (q <= tree.upper).all()
        elsewhere = np.setdiff1d(np.arange(len(q)), hand.columns)
        np.testing.assert_array_equal(q[elsewhere], tree.home[elsewhere])
        return np.degrees([[q[tree.names.index(f"{side}_{finger}_{k}")] for k in (1, 2)] for finger in FINGERS])

    assert np.abs(knuckles(bent(0))).max() < 12, "a flat hand is flat"
    fist = knuckles(bent(80, "index", "middle", "ring", "pinky"))
    assert fist.sum(1).min() > 110, "a fist is a fist"
    one = knuckles(bent(70, "middle"))
    assert one[1].sum() > 90 and np.abs(np.delete(one, 1, 0)).max() < 12, "the finger that bends, and no other"


def test_left_and_right_are_mirror_images(handed):
    angles, tree = bent(50, "index", "ring"), handed.tree
    left, right = (HandFollower(tree, f"{side}_palm", side) for side in ("left", "right"))
    ours, theirs = left.follow(angles, tree.home), right.follow(angles, tree.home)
    for name in tree.names:
        if name.startswith("left_") and tree.names.index(name) in left.columns:
            other = theirs[tree.names.index(name.replace("left", "right"))]
            assert ours[tree.names.index(name)] == pytest.approx(other, abs=1e-6)


def test_a_recording_gets_fingers_within_their_speeds(handed):
    stamps, poses = np.arange(20) / 20, [standing(**HANGING)] * 20
    plain = follow(handed, stamps, poses, 0.0, poses[0])
    angles = np.stack([bent(0), bent(80, "index")])[:, None].repeat(2, 1)[(stamps > 0.2).astype(int)]
    sure = np.ones((20, 2), bool)
    sure[15:, 1] = False
    recording, named = add_fingers(plain, handed, angles, sure)
    assert len(named) == 10 and named[0] == "left thumb"
    fingers = recording.followed & ~plain.followed
    np.testing.assert_array_equal(recording.positions[:, ~fingers], plain.positions[:, ~fingers])
    steps = np.abs(np.diff(recording.positions[:, fingers], axis=0))
    limits = handed.profile.limits
    assert 0 < steps.max() <= min(6 * limits.velocity_scale, limits.velocity) / 20 + 1e-9
    column = recording.joint_names.index("right_index_1")
    assert np.ptp(recording.positions[15:, column]) == 0 and recording.positions[14, column] > 0.7
    moved = recording.positions[1:, column] - recording.positions[:-1, column]
    np.testing.assert_allclose(recording.velocities[1:, column], moved * 20, atol=1e-6)


def test_without_names_the_shape_tells_thumb_and_order(handed):
    words = ("thumb", *FINGERS)
    text = re.sub("|".join(words), lambda found: f"chain{words.index(found[0])}", handed_robot())
    for side in ("left", "right"):
        bare, known = parse_urdf(text), handed.tree
        nameless, named = (HandFollower(tree, f"{side}_palm", side) for tree in (bare, known))
        assert [finger.name for finger in nameless.fingers] == [finger.name for finger in named.fingers]
        angles = bent(60, "middle", "ring")
        np.testing.assert_allclose(nameless.follow(angles, bare.home), named.follow(angles, known.home), atol=1e-9)


def test_the_persons_hand_is_that_of_the_body():
    angles = np.random.default_rng(3).normal(0, 0.5, 21)
    for side in SIDES:
        np.testing.assert_allclose(
            PersonHand(side).points(angles), hand_points(finger_rotations(angles, side), side), atol=1e-12
        )


def test_grippers_and_hands_without_names_have_none(tree):
    assert not HandFollower(tree("small"), "left_palm", "left").fingers


def test_a_hand_of_three_fingers(urdf_path):
    """Unitree's Dex3 on a G1."""
    model = draft_robot(urdf_path("g1_hands"))[0]
    names = model.tree.names
    bends = {}
    for side, sign in (("left", -1), ("right", 1)):
        hand = HandFollower(model.tree, model.profile.links[f"{side}_hand"], side)
        assert [finger.name for finger in hand.fingers] == ["thumb", "index", "middle"]
        q = hand.follow(bent(50, "index"), model.tree.home)
        for finger in ("index", "middle"):
            joints = [names.index(f"{side}_hand_{finger}_{k}_joint") for k in (0, 1)]
            bends[finger] = sign * np.degrees(q[joints]).sum()
        assert bends["index"] > 70 and abs(bends["middle"]) < 15


@pytest.mark.parametrize(
    ("name", "freedoms", "bends"),
    [
        ("allegro", 16, ["joint_5.0", "joint_6.0"]), ("shadow", 22, ["MFJ3", "MFJ2"]),
        ("inspire", 6, ["{}_middle_proximal_joint"]),
        ("fourier", 12, ["{}_middle_proximal_joint", "{}_middle_intermediate_joint"]),
    ],
)  # fmt: skip
def test_robots_hands(urdf_path, name, freedoms, bends):
    for side in SIDES:
        model = hand_alone(read_urdf(urdf_path(f"hands/{name}_{side}")), side)
        tree, hand = model.tree, HandFollower(model.tree, model.profile.links[f"{side}_hand"], side)
        wanted = ["thumb", "index", "middle", "ring", "pinky"]
        assert [finger.name for finger in hand.fingers] == wanted[: 4 if name == "allegro" else 5]
        assert len(hand.columns) == freedoms, "joints that mimic are not their own"
        long = range(1, len(hand.fingers))
        for fingers in ((), ("middle",), FINGERS):
            angles = bent(70, *fingers)
            off = np.degrees(hand.errors(angles, hand.follow(angles, tree.home, 20))[0])
            assert off[long].max() < 18, (name, side, fingers)
        middle = [tree.names.index(joint.format(side[0].upper())) for joint in bends]
        q = hand.follow(bent(70, "middle"), tree.home, 20)
        assert np.degrees(np.abs(q[middle])).sum() > 60
