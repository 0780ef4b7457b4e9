"""What package.xml, setup.py and the code say of each other: dependencies, versions, licences."""

import re
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml

from tests.packaging import HEAVY, PACKAGE, ROOT, distribution, package_xml, version
from tests.test_architecture import FLOORS, every_import, imported_modules

NEEDED = {
    "array_api_compat": ("array-api-compat", None),
    "cv2": ("opencv-python-headless", "python3-opencv"),
    "daqp": ("daqp", None),
    "matplotlib": ("matplotlib", "python3-matplotlib"),
    "mcap": ("mcap", None),
    "numpy": ("numpy", "python3-numpy"),
    "onnxruntime": ("onnxruntime", "python3-onnxruntime-pip"),
    "PIL": ("pillow", "python3-pil"),
    "rich": ("rich", "python3-rich"),
    "scipy": ("scipy", "python3-scipy"),
    "threadpoolctl": ("threadpoolctl", None),
    "typer": ("typer", None),  # python3-typer of Ubuntu 24.04 is 0.9, which knows neither Literal nor |
    "yaml": ("PyYAML", "python3-yaml"),
}
"""What is imported: its name for pip, and for rosdep where that has one."""
THROUGH = {"lz4": "mcap", "zstandard": "mcap", "dask": "distributed"}
"""What another package brings along, as both need the same."""
EXTRAS = {
    "anny": "anny",
    "distributed": "distributed",
    "h5py": "h5py",
    "moderngl": "moderngl",
    "onnx": "onnx",
    "onnxscript": "onnxscript",
    "openvino": "openvino",
    "pxr": "usd-core",
    "pyarrow": "pyarrow",
    "rerun": "rerun-sdk",
    "safetensors": "safetensors",
    "torch": "torch",
}
"""What is imported where it is installed: its name for pip."""
ELSEWHERE = {"hri_msgs", "mediapipe"}
"""Not in every ROS 2; in an environment of its own."""
LACKING = "python3 -m pip install " + " ".join(sorted(pip for pip, rosdep in NEEDED.values() if rosdep is None))


def names(requirements: list[str]) -> set[str]:
    """Names of packages without versions and markers."""
    return {re.match(r"[\w.-]+", requirement)[0] for requirement in requirements}


def imported() -> set[str]:
    """Top names of everything that the floors and the launch files import, without their own and Python's."""
    found = {name.split(".")[0] for _, _, name in every_import()}
    for file in (PACKAGE / "launch").glob("*.py"):
        found |= {name.split(".")[0] for _, name in imported_modules(file.read_text(), "")}
    return found - set(FLOORS) - set(sys.stdlib_module_names)


def depends(kind: str) -> set[str]:
    return {entry.text for entry in package_xml(PACKAGE).iter(kind)}


def test_all_that_is_imported_is_declared_and_nothing_else():
    python = {rosdep for _, rosdep in NEEDED.values() if rosdep}
    ros = depends("exec_depend") - python
    assert imported() == {*NEEDED, *THROUGH, *EXTRAS, *ELSEWHERE, *ros}
    assert depends("exec_depend") >= python


def test_pip_is_asked_for_what_is_imported():
    setup = distribution(PACKAGE)
    assert names(setup.install_requires) == {pip for pip, _ in NEEDED.values()}
    extras = {name: names(packages) for name, packages in setup.extras_require.items() if name != "test"}
    assert set.union(*extras.values()) == set(EXTRAS.values())
    for package, bringer in THROUGH.items():
        assert package in names(requires(bringer))


def test_pins_are_of_what_is_asked_for():
    pinned = names([line for line in (ROOT / "requirements/run.txt").read_text().splitlines() if not line[0] == "#"])
    assert pinned == {pip for pip, _ in NEEDED.values()}


@pytest.mark.parametrize(
    "file", [PACKAGE / "package.xml", PACKAGE / "README.md", ROOT / "docs/quickstart.md"], ids=lambda file: file.name
)
def test_what_rosdep_lacks_is_named_with_the_line_of_pip(file: Path):
    assert LACKING in file.read_text()


def test_the_version_is_written_once():
    assert distribution(PACKAGE).get_version() == version(PACKAGE) == version(HEAVY)
    assert distribution(HEAVY).get_version() == version(HEAVY)


@pytest.mark.parametrize("file", ["LICENSE", "NOTICE"])
def test_the_licence_goes_along_with_the_package(file: str):
    assert (PACKAGE / file).read_bytes() == (ROOT / file).read_bytes()


def test_the_licence_goes_along_with_the_heavy_network():
    assert (HEAVY / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    conversion = (HEAVY / "NOTICE").read_text().partition("pose_landmark_heavy.onnx)\n")[2]
    assert conversion and conversion in (PACKAGE / "NOTICE").read_text()


@pytest.mark.parametrize("floor", FLOORS)
def test_each_floor_says_that_it_has_types(floor: str):
    assert (PACKAGE / floor / "py.typed").is_file()


def test_continuous_integration_tries_every_python_that_setup_allows():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    allowed = {entry.split(" :: ")[-1] for entry in distribution(PACKAGE).get_classifiers() if " Python :: " in entry}
    assert set(jobs["wheel"]["strategy"]["matrix"]["python"]) == allowed
    for steps in (job["steps"] for job in jobs.values()):
        assert all(("run" in step) != ("uses" in step) for step in steps)
