"""Triangles out of COLLADA files, as RViz shows them: in metres, whatever axis the file calls up."""

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from scipy.spatial.transform import Rotation


def read_collada(data: bytes) -> np.ndarray:
    """The triangles (N, 3, 3), m, of the first scene of a COLLADA file.

    Raises:
        ValueError: It holds none. Damaged files raise what their damage leads to.
    """
    root = ElementTree.fromstring(data)
    named = {item.get("id", ""): item for item in root.iter()}
    scene = root.find("{*}library_visual_scenes/{*}visual_scene")
    if scene is None:
        raise ValueError("there is no scene in it")
    unit = root.find("{*}asset/{*}unit")
    metres = float(unit.get("meter", 1)) if unit is not None else 1.0
    return metres * np.concatenate(list(_below(scene, np.eye(4), named)))


def _below(node: Element, placed: np.ndarray, named: dict[str, Element]) -> Iterator[np.ndarray]:
    placed = placed @ _transform(node)
    for item in node:
        kind = item.tag.split("}")[-1]
        if kind == "node":
            yield from _below(item, placed, named)
        elif kind == "instance_node":
            yield from _below(_target(item.attrib["url"], named), placed, named)
        elif kind == "instance_geometry":
            for corners in _geometry(_target(item.attrib["url"], named), named):
                yield corners @ placed[:3, :3].T + placed[:3, 3]


def _target(url: str, named: dict[str, Element]) -> Element:
    return named[url.removeprefix("#")]


def _transform(node: Element) -> np.ndarray:
    whole = np.eye(4)
    for item in node:
        step, kind = np.eye(4), item.tag.split("}")[-1]
        if kind == "matrix":
            step = _floats(item).reshape(4, 4)
        elif kind == "translate":
            step[:3, 3] = _floats(item)
        elif kind == "rotate":
            *axis, angle = _floats(item)
            step[:3, :3] = Rotation.from_rotvec(np.array(axis) * angle, degrees=True).as_matrix()
        elif kind == "scale":
            step[:3, :3] = np.diag(_floats(item))
        whole = whole @ step
    return whole


def _floats(item: Element) -> np.ndarray:
    return np.array((item.text or "").split(), float)


def _geometry(geometry: Element, named: dict[str, Element]) -> Iterator[np.ndarray]:
    """The corners (N, 3, 3) of each set of faces, which may have more corners than three."""
    for faces in geometry.iterfind("{*}mesh/*"):
        kind = faces.tag.split("}")[-1]
        if kind not in ("triangles", "polylist", "polygons"):
            continue
        inputs = [(int(item.get("offset", 0)), item) for item in faces.iterfind("{*}input")]
        width = 1 + max(offset for offset, _ in inputs)
        offset, vertex = next(pair for pair in inputs if pair[1].get("semantic") == "VERTEX")
        entries = _target(vertex.attrib["source"], named).iterfind("{*}input")
        source = next(item.attrib["source"] for item in entries if item.get("semantic") == "POSITION")
        array = _target(source, named).find("{*}float_array")
        points = _floats(array).reshape(-1, 3)  # type: ignore[arg-type]
        lists = [np.array((item.text or "").split(), int) for item in faces.iterfind("{*}p")]
        corners = [numbers.reshape(-1, width)[:, offset] for numbers in lists]
        if kind == "triangles":
            rings = [part.reshape(-1, 3) for part in corners]
        elif kind == "polylist":
            counts = np.array((faces.findtext("{*}vcount") or "").split(), int)
            rings = [_fan(part) for part in np.split(corners[0], np.cumsum(counts)[:-1])]
        else:
            rings = [_fan(part) for part in corners]
        if rings:
            yield points[np.concatenate(rings)]


def _fan(ring: np.ndarray) -> np.ndarray:
    """The triangles (N - 2, 3) of a polygon of N corners."""
    return np.stack([np.full(max(len(ring) - 2, 0), ring[0]), ring[1:-1], ring[2:]], -1)
