"""The house: imports run down the floors only, the rooms of a floor form no circle, and each library has its rooms."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent
FLOORS = ("vtm", "vtm_trt", "vtm_robot", "vtm_tools", "vtm_ros")
"""From the ground up."""
ROS = {"rclpy", "launch", "launch_ros", "tf2_ros", "cv_bridge", "ament_index_python", "builtin_interfaces"}
PLACES = {
    **{library: ("vtm_ros",) for library in ROS},
    "torch": (
        "vtm/nets",
        "vtm/samples",
        "vtm/train",
        "vtm_trt/engine/backends",
        "vtm_tools/cli",
        "vtm_tools/hand_training",
    ),
    "tensorrt": ("vtm_trt/engine",),
    "onnxruntime": ("vtm/train", "vtm_trt/engine", "vtm_tools/doctor"),
    "openvino": ("vtm_trt/engine",),
    "pyarrow": ("vtm_tools/batch", "vtm_tools/export"),
    "h5py": ("vtm_tools/export",),
    "pxr": ("vtm_tools/export",),
    "daqp": ("vtm_robot/retarget",),
    "dask": ("vtm_tools/batch",),
    "distributed": ("vtm_tools/batch",),
    "mcap": ("vtm_trt/session_log",),
    "rerun": ("vtm_tools/view",),
    "typer": ("vtm_tools/cli",),
    "matplotlib": ("vtm/train", "vtm/mocap", "vtm_tools"),
}
"""Where alone a library may be imported."""
LARGEST_SHARE = 0.3
LONGEST_FILE = 300


def imported_modules(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Every (line, dotted name) that `source`, a module of `package`, imports, wherever in the module it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def every_import() -> list[tuple[Path, int, str]]:
    """(file relative to the package, line, dotted name) of every import of the product."""
    found = []
    for floor in FLOORS:
        for path in sorted((PACKAGE / floor).rglob("*.py")):
            file = path.relative_to(PACKAGE)
            package = ".".join(file.parent.parts)
            found += [(file, line, name) for line, name in imported_modules(path.read_text(), package)]
    return found


def room(module: str) -> str:
    """The room of a dotted name: a floor and a folder or file of it."""
    return ".".join(module.split(".")[:2])


IMPORTS = every_import()


def test_imports_run_down_the_floors() -> None:
    upward = [
        f"{file}:{line} imports {name}"
        for file, line, name in IMPORTS
        if name.split(".")[0] in FLOORS[FLOORS.index(file.parts[0]) + 1 :]
    ]
    assert not upward, "\n".join(upward)


def test_rooms_form_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for file, _, name in IMPORTS:
        here = room(".".join(file.with_suffix("").parts))
        if name.split(".")[0] in FLOORS and room(name) != here:
            below.setdefault(here, set()).add(room(name))
    order = list(TopologicalSorter(below).static_order())
    assert len(order) > 30


@pytest.mark.parametrize("library", sorted(PLACES))
def test_a_library_is_imported_in_its_rooms_only(library: str) -> None:
    elsewhere = [
        f"{file}:{line}"
        for file, line, name in IMPORTS
        if name.split(".")[0] == library and not file.as_posix().startswith(tuple(f"{p}/" for p in PLACES[library]))
    ]
    assert not elsewhere, f"{library} is imported in {', '.join(elsewhere)}"


def test_messages_of_ros_stay_on_their_floor() -> None:
    messages = [
        f"{file}:{line} imports {name}"
        for file, line, name in IMPORTS
        if name.split(".")[0].endswith(("_msgs", "_srvs")) and file.parts[0] != "vtm_ros"
    ]
    assert not messages, "\n".join(messages)


def test_no_floor_and_no_file_outgrows_the_others() -> None:
    lines = {path: len(path.read_text().splitlines()) for floor in FLOORS for path in (PACKAGE / floor).rglob("*.py")}
    total = sum(lines.values())
    for floor in FLOORS:
        own = sum(count for path, count in lines.items() if path.is_relative_to(PACKAGE / floor))
        assert own < LARGEST_SHARE * total, floor
    assert max(lines.values()) <= LONGEST_FILE


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import torch.nn as nn", ["torch.nn"]),
        ("def f():\n    from vtm_ros.run import main", ["vtm_ros.run.main"]),
        ("from .. import sources", ["vtm_trt.sources"]),
        ("from .roi import Roi", ["vtm_trt.pose2d.roi.Roi"]),
        ("from vtm import nets", ["vtm.nets"]),
    ],
)
def test_imports_are_recognised(source: str, names: list[str]) -> None:
    assert [name for _, name in imported_modules(source, "vtm_trt.pose2d")] == names


def test_run_time_loads_no_torch() -> None:
    """No library that the run time imports pulls torch in either."""
    program = "import sys, vtm_tools.cli.app, vtm_trt.stream.person_stream; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
