"""Triangles out of the mesh files that URDFs name: STL, OBJ and COLLADA."""

import re
from pathlib import Path

import numpy as np

from vtm_tools.robot.collada import read_collada

LARGEST = 200_000_000
"""Bytes; what is larger is not a link's mesh, and would stop the machine."""
DAMAGE = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, SyntaxError, TypeError)
"""What readers raise, besides ValueError, where a file is not as it should be."""
_HEAD, _FACET = 84, 50
_VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read_mesh(path: Path) -> np.ndarray:
    """The triangles of a .stl, .obj or .dae file.

    Returns:
        (N, 3, 3) corners, in the units of the file; those of COLLADA are metres.

    Raises:
        ValueError: The file is missing, damaged or of another kind.
    """
    reader = {".stl": _read_stl, ".obj": _read_obj, ".dae": read_collada}.get(path.suffix.lower())
    try:
        if reader is None or not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError(f"{path} is no mesh that can be read")
        triangles = np.asarray(reader(path.read_bytes()), float).reshape(-1, 3, 3)
    except (*DAMAGE, OSError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not len(triangles) or not np.isfinite(triangles).all():
        raise ValueError(f"{path} has no triangles, or none that are somewhere")
    return triangles


def _read_stl(data: bytes) -> np.ndarray:
    count = int.from_bytes(data[_HEAD - 4 : _HEAD], "little")
    if len(data) >= _HEAD + count * _FACET and len(data) > _HEAD:
        facets = np.frombuffer(data, [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")], count, _HEAD)
        return facets["corners"]
    if b"endsolid" not in data:
        raise ValueError("it ends too early")
    return np.array(_VERTEX.findall(data)).astype(float).reshape(-1, 3, 3)


def _read_obj(data: bytes) -> np.ndarray:
    points: list[list[float]] = []
    faces: list[list[int]] = []
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.split()
        if words[:1] == ["v"]:
            points.append([float(word) for word in words[1:4]])
        elif words[:1] == ["f"]:
            numbers = [int(word.split("/")[0]) for word in words[1:]]
            corners = [number - 1 if number > 0 else len(points) + number for number in numbers]
            faces += [[corners[0], *corners[at : at + 2]] for at in range(1, len(corners) - 1)]
    if min(map(min, faces), default=0) < 0:
        raise ValueError("a face names a point that is not there")
    return np.array(points)[np.array(faces)]
