"""The text of a camera file as plain mappings: YAML of ROS, OpenCV and Kalibr, XML, JSON and tables."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import yaml

from vtm.errors import VtmError
from vtm.files.camera_tables import is_colmap, is_table, of_colmap, of_table

_HEAD = re.compile(r"\A\ufeff?%YAML[: ]1\.[0-9][^\n]*\n")
"""OpenCV writes `%YAML:1.0`, which is not YAML."""
_BETWEEN = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_HEADS = ("%YAML:1", "\ufeff%YAML:1")
_TIGHT = re.compile(r"^(\s*[\w.]+):(?=[^\s:])", re.MULTILINE)
"""A key without a space after its colon, which OpenCV takes for one."""
LARGEST_BYTES = 10_000_000


class _Loader(yaml.SafeLoader):
    """Reads a matrix of OpenCV as the mapping that it is."""


def _matrix(loader: yaml.SafeLoader, node: Any) -> Any:
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:opencv-matrix", _matrix)


def camera_documents(text: str) -> list[dict[str, Any]]:
    """Every mapping of the file; of what `ros2 topic echo` printed there may be many, and the last one cut off.

    Raises:
        VtmError: It is none of these formats.
    """
    if len(text) > LARGEST_BYTES:
        raise VtmError("is too large for a camera file; give the calibration alone")
    try:
        found = _parsed(text.strip("\x00 \r\n\t"))
    except (yaml.YAMLError, ValueError, RecursionError, ElementTree.ParseError) as fault:
        raise VtmError(
            "is not YAML, XML or JSON; give the file that ROS camera_calibration, OpenCV's FileStorage or Kalibr writes"
        ) from fault
    return [document for document in found if isinstance(document, dict)]


def _parsed(text: str) -> list[Any]:
    if text.startswith("<"):
        return [_of_xml(ElementTree.fromstring(text))]
    if text.startswith("{"):
        return [json.loads(text)]
    if is_table(text):
        return [of_table(text)]
    if is_colmap(text):
        return [of_colmap(text)]
    if text.startswith(_HEADS):
        text = _TIGHT.sub(r"\1: ", text)
    parts = [part for part in _BETWEEN.split(_HEAD.sub("", text)) if part.strip()]
    if not parts:
        return []
    found = [yaml.load(parts[0], Loader=_Loader)]
    for part in parts[1:]:
        try:
            found.append(yaml.load(part, Loader=_Loader))
        except yaml.YAMLError:  # the printing was interrupted
            break
    return found


def _of_xml(root: ElementTree.Element) -> dict[str, Any]:
    if root.tag == "calibration" and root.find("cameras") is not None:
        raise VtmError(
            "is Qualisys' calibration of its own cameras; Pose2Sim's calibration (calibration_type = 'convert', "
            "convert_from = 'qualisys') writes a .toml of it, which is read"
        )
    return {child.tag: _of_xml(child) if len(child) else _words(child) for child in root}


def _words(leaf: ElementTree.Element) -> Any:
    """A leaf's text; of several numbers, or of what may be a list of one, the list."""
    words = (leaf.text or "").split()
    return words if len(words) > 1 or leaf.tag == "data" else "".join(words)
