"""Mesh files of every kind, whole and damaged."""

import struct

import numpy as np
import pytest

from vtm_tools.robot.mesh_file import read_mesh

BOX = np.array([[x, y, z] for x in (0.0, 0.2) for y in (0.0, 0.1) for z in (0.0, 0.3)])
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
TRIANGLES = BOX[np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])]
"""(12, 3, 3) m, of a box that is 0.2 long, 0.1 wide and 0.3 high."""


def binary_stl(corners) -> bytes:
    facets = [struct.pack("<12fH", 0, 0, 0, *np.ravel(facet), 0) for facet in corners]
    return b"solid by a careless program".ljust(80) + struct.pack("<I", len(corners)) + b"".join(facets)


def ascii_stl(corners) -> bytes:
    lines = ["solid box"]
    for facet in corners:
        points = "\n".join(f"  vertex {x:.6e} {y:.6e} {z:.6e}" for x, y, z in facet)
        lines.append(f"facet normal 0 0 0\n outer loop\n{points}\n endloop\nendfacet")
    return "\n".join([*lines, "endsolid box"]).encode()


def obj() -> bytes:
    lines = [f"v {x} {y} {z}" for x, y, z in BOX] + ["vn 0 0 1", "usemtl grey"]
    lines += ["f " + " ".join(f"{corner + 1}//1" for corner in quad) for quad in QUADS[:3]]
    return "\n".join([*lines, *("f " + " ".join(str(corner - 8) for corner in quad) for quad in QUADS[3:])]).encode()


def collada() -> bytes:
    """The box in centimetres, moved and turned back by its nodes."""
    numbers = " ".join(str(value) for value in (BOX[:, [1, 0, 2]] * [-100, 100, 100] + [10, 0, 0]).ravel())
    corners = " ".join(f"{corner} 0" for corner in QUADS.ravel())
    return f"""<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
  <asset><unit name="centimeter" meter="0.01"/><up_axis>Y_UP</up_axis></asset>
  <library_geometries><geometry id="box"><mesh>
    <source id="places"><float_array id="numbers" count="24">{numbers}</float_array></source>
    <vertices id="points"><input semantic="POSITION" source="#places"/></vertices>
    <polylist count="6"><input semantic="VERTEX" source="#points" offset="0"/>
      <input semantic="NORMAL" source="#none" offset="1"/>
      <vcount>4 4 4 4 4 4</vcount><p>{corners}</p></polylist>
  </mesh></geometry></library_geometries>
  <library_visual_scenes><visual_scene id="scene"><node>
    <rotate>0 0 1 -90</rotate><node><translate>-10 0 0</translate><instance_geometry url="#box"/></node>
  </node></visual_scene></library_visual_scenes>
</COLLADA>""".encode()


FILES = {
    "binary.stl": binary_stl(TRIANGLES),
    "ascii.STL": ascii_stl(TRIANGLES),
    "box.obj": obj(),
    "box.dae": collada(),
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_holds_the_same_box(name, tmp_path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    found = read_mesh(tmp_path / name)
    assert found.shape == (12, 3, 3)
    wanted, found = (np.array(sorted(tri.mean(1).round(5).tolist())) for tri in (TRIANGLES, found))
    np.testing.assert_allclose(found, wanted, atol=2e-5)


@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_anywhere_is_an_error_of_one_kind_or_still_a_mesh(name, tmp_path) -> None:
    whole, path = FILES[name], tmp_path / name
    rng = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(whole[: rng.integers(len(whole))] if rng.random() < 0.5 else whole)
        for at in rng.integers(len(damaged), size=rng.integers(4)) if damaged else ():
            damaged[at] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            assert read_mesh(path).shape[1:] == (3, 3)
        except ValueError:
            pass


@pytest.mark.parametrize("name", ["binary.stl", "ascii.STL"])
def test_half_a_file_is_none(name, tmp_path) -> None:
    (tmp_path / name).write_bytes(FILES[name][: len(FILES[name]) // 2])
    with pytest.raises(ValueError):
        read_mesh(tmp_path / name)


def test_what_is_no_file_or_of_another_kind_is_an_error(tmp_path) -> None:
    (tmp_path / "folder.stl").mkdir()
    (tmp_path / "box.wrl").write_bytes(FILES["box.obj"])
    for name in ("folder.stl", "box.wrl", "nowhere.stl"):
        with pytest.raises(ValueError):
            read_mesh(tmp_path / name)
