"""The names that TensorRT's Python module has, read from its source, for the tests of the TensorRT runner.

    git clone https://github.com/NVIDIA/TensorRT; git -C TensorRT checkout v10.3.0
    python scripts/tensorrt_surface.py TensorRT > ros2_ws/src/vtm_ros/tests/vtm_trt/engine/data/tensorrt_10.3.json

A line per class; the module's own names are under "". Layers are left out: nobody here makes networks by hand.
"""

import re
import sys
from json import dumps
from pathlib import Path

BINDINGS = ("infer/pyFoundationalTypes.cpp", "infer/pyCore.cpp", "infer/pyGraph.cpp", "parsers/pyOnnx.cpp")
PYTHON = "packaging/bindings_wheel/tensorrt/__init__.py"
_CLASS = re.compile(r"py::(?:class_|enum_)<")
_NAME = re.compile(r'"(\w+)"')
_MEMBER = re.compile(r'\.(?:def|def_\w+|value)\(\s*"(\w+)"')
_LAYER = re.compile(r"I\w+Layer$|I\w+Boundary$")


def surface(folder: Path) -> dict[str, list[str]]:
    """Class -> its names, for a checkout of NVIDIA/TensorRT."""
    module, classes = set[str](), dict[str, set[str]]()
    for binding in BINDINGS:
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", (folder / "python" / "src" / binding).read_text(), flags=re.S)
        module.update(re.findall(r'\bm\.(?:attr|def)\(\s*"(\w+)"', text))
        for part in _CLASS.split(text)[1:]:
            if name := _NAME.search(part):
                classes.setdefault(name[1], set()).update(_MEMBER.findall(part))
    python = (folder / "python" / PYTHON).read_text()
    module.update(re.findall(r"^def (\w+)", python, re.M), re.findall(r"^(\w+) = ", python, re.M))
    for name, member in re.findall(r"^(\w+)\.(\w+) = ", python, re.M):
        classes.setdefault(name, set()).add(member)
    # The one enumeration inside a class; its values are names of that class and of Logger, too.
    severity = classes.pop("Severity")
    classes["ILogger"] |= severity | {"Severity"}
    classes["Logger"] |= severity
    kept = {name: members for name, members in classes.items() if not _LAYER.match(name)}
    public = {name for name in module | set(kept) if not re.match(r"_[^_]", name)}
    return {"": sorted(public)} | {name: sorted(kept[name]) for name in sorted(kept)}


if __name__ == "__main__":
    lines = [f"{dumps(name)}: {dumps(members)}" for name, members in surface(Path(sys.argv[1])).items()]
    print("{\n" + ",\n".join(lines) + "\n}")
