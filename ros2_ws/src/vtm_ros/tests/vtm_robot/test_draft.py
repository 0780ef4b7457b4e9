"""What is found in a URDF by itself."""

import numpy as np
import pytest

from tests.vtm_robot.conftest import HUMANOIDS
from tests.vtm_robot.small_robot import small_robot
from vtm.errors import VtmError
from vtm_robot.model.urdf import parse_urdf
from vtm_robot.profile.draft import draft_links
from vtm_robot.profile.posture import errors_deg
from vtm_robot.profile.profile import Profile
from vtm_robot.profile.segments import limbs

FOUND = {
    "small": ("left_shoulder_yaw_link", "left_elbow_link", "left_wrist_pitch_link", "left_knee_link", "chest", "head"),
    "jvrc1": ("L_SHOULDER_Y_S", "L_ELBOW_P_S", "L_WRIST_Y_S", "L_KNEE_S", "WAIST_R_S", "NECK_P_S"),
    "g1": ("left_shoulder_yaw_link", "left_elbow_link", "left_wrist_yaw_link", "left_knee_link", "torso_link", None),
    "g1_hands": (
        "left_shoulder_yaw_link",
        "left_elbow_link",
        "left_wrist_yaw_link",
        "left_knee_link",
        "torso_link",
        None,
    ),
    "talos": (
        "arm_left_3_link",
        "arm_left_4_link",
        "arm_left_7_link",
        "leg_left_4_link",
        "torso_2_link",
        "head_2_link",
    ),
    "gr1t1": (
        "left_upper_arm_yaw_link",
        "left_lower_arm_pitch_link",
        "left_hand_pitch_link",
        "left_shank_pitch_link",
        "waist_roll_link",
        "head_pitch_link",
    ),
    "baxter": ("left_upper_elbow", "left_lower_elbow", "left_wrist", None, None, "head"),
}
SHORT = """<robot name="short"><link name="a"/><link name="b"/><joint name="j" type="continuous">
<parent link="a"/><child link="b"/></joint></robot>"""
PARTS = ("left_upper_arm", "left_forearm", "left_hand", "left_shin", "chest", "head")


@pytest.mark.parametrize("name", FOUND)
def test_limbs_are_found(name, tree) -> None:
    ours = tree(name)
    links, _, _ = draft_links(ours)
    found = tuple(links.get(part) for part in PARTS)
    for have, want in zip(found, FOUND[name], strict=True):
        assert (have is None) == (want is None)
        if have:
            assert ours.links[have].body == ours.links[want].body, (have, want)


@pytest.mark.parametrize("name", HUMANOIDS)
def test_the_t_pose_stretches_every_limb(name, robot) -> None:
    model = robot(name)
    assert len(model.limbs) == 4
    for limb in model.limbs:
        assert max(errors_deg(model.tree, limb, model.t_pose)) < 3
    assert (model.t_pose >= model.tree.lower - 1e-9).all() and (model.t_pose <= model.tree.upper + 1e-9).all()


def test_a_robot_that_looks_elsewhere_is_turned() -> None:
    tree = parse_urdf(small_robot(facing=np.pi / 2))
    links, yaw, notes = draft_links(tree)
    assert yaw == pytest.approx(np.pi / 2) and any("looks to the left" in note for note in notes)
    shoulders = [limb.bones(tree.pose(tree.home)) for limb in limbs(tree, links)]
    assert len(shoulders) == 4


def test_one_arm_is_an_arm() -> None:
    links, _, notes = draft_links(parse_urdf(small_robot(legs=False, arms=("left",))))
    assert links["left_forearm"] == "left_elbow_link"
    assert links["chest"] == "chest"
    assert not any(name.startswith("right") for name in links)
    assert any("one arm" in note for note in notes)


def test_no_limb_at_all_is_told() -> None:
    with pytest.raises(VtmError, match="no limb"):
        draft_links(parse_urdf(SHORT))


def test_a_profile_is_read_as_it_was_written(robot, tmp_path) -> None:
    profile = robot("small").profile
    profile.save(tmp_path / "robot.yaml")
    again = Profile.load(tmp_path / "robot.yaml")
    assert (again.links, again.groups, again.limits) == (profile.links, profile.groups, profile.limits)
    assert [c.name for c in again.capsules or ()] == [c.name for c in profile.capsules or ()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "no YAML"),
        ("just words", "no `links`"),
        ("links: {tail: x}", "no segment tail"),
        ("links: {head: x}\nlimbs: 4", "no key limbs"),
        ("links: {head: x}\nlimits: {speed: 3}", "unexpected keyword"),
        ("links: {head: x}\nlimits: {velocity: -3}", "not a number"),
    ],
)
def test_what_is_no_profile_is_told(text, words, tmp_path) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(VtmError, match=words):
        Profile.load(tmp_path / "bad.yaml")
