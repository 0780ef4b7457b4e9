"""The networks that ship with the package: where they are and whether they are intact."""

import hashlib
from functools import cache
from pathlib import Path

from vtm.errors import VtmError
from vtm.files.shared import share_folder

CHECKSUMS = "SHA256SUMS"
APART = {"pose_landmark_heavy": "vtm_ros_heavy"}
"""Networks in packages of their own, by the package's name."""


def models_folder() -> Path:
    """The folder with the networks of this package."""
    return share_folder() / "models"


def networks() -> list[Path]:
    """Paths of all ONNX files that are installed, those in packages of their own last."""
    apart = [_folder(name) for name in APART if is_installed(name)]
    return [path for folder in (models_folder(), *apart) for path in _listed(folder)]


def is_installed(name: str) -> bool:
    """Whether the package that holds the network `name` is installed."""
    try:
        return _folder(name).is_dir()
    except VtmError:
        return False


@cache
def model_path(name: str) -> Path:
    """Path of the shipped ONNX file `name`, e.g. "pose_landmark_full", after one check of its SHA-256 per process.

    Raises:
        VtmError: There is no such network, or its file is missing or damaged.
    """
    folder = _folder(name)
    checksums = _checksums(folder)
    path = folder / f"{name}.onnx"
    if path.name not in checksums:
        raise VtmError(
            f"there is no shipped network '{name}'; there are: {', '.join(path.stem for path in networks())}"
        )
    if not path.is_file():
        raise VtmError(f"the network {path} is missing; restore it (git checkout, or install the package again)")
    if hashlib.sha256(path.read_bytes()).hexdigest() != checksums[path.name]:
        raise VtmError(f"the network {path} is damaged; restore it (git checkout, or install the package again)")
    return path


def _folder(name: str) -> Path:
    package = APART.get(name)
    if package is None:
        return models_folder()
    try:
        return share_folder(package) / "models"
    except VtmError as missing:
        raise VtmError(
            f"the network {name} is in a package of its own; install {package} (with pip, or with colcon)"
        ) from missing


def _checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a models folder."""
    lines = (line.split(maxsplit=1) for line in (folder / CHECKSUMS).read_text().splitlines() if line.strip())
    return {file: digest for digest, file in lines}


def _listed(folder: Path) -> list[Path]:
    return sorted(folder / file for file in _checksums(folder) if file.endswith(".onnx"))
