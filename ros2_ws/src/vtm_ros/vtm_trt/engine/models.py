"""The networks that ship with the package: where they are and whether they are intact."""

import hashlib
from functools import cache
from pathlib import Path

from vtm.errors import VtmError

CHECKSUMS = "SHA256SUMS"


@cache
def models_folder() -> Path:
    """The folder with the shipped networks: of the source tree, or `share/vtm_ros/models` of the installation."""
    for parent in Path(__file__).resolve().parents:
        for folder in (parent / "models", parent / "share" / "vtm_ros" / "models"):
            if (folder / CHECKSUMS).is_file():
                return folder
    raise VtmError("the models folder is missing from this installation; install the package again (make setup)")


@cache
def model_path(name: str) -> Path:
    """Path of the shipped ONNX file `name`, e.g. "pose_landmark_full", after one check of its SHA-256 per process."""
    folder = models_folder()
    lines = (line.split(maxsplit=1) for line in (folder / CHECKSUMS).read_text().splitlines() if line.strip())
    checksums = {file: digest for digest, file in lines}
    path = folder / f"{name}.onnx"
    if path.name not in checksums:
        known = ", ".join(sorted(file.removesuffix(".onnx") for file in checksums if file.endswith(".onnx")))
        raise VtmError(f"there is no shipped network '{name}'; there are: {known}")
    if not path.is_file():
        raise VtmError(f"the network {path} is missing; restore it (git checkout, or install the package again)")
    if hashlib.sha256(path.read_bytes()).hexdigest() != checksums[path.name]:
        raise VtmError(f"the network {path} is damaged; restore it (git checkout, or install the package again)")
    return path
