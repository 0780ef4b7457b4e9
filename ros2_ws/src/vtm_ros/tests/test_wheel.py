"""The wheels, installed where nothing is but what they ask for: no source tree, no ROS 2, no PyTorch."""

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

import cv2
import pytest

from tests.packaging import HEAVY, PACKAGE, version
from vtm.files.motion_file import MotionClip

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
QUESTIONS = """
import importlib.util, sys
from pathlib import Path
import vtm.samples
from vtm.files.shared import share_folder
from vtm_tools.bench.baseline_environment import REQUIREMENTS
from vtm_trt.engine.kernels import __file__ as kernels
from vtm_trt.engine.models import networks

assert Path(vtm.__file__).is_relative_to(sys.prefix), vtm.__file__
assert share_folder() == Path(sys.prefix, "share/vtm_ros")
for file in ("config/train.yaml", "config/fastdds_shm.xml", "launch/capture.launch.py", "rviz/capture.rviz", "LICENSE"):
    assert (share_folder() / file).is_file(), file
samples, kernel = Path(vtm.samples.__file__), Path(kernels).with_name("crop.cu")
for file in (samples.with_name("pose2d_errors.npz"), samples.with_name("proportions.npz"), REQUIREMENTS, kernel):
    assert file.is_file(), file
assert not any(map(importlib.util.find_spec, ("torch", "rclpy", "rerun", "openvino")))
print(*(path.stem for path in networks()))
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> list[Path]:
    """The wheels of vtm_ros and vtm_ros_heavy, built from copies: building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheels")
    rubbish = shutil.ignore_patterns("tests", "__pycache__", "*.egg-info", "build")
    copies = [shutil.copytree(source, folder / source.name, ignore=rubbish) for source in (PACKAGE, HEAVY)]
    build = [*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder]
    subprocess.run([*build, *copies], check=True, env=plain())
    return [next(folder.glob(f"{copy.name}-*.whl")) for copy in copies]


@pytest.fixture(scope="session")
def installed(wheels, tmp_path_factory) -> Path:
    """An environment with the wheel of vtm_ros, what it asks for, and what that asks for."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    install(folder, wheels[0])
    site = next(folder.glob("lib/python3*/site-packages"))
    for package in asked_for(wheels[0]):
        for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(package.locate_file(top))))
    return folder


def plain() -> dict[str, str]:
    """This environment, without what leads to other packages."""
    leading = ("PYTHONPATH", "PYTHONHOME", "AMENT_PREFIX_PATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in leading}


def install(folder: Path, wheel: Path) -> None:
    command = [*PIP, "--python", folder / "bin/python", "install", "--no-deps", "--no-index", "--no-compile", wheel]
    subprocess.run(command, check=True, env=plain())


def asked_for(wheel: Path) -> list[Distribution]:
    """The packages that the wheel needs, and all that they need."""
    markers = pytest.importorskip("packaging.requirements")
    found: dict[str, Distribution] = {}
    wanted = re.findall(r"^Requires-Dist: (.*)$", metadata(wheel), re.MULTILINE)
    while wanted:
        requirement = markers.Requirement(wanted.pop())
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[requirement.name] = distribution(requirement.name)
        wanted += found[requirement.name].requires or ()
    return list(found.values())


def metadata(wheel: Path) -> str:
    with ZipFile(wheel) as content:
        return content.read(f"{'-'.join(wheel.name.split('-')[:2])}.dist-info/METADATA").decode()


def ask(folder: Path, *words: object) -> str:
    command = [str(folder / "bin" / str(words[0])), *map(str, words[1:])]
    done = subprocess.run(command, cwd=folder, env=plain(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_says_what_it_is(wheels):
    told = metadata(wheels[0])
    fields = dict(re.findall(r"^([\w-]+): (.*)$", told.split("\n\n")[0], re.MULTILINE))
    assert fields["Version"] == version(PACKAGE) and fields["License-Expression"] == "Apache-2.0"
    assert {"Summary", "Author", "Keywords", "Classifier", "Project-URL", "Requires-Python"} <= set(fields)
    assert (PACKAGE / "README.md").read_text().strip() in told


def test_licences_and_types_are_in_it_and_tests_are_not(wheels):
    for wheel in wheels:
        with ZipFile(wheel) as content:
            names = content.namelist()
        for file in ("LICENSE", "NOTICE"):
            assert any(name.endswith(f".dist-info/{file}") or name.endswith(f"licenses/{file}") for name in names)
        assert not any("test" in Path(name).parts or "tests" in Path(name).parts for name in names)
    with ZipFile(wheels[0]) as content:
        typed = {Path(name).parent.name for name in content.namelist() if name.endswith("/py.typed")}
    assert typed == {path.parent.name for path in PACKAGE.glob("vtm*/__init__.py")}


def test_what_it_needs_is_found_and_the_heavy_network_once_it_is_installed(installed, wheels):
    assert "pose_landmark_full" in ask(installed, "python", "-c", QUESTIONS)
    assert "heavy" not in ask(installed, "python", "-c", QUESTIONS)
    install(installed, wheels[1])
    assert "pose_landmark_heavy" in ask(installed, "python", "-c", QUESTIONS)


def test_it_captures_a_clip(installed, clips, tmp_path):
    film = cv2.VideoCapture(str(clips / "pose2sim/cam03.mp4"))
    brief = cv2.VideoWriter(str(tmp_path / "brief.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (544, 960))
    for _ in range(10):
        brief.write(cv2.resize(film.read()[1], (544, 960), interpolation=cv2.INTER_AREA))
    brief.release()

    assert ask(installed, "vtm", "--version") == f"vtm {version(PACKAGE)}\n"
    outputs = ("--bvh", tmp_path / "m.bvh", "--overview", tmp_path / "m.png", "--pose-model", "lite")
    ask(installed, "vtm", "capture", tmp_path / "brief.mp4", "--out", tmp_path / "m.npz", *outputs)
    assert MotionClip.load(tmp_path / "m.npz").valid.all()
    assert (tmp_path / "m.bvh").is_file() and (tmp_path / "m.png").is_file()
