import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import yourdfpy
from hypothesis import given, settings

from tests.vtm.body.poses import bodies, poses
from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, PARENTS, VIRTUAL_OFFSETS, stature
from vtm.body.urdf import urdf


def parse(text: str) -> yourdfpy.URDF:
    return yourdfpy.URDF.load(io.BytesIO(text.encode()), load_meshes=False, build_scene_graph=True)


@settings(max_examples=10, deadline=None)
@given(poses(frames=1), bodies())
def test_a_public_parser_finds_the_same_body(quats, offsets):
    robot = parse(urdf(offsets))
    robot.update_cfg(dict(zip(ANGLE_NAMES, angles_from_quats(quats[0].astype(np.float32)), strict=True)))
    local = matrix_from_quat(quats[0].astype(np.float32).astype(np.float64))
    local[0] = np.eye(3)
    rotation, position = forward_kinematics(local, offsets, np.zeros(3))
    for joint, name in enumerate(JOINT_NAMES):
        transform = robot.get_transform(name, "pelvis")
        np.testing.assert_allclose(transform[:3, 3], position[joint], atol=1e-6)
        np.testing.assert_allclose(transform[:3, :3], rotation[joint], atol=1e-6)


def test_structure():
    robot = parse(urdf(VIRTUAL_OFFSETS, name="somebody"))
    assert robot.robot.name == "somebody" and robot.base_link == "pelvis"
    assert tuple(robot.actuated_joint_names) == ANGLE_NAMES
    assert robot.validate()
    links = {link.name for link in robot.robot.links}
    assert set(JOINT_NAMES) <= links and len(links) == 64
    for joint in robot.robot.joints:
        assert joint.type == "revolute" and joint.limit.lower < -6.3 and joint.limit.upper > 6.3


def test_bones_are_drawn_from_joint_to_joint():
    offsets = VIRTUAL_OFFSETS * 1.3
    robot = ElementTree.fromstring(urdf(offsets))
    for joint, name in enumerate(JOINT_NAMES):
        cylinders = [
            v for v in robot.findall(f"link[@name='{name}']/visual") if v.find("geometry/cylinder") is not None
        ]
        children = [child for child in range(22) if PARENTS[child] == joint]
        assert len(cylinders) == len(children)
        for visual, child in zip(cylinders, children, strict=True):
            origin = visual.find("origin").attrib
            centre = np.array(origin["xyz"].split(), dtype=float)
            _, pitch, yaw = map(float, origin["rpy"].split())
            along = np.array([np.sin(pitch) * np.cos(yaw), np.sin(pitch) * np.sin(yaw), np.cos(pitch)])
            half = float(visual.find("geometry/cylinder").get("length")) / 2
            np.testing.assert_allclose(centre + half * along, offsets[child], atol=1e-5)
            np.testing.assert_allclose(centre - half * along, 0, atol=1e-5)


@pytest.mark.parametrize("name", ["person", 'a "b" <c> & d'])
def test_any_name_is_valid_xml(name):
    assert ElementTree.fromstring(urdf(VIRTUAL_OFFSETS, name)).get("name") == name


@pytest.mark.parametrize("hands", [False, True])
@pytest.mark.parametrize("size", [0.6, 1.2])
def test_a_simulator_takes_it(hands, size):
    """Every link weighs, inertias are possible, the person weighs as people do, and nothing touches in T-pose."""
    mujoco = pytest.importorskip("mujoco")
    text = urdf(VIRTUAL_OFFSETS * size, hands=hands, physical=True)
    links = ElementTree.fromstring(text).findall("link")
    kg = sum(float(link.find("inertial/mass").get("value")) for link in links)
    assert kg == pytest.approx(22.5 * stature(VIRTUAL_OFFSETS * size) ** 2, rel=1e-4)
    model = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert model.nq == (105 if hands else 63) and model.ngeom == 38 and data.ncon == 0
    low, middle, high = np.sort(model.body_inertia[1:], axis=1).T
    assert (low > 0).all() and (low + middle >= high * (1 - 1e-9)).all()
    feet = [model.geom_bodyid[geom] for geom in range(model.ngeom)]
    assert len({mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY, body) for body in feet}) == 22


def test_a_tree_for_tf_stays_light():
    """Also since KDL warns of a root that weighs."""
    assert "inertial" not in urdf(VIRTUAL_OFFSETS) and "collision" not in urdf(VIRTUAL_OFFSETS)
