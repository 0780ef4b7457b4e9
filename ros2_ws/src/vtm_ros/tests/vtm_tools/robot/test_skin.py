"""The meshes of a robot: found, placed, simplified and drawn, and capsules where there are none."""

from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_robot.small_robot import small_robot
from tests.vtm_tools.robot.test_mesh_file import TRIANGLES, ascii_stl, binary_stl
from vtm_robot.model.urdf import parse_urdf
from vtm_robot.profile.model import draft_of
from vtm_tools.cli.app import main
from vtm_tools.robot.figure import FRONT, draw, robot_shapes
from vtm_tools.robot.skin import MOST, read_skin, simplified

ARM = "left_shoulder_yaw_link"
RPY, XYZ = (0.3, -0.4, 1.2), (0.01, 0.02, -0.1)


@pytest.fixture(scope="module")
def robot():
    return draft_of(parse_urdf(small_robot()))[0]


def dressed(folder, meshes, name="small.urdf"):
    """A robot in `folder` whose links have the named meshes."""
    robot = ElementTree.fromstring(small_robot())
    for link, mesh in meshes:
        (item,) = (item for item in robot.iterfind("link") if item.get("name") == link)
        visual = ElementTree.SubElement(item, "visual")
        ElementTree.SubElement(visual, "origin", rpy="0.3 -0.4 1.2", xyz="0.01 0.02 -0.1")
        geometry = ElementTree.SubElement(visual, "geometry")
        ElementTree.SubElement(geometry, "mesh", filename=mesh, scale="0.5 -1 2")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(ElementTree.tostring(robot, encoding="unicode"))
    return folder / name


@pytest.mark.parametrize("stl", [binary_stl, ascii_stl])
def test_scale_and_origin_of_a_visual_hold(stl, robot, tmp_path) -> None:
    (tmp_path / "box.stl").write_bytes(stl(TRIANGLES))
    urdf = dressed(tmp_path, [(ARM, "box.stl"), ("left_palm", "box.stl")])
    tree = robot.tree
    skin = read_skin(urdf, tree)
    assert skin.named == 2 and not skin.lost and skin.note is None
    turn = Rotation.from_euler("xyz", RPY).as_matrix()
    corners = np.unique(TRIANGLES.reshape(-1, 3), axis=0) * [0.5, -1, 2] @ turn.T + XYZ
    for link in (ARM, "left_palm"):  # one is a body, the other is fixed to one
        frame = tree.links[link]
        (mesh,) = skin.bodies[frame.body]
        wanted = corners @ frame.turn.T + frame.place
        away = np.linalg.norm(mesh.points[:, None] - wanted, axis=-1)
        assert mesh.faces.shape == (12, 3) and away.min(0).max() < 1e-6 and away.min(1).max() < 1e-6


@pytest.mark.parametrize(
    "name",
    ["package://robot_description/meshes/my%20box.stl", "../meshes/my box.stl", "file://{}/meshes/my%20box.stl",
     "package://renamed/meshes/my%20box.stl", "package://installed/meshes/my%20box.stl"],
)  # fmt: skip
def test_files_are_found_where_urdfs_have_them(name, robot, tmp_path, monkeypatch) -> None:
    package = tmp_path / "robot_description"
    home = tmp_path / "share/installed" if "installed" in name else package
    (home / "meshes").mkdir(parents=True)
    (home / "meshes/my box.stl").write_bytes(binary_stl(TRIANGLES))
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    urdf = dressed(package / "urdf", [(ARM, name.format(package))])
    assert not read_skin(urdf, robot.tree).lost


def test_a_link_whose_mesh_is_missing_or_damaged_is_its_capsule(robot, tmp_path) -> None:
    (tmp_path / "box.stl").write_bytes(binary_stl(TRIANGLES))
    (tmp_path / "cut.stl").write_bytes(binary_stl(TRIANGLES)[:-30])
    (tmp_path / "inches.stl").write_bytes(binary_stl(TRIANGLES * 1e4))
    (tmp_path / "nowhere.stl").write_bytes(binary_stl(TRIANGLES * np.nan))
    lost = {"chest": "missing.stl", "head": "cut.stl", "left_knee_link": "inches.stl", "pelvis": "nowhere.stl"}
    urdf = dressed(tmp_path, [(ARM, "box.stl"), ("chest", "box.stl"), *lost.items()])
    skin = read_skin(urdf, robot.tree)
    assert (skin.named, skin.lost) == (6, 4)
    assert skin.note == "4 of 6 meshes are missing or cannot be read; their links are drawn as capsules"
    assert list(skin.bodies) == [robot.tree.links[ARM].body]
    pose = robot.tree.pose(robot.t_pose)
    bare, shapes = robot_shapes(robot, pose), robot_shapes(robot, pose, skin)
    (mesh,) = (shape for shape in shapes if shape.faces is not None)
    assert mesh.side == "left"
    capsules = [capsule for capsule in robot.pairs.capsules if robot.tree.links[capsule.link].body in skin.bodies]
    rods = int((robot.tree.parent == robot.tree.links[ARM].body).sum())
    assert len(capsules) == 1 and len(shapes) == 1 + len(bare) - len(capsules) - rods


def test_a_mesh_is_simplified_but_keeps_its_size() -> None:
    turn, high = np.meshgrid(np.linspace(0, 2 * np.pi, 81), np.linspace(0, 0.4, 61))
    points = np.stack([0.06 * np.cos(turn), 0.05 * np.sin(turn), high], -1)
    a, b, c, d = points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]
    tube = np.concatenate([np.stack(corners, 2).reshape(-1, 3, 3) for corners in ((a, b, c), (a, c, d))])
    mesh = simplified(tube)
    assert MOST / 3 < len(mesh.faces) <= MOST < len(tube)
    np.testing.assert_allclose(np.ptp(mesh.points, axis=0), np.ptp(points.reshape(-1, 3), axis=0), atol=0.01)


def test_meshes_are_drawn_in_the_colour_of_their_side_the_nearer_over_the_farther(robot, tmp_path) -> None:
    (tmp_path / "box.stl").write_bytes(binary_stl(TRIANGLES - TRIANGLES.mean((0, 1))))
    urdf = dressed(tmp_path, [(ARM, "box.stl"), (ARM.replace("left", "right"), "box.stl")])
    shapes = robot_shapes(robot, robot.tree.pose(robot.t_pose), read_skin(urdf, robot.tree))
    boxes = {shape.side: shape for shape in shapes if shape.faces is not None}
    assert set(boxes) == {"left", "right"}
    middle = boxes["left"].points.mean(0)
    alone = draw([boxes["left"]], FRONT, 200, 1.0, middle, "")[100, 100].astype(int)
    assert alone[0] > alone[2] + 40  # blue, of BGR
    for ahead, blue in ((0.5, False), (-0.5, True)):
        other = boxes["right"]._replace(points=boxes["right"].points - boxes["right"].points.mean(0) + middle)
        other = other._replace(points=other.points + [ahead, 0, 0])
        pixel = draw([boxes["left"], other], FRONT, 200, 1.0, middle, "")[100, 100].astype(int)
        assert (pixel[0] > pixel[2]) == blue


def test_a_command_tells_how_many_meshes_are_missing(tmp_path, capsys) -> None:
    (tmp_path / "box.stl").write_bytes(binary_stl(TRIANGLES))
    urdf = dressed(tmp_path, [(ARM, "box.stl"), ("chest", "package://gone/chest.dae")])
    assert main(["robot", str(urdf), "--out", str(tmp_path / "small.yaml")]) == 0
    assert "1 of 2 meshes are missing" in " ".join(capsys.readouterr().out.split())
    assert (tmp_path / "small.png").is_file()
