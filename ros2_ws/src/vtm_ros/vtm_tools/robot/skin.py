"""The meshes that a robot's URDF names for its links, simplified once so that frames are drawn quickly."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import numpy as np

from vtm_robot.model.tree import Tree
from vtm_robot.model.urdf import origin_of, three_numbers
from vtm_tools.robot.mesh_file import read_mesh

MOST = 300
"""Triangles of one mesh."""
CELL_M = 0.01
"""Details below this are left out."""
FARTHEST_M = 20.0
"""What is farther from its link was not meant in metres."""


class Mesh(NamedTuple):
    """A surface.

    Attributes:
        points: (N, 3) m.
        faces: (F, 3) indices of its corners.
    """

    points: np.ndarray
    faces: np.ndarray


@dataclass(frozen=True, eq=False)
class Skin:
    """The meshes of a robot's bodies.

    Attributes:
        bodies: Body to its meshes, in its axes: those bodies all of whose meshes can be read.
        named: How many meshes the URDF names.
        lost: How many of them are missing, damaged or of a kind that is not read.
    """

    bodies: dict[int, list[Mesh]] = field(default_factory=dict)
    named: int = 0
    lost: int = 0

    @property
    def note(self) -> str | None:
        """What is worth telling, in a sentence."""
        if not self.lost:
            return None
        return f"{self.lost} of {self.named} meshes are missing or cannot be read; their links are drawn as capsules"


def read_skin(urdf: Path, tree: Tree) -> Skin:
    """Read the visual meshes of a robot.

    Files are looked for in the URDF's folder and those above it, and where ROS 2 packages are installed.

    Args:
        urdf: The robot's file.
        tree: The robot.
    """
    bodies: dict[int, list[Mesh]] = {}
    lost: list[int] = []
    named = 0
    for link in ElementTree.parse(urdf).getroot().iterfind("link"):
        frame = tree.links.get(link.get("name", ""))
        for visual in link.iterfind("visual"):
            mesh = visual.find("geometry/mesh")
            if frame is None or mesh is None:
                continue
            named += 1
            try:
                turn, place = origin_of(visual)
                scale = three_numbers(mesh.get("scale", "1 1 1"))
                corners = read_mesh(_found(mesh.get("filename", ""), urdf.resolve().parent)) * scale
                if np.abs(corners).max() > FARTHEST_M:
                    raise ValueError("it is larger than any link")
            except (OSError, ValueError):
                lost.append(frame.body)
                continue
            corners = (corners @ turn.T + place) @ frame.turn.T + frame.place
            bodies.setdefault(frame.body, []).append(simplified(corners))
    whole = {body: meshes for body, meshes in bodies.items() if body not in lost}
    return Skin(whole, named, len(lost))


def _found(name: str, folder: Path) -> Path:
    path = next((path for path in _places(name, folder) if path.is_file()), None)
    if path is None:
        raise ValueError(f"{name} is nowhere")
    return path


def _places(name: str, folder: Path) -> Iterator[Path]:
    """Where the mesh `name` of a URDF in `folder` may be."""
    kind, package, path, *_ = urlsplit(name)
    if kind == "file":
        yield Path(unquote(path))
        return
    folders = [folder, *folder.parents]
    if kind == "package":
        rest = unquote(path).lstrip("/")
        yield from (place / package / rest for place in folders)
        installed = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
        yield from (Path(prefix) / "share" / package / rest for prefix in installed if prefix)
        yield from (place / rest for place in folders)
    elif not kind:
        yield from (place / name for place in folders)


def simplified(corners: np.ndarray, most: int = MOST, cell: float = CELL_M) -> Mesh:
    """Merge the points that share a cell of a grid, as coarse as it takes.

    Args:
        corners: (N, 3, 3) m, of triangles.
        most: Triangles that may be left.
        cell: The finest grid, m.
    """
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1).sum() / 2
    cell = max(cell, 0.8 * float(np.sqrt(area / most)))
    mesh = _merged(corners.reshape(-1, 3), cell)
    while len(mesh.faces) > most:
        cell *= 1.1
        mesh = _merged(mesh.points[mesh.faces].reshape(-1, 3), cell)
    return mesh


def _merged(points: np.ndarray, cell: float) -> Mesh:
    """Of each cell the point that is farthest out stays, so that nothing shrinks."""
    at = np.floor((points - points.min(0)) / cell).astype(np.int64)
    outward = np.argsort(-np.linalg.norm(points - (points.min(0) + points.max(0)) / 2, axis=1), kind="stable")
    _, first, which = np.unique((at @ np.array([1, 2**20, 2**40]))[outward], return_index=True, return_inverse=True)
    corner = np.empty(len(points), int)
    corner[outward] = which
    faces = corner.reshape(-1, 3)
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(1)]
    _, kept = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return Mesh(points[outward][first], faces[np.sort(kept)])
