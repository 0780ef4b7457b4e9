"""Kinematics against readers of URDF that others wrote, and against finite differences."""

import numpy as np
import pytest

from tests.vtm_robot.conftest import FETCHED
from vtm.errors import VtmError
from vtm_robot.model.tree import Tree
from vtm_robot.model.urdf import parse_urdf

ROBOTS = ("small", *FETCHED)


def postures(tree: Tree, count: int = 5) -> np.ndarray:
    random = np.random.default_rng(7)
    return random.uniform(np.maximum(tree.lower, -3), np.minimum(tree.upper, 3), (count, len(tree.names)))


@pytest.mark.parametrize("name", ROBOTS)
def test_every_link_is_where_yourdfpy_has_it(name, tree, urdf_path, tmp_path) -> None:
    yourdfpy = pytest.importorskip("yourdfpy")
    standing = tmp_path / "standing.urdf"  # it takes mimic joints for others where the root floats
    standing.write_text(urdf_path(name).read_text().replace('"floating"', '"fixed"'))
    theirs = yourdfpy.URDF.load(str(standing), load_meshes=False, build_collision_scene_graph=False)
    ours = tree(name)
    for q in postures(ours):
        angles = dict(zip([joint.name for joint in ours.joints], ours.couple @ q + ours.shift, strict=True))
        theirs.update_cfg({joint: angles[joint] for joint in theirs.actuated_joint_names if joint in angles})
        pose = ours.pose(q)
        for link, frame in ours.links.items():
            turn, place = pose.frame(frame)
            want = theirs.get_transform(link, ours.base)
            np.testing.assert_allclose(turn, want[:3, :3], atol=1e-9)
            np.testing.assert_allclose(place, want[:3, 3], atol=1e-9)


@pytest.mark.parametrize("name", ROBOTS)
def test_every_link_is_where_pinocchio_has_it(name, tree, urdf_path) -> None:
    pinocchio = pytest.importorskip("pinocchio", reason="pinocchio is not installed; pip install pin brings it")
    model = pinocchio.buildModelFromUrdf(str(urdf_path(name)))
    data = model.createData()
    ours = tree(name)
    for q in postures(ours):
        theirs = pinocchio.neutral(model)
        for joint, angle in zip(ours.joints, ours.couple @ q + ours.shift, strict=True):
            place = model.joints[model.getJointId(joint.name)]
            turns = place.nq == 2
            theirs[place.idx_q : place.idx_q + place.nq] = (np.cos(angle), np.sin(angle)) if turns else angle
        pinocchio.framesForwardKinematics(model, data, theirs)
        body = pinocchio.FrameType.BODY
        base = data.oMf[model.getFrameId(ours.base, body)].inverse()
        pose = ours.pose(q)
        for link, frame in ours.links.items():
            want = base * data.oMf[model.getFrameId(link, body)]
            turn, place = pose.frame(frame)
            np.testing.assert_allclose(turn, want.rotation, atol=1e-9)
            np.testing.assert_allclose(place, want.translation, atol=1e-9)


@pytest.mark.parametrize("name", ("small", "jvrc1", "romeo"))
def test_jacobian_is_the_slope_of_the_kinematics(name, tree) -> None:
    ours = tree(name)
    bodies = np.arange(len(ours.joints) + 1)
    points = np.random.default_rng(1).normal(0, 0.1, (len(bodies), 3))
    for q in postures(ours, 2):
        pose = ours.pose(q)
        turns, places = pose.turns[bodies], pose.places[bodies]
        angular, linear = ours.jacobians(pose, bodies, places + (turns @ points[..., None])[..., 0])
        for freedom in range(len(ours.names)):
            small = 1e-6 * np.eye(len(ours.names))[freedom]
            less, more = ours.pose(q - small), ours.pose(q + small)
            moved = (more.places + (more.turns @ points[..., None])[..., 0]) - (
                less.places + (less.turns @ points[..., None])[..., 0]
            )
            np.testing.assert_allclose(linear[:, :, freedom], moved / 2e-6, atol=1e-7)
            spin = (more.turns - less.turns) @ turns.swapaxes(-1, -2) / 2e-6
            axis = np.stack([spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]], -1)
            np.testing.assert_allclose(angular[:, :, freedom], axis, atol=1e-7)


def test_a_batch_of_postures_is_as_one_by_one(tree) -> None:
    ours = tree("small")
    q = postures(ours)
    batch = ours.pose(q)
    for number, one in enumerate(q):
        np.testing.assert_allclose(batch.places[number], ours.pose(one).places, atol=1e-12)


def test_mimic_joints_have_no_freedom_of_their_own(tree) -> None:
    ours = tree("small")
    assert "left_finger_b" not in ours.names
    assert len(ours.names) == len(ours.joints) - 2
    q = ours.home
    q[ours.names.index("left_finger_a")] = 0.03
    angles = dict(zip([joint.name for joint in ours.joints], ours.couple @ q + ours.shift, strict=True))
    assert angles["left_finger_b"] == pytest.approx(-0.03)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no xml", "no URDF"),
        ("<sdf/>", "root is <robot>"),
        ("<robot><link name='a'/><link name='b'/></robot>", "not one tree"),
        ("<robot><link name='a'/></robot>", "no joint that moves"),
        (
            "<robot><link name='a'/><link name='b'/><joint name='j' type='revolute'><parent link='a'/><child link='b'/>"
            "<axis xyz='0 0'/></joint></robot>",
            "cannot be read",
        ),
        (
            "<robot><link name='a'/><link name='b'/><joint name='j' type='revolute'><parent link='a'/><child link='b'/>"
            "<mimic joint='j'/></joint></robot>",
            "leads nowhere",
        ),
    ],
)
def test_what_is_no_robot_is_told(text: str, words: str) -> None:
    with pytest.raises(VtmError, match=words):
        parse_urdf(text)
