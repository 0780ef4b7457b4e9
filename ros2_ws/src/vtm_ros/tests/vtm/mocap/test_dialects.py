"""Every usual way to name a person's joints is understood, and wrong ones are told."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm.mocap.dialects import DIALECTS, recording, tree
from tests.vtm.mocap.people import walk
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES
from vtm.errors import VtmError
from vtm.mocap.joint_names import match_joints
from vtm.mocap.names_file import read_joint_names
from vtm.mocap.retarget import retarget
from vtm.mocap.standing import NoStanding, standing

LOCAL, ROOT = walk(8)


@pytest.mark.parametrize("name", DIALECTS)
def test_each_joint_is_the_one_that_it_is_and_turns_as_it_does(name):
    dialect = DIALECTS[name]
    theirs = recording(dialect, LOCAL, ROOT)
    found, (names, _, ours) = match_joints(theirs), tree(dialect)
    del ours["chest"]
    assert {joint: names[found[joint][0]] for joint in ours} == {joint: names[own] for joint, own in ours.items()}
    motion = retarget(theirs)
    moved = [JOINT_INDEX[joint] for joint in found if joint in ours and not joint.endswith(("hip", "shoulder", "head"))]
    error = np.degrees(geodesic_angle(motion.pose()[0], _world(theirs, found)))[:, moved]
    assert error.max() < 0.5, [JOINT_NAMES[moved[j]] for j in np.flatnonzero(error.max(0) > 0.5)]
    assert motion.metres == 0.01
    np.testing.assert_allclose(motion.root, ROOT, atol=1e-6)
    places = motion.pose()[1]
    assert ((places[:, JOINT_INDEX["left_hip"]] - places[:, JOINT_INDEX["right_hip"]])[:, 1] > 0.1).all()


def _world(theirs, found):
    turned = theirs.pose()[0]
    from tests.vtm.mocap.people import Y_UP

    world = np.broadcast_to(np.eye(3), (len(turned), 22, 3, 3)).copy()
    for name, (_, joint) in found.items():
        world[:, JOINT_INDEX[name]] = Y_UP.T @ turned[:, joint] @ Y_UP
    return world


def test_a_file_of_names_settles_what_names_do_not_tell(tmp_path):
    plain = recording(DIALECTS["Mixamo"], LOCAL, ROOT)
    odd = replace(plain, names=tuple(f"Bone_{number}" for number in range(len(plain.names))))
    with pytest.raises(VtmError, match="recognised as head, left_hip.*--names FILE.*Bone_0, Bone_1"):
        match_joints(odd)
    wanted = match_joints(plain)
    limbs = {name: odd.names[place] for name, (place, _) in wanted.items() if name.startswith(("l", "r", "h"))}
    for mapping in (limbs, {theirs: ours for ours, theirs in limbs.items()}):
        (tmp_path / "names.json").write_text(json.dumps(mapping))
        assert match_joints(odd, read_joint_names(tmp_path / "names.json")) == wanted
    (tmp_path / "names.yaml").write_text("left_knee: Gelenk\n")
    with pytest.raises(VtmError, match="no joint Gelenk; it has Bone_0"):
        match_joints(odd, read_joint_names(tmp_path / "names.yaml"))
    for text, message in (
        ("Knie: Gelenk", "Knie is no joint"),
        ("left_knee", "is no mapping"),
        ("a: [", "neither YAML"),
    ):
        (tmp_path / "names.yaml").write_text(text)
        with pytest.raises(VtmError, match=message):
            read_joint_names(tmp_path / "names.yaml")


def test_a_joint_between_two_that_are_known_needs_no_name():
    plain = recording(DIALECTS["Mixamo"], LOCAL, ROOT)
    odd = replace(plain, names=tuple(name.replace("mixamorig1_LeftLeg", "Gelenk") for name in plain.names))
    assert match_joints(odd) == match_joints(plain)


def test_joints_without_a_persons_proportions_are_refused():
    plain = recording(DIALECTS["Mixamo"], LOCAL, ROOT)
    wrong = {"left_knee": "mixamorig1_LeftToeBase", "right_knee": "mixamorig1_RightToeBase"}
    with pytest.raises(VtmError, match="which no person has .*--names FILE.*left_knee = mixamorig1_LeftToeBase"):
        retarget(plain, names=wrong)


def test_a_dog_is_no_person():
    """Its limbs have a person's names, and it stands on all fours at rest."""
    dog = recording(DIALECTS["Mixamo"], LOCAL, ROOT)
    rest = np.array(dog.offsets)
    found = match_joints(dog)
    lies = Rotation.from_euler("x", 90, True).as_matrix()
    for joint, parent in enumerate(dog.parents):
        legs = any(found[f"{side}_hip"][0] in dog.path(joint) for side in ("left", "right"))
        if parent >= 0 and not legs:
            rest[joint] = lies @ rest[joint]
    with pytest.raises(NoStanding):
        standing(dog, found, np.broadcast_to(np.eye(3), (len(rest), 3, 3)), replace(dog, offsets=rest).rest())
