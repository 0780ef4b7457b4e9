"""Imports run downwards only: vtm_ros -> vtm_trt -> vtm, and each floor keeps clear of what belongs above it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent
ROS = {"rclpy", "launch", "launch_ros", "tf2_ros", "cv_bridge", "ament_index_python", "builtin_interfaces"}
LEARNING = ("vtm.learn.command", "vtm.learn.data_command", "vtm.learn.held_out")
"""The doors to the learning room: they import PyTorch only when they run, as the last test here checks."""
REFERENCE = ("torch.py", "torch_operators.py")
"""The backend torch: imported only when it is chosen, as tests/trt/test_backend_choice.py checks."""
FORBIDDEN = {
    "vtm": {"vtm_trt", "vtm_ros", "tensorrt", *ROS},
    "vtm_trt": {"vtm_ros", "torch", "vtm.nets", "vtm.learn", *ROS - {"ament_index_python"}},
    "vtm_ros": {"torch", "vtm.nets", "vtm.learn", "onnxruntime", "tensorrt"},
    "vtm/body": {"torch", "cv2", "vtm.nets", "vtm.learn"},
    "vtm/nets": {"vtm.learn"},
}
RULES = sorted(FORBIDDEN.items())


def imported_modules(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Every (line, dotted name) that `source`, a module of `package`, imports, wherever in the module it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_forbidden(module: str, forbidden: set[str]) -> bool:
    if module.startswith(LEARNING):
        return False
    return any(module == name or module.startswith(f"{name}.") for name in forbidden) or (
        "rclpy" in forbidden and module.split(".")[0].endswith(("_msgs", "_srvs"))
    )


@pytest.mark.parametrize(("room", "forbidden"), RULES, ids=[room for room, _ in RULES])
def test_imports_run_downwards(room: str, forbidden: set[str]) -> None:
    files = sorted(file for file in (PACKAGE / room).rglob("*.py") if file.name not in REFERENCE)
    assert files
    upward = []
    for file in files:
        package = ".".join(file.relative_to(PACKAGE).parent.parts)
        for line, module in imported_modules(file.read_text(), package):
            if is_forbidden(module, forbidden):
                upward.append(f"{file.relative_to(PACKAGE)}:{line} imports {module}")
    assert not upward, "\n".join(upward)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import torch.nn as nn", ["torch.nn"]),
        ("def f():\n    from vtm_ros.run import main", ["vtm_ros.run.main"]),
        ("from .. import stream", ["vtm_trt.stream"]),
        ("from .roi import Roi", ["vtm_trt.pose2d.roi.Roi"]),
        ("from vtm import nets", ["vtm.nets"]),
    ],
)
def test_imports_are_recognised(source: str, names: list[str]) -> None:
    assert [name for _, name in imported_modules(source, "vtm_trt.pose2d")] == names


def test_run_time_loads_no_torch() -> None:
    """No library that the run time imports pulls torch in either."""
    program = "import sys, vtm_trt.cli.app, vtm_trt.stream, vtm_trt.pose2d; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
