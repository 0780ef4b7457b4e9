"""Fingers tell how hands are turned, where neither the rest pose nor the motion does."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm.mocap.people import MIXAMO, Foreign, t_pose, walk, write_foreign_bvh
from vtm.body.hand import FINGERS
from vtm.body.hand_skeleton import WITH_HANDS
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS
from vtm.mocap.bvh_reader import read_bvh
from vtm.mocap.retarget import retarget

HANDS = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
NAMED = {finger: f"Hand{finger.title()}1" for finger in FINGERS}
NUMBERED = {"thumb": "Finger0", "index": "Finger1", "middle": "Finger2", "ring": "Finger3", "pinky": "Finger4"}
MANY = {**NAMED, "thumb": "no finger", "pinky": "LittleProximal"}
THUMB_AND_ONE = {"thumb": "Thumb", "index": "IndexFinger"}


def fingers(names: dict[str, str]) -> dict[str, tuple[str, np.ndarray]]:
    """Joints at the beginning of fingers, by name."""
    return {
        f"{side}{name}": (
            f"{side.lower()}_wrist",
            WITH_HANDS.offsets[WITH_HANDS.index[f"{side.lower()}_{finger}1"]],
        )
        for side in ("Left", "Right")
        for finger, name in names.items()
    }


def wrong(folder, rest: np.ndarray, tips: dict[str, tuple[str, np.ndarray]]) -> float:
    """By how many degrees, in the median, the hands of an import are turned wrongly in their forearms."""
    local, root = walk(200)
    path = write_foreign_bvh(folder / "a.bvh", Foreign(MIXAMO, rest, tips=tips), local, root)
    return float(np.degrees(np.median(geodesic_angle(retarget(read_bvh(path)).local, local)[:, HANDS], 0).max()))


@pytest.mark.parametrize("names", [NAMED, NUMBERED, MANY, THUMB_AND_ONE], ids=["names", "numbers", "few", "two"])
@pytest.mark.parametrize("seed", range(2))
def test_hands_whose_axes_only_the_motion_tells(tmp_path, names, seed):
    rest = Rotation.random(NUM_JOINTS, random_state=seed).as_matrix()
    assert wrong(tmp_path, rest, fingers(names)) < 2


def test_hands_that_do_not_lie_along_the_forearm_at_rest(tmp_path):
    """Arms hang from the shoulders as in a T-pose whose palms look ahead, but elbows bend as with palms down."""
    rest = t_pose()
    for side in ("left", "right"):
        rest[JOINT_INDEX[f"{side}_wrist"]] = Rotation.from_euler("y", -90, True).as_matrix()
    assert wrong(tmp_path, rest, {}) > 80
    assert wrong(tmp_path, rest, fingers(NAMED)) < 1


def test_fingers_in_other_places_tell_nothing(tmp_path):
    """Four names at one place, or a hand whose fingers are no person's."""
    rest, whole = t_pose(), fingers(NAMED)
    same = {name: (hand, np.array([0.0, 0.09 if hand[0] == "l" else -0.09, 0.0])) for name, (hand, _) in whole.items()}
    crossed = {name: (hand, place * ([-3, 1, 1] if "Ring" in name else 1)) for name, (hand, place) in whole.items()}
    for tips in (same, crossed):
        assert wrong(tmp_path, rest, tips) < 1


def test_a_palm_with_bones_of_its_own(tmp_path):
    """What begins near the wrist lies in the palm and tells nothing."""
    tips = {f"{name}Metacarpal": (hand, place * [-1, 0.1, 1]) for name, (hand, place) in fingers(NAMED).items()}
    rest = Rotation.random(NUM_JOINTS, random_state=3).as_matrix()
    assert {name for name, _ in tips.values()} <= set(JOINT_NAMES)
    assert wrong(tmp_path, rest, tips | fingers(NAMED)) < 2
