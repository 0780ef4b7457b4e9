"""The environment that MediaPipe runs in, apart from vtm's: made once, where somebody asks for it."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file

REQUIREMENTS = Path(__file__).with_name("mediapipe.txt")
FOLDER = Path(sys.prefix) / "peers/mediapipe"
NEWEST_PYTHON = (3, 12)
"""The newest Python that MediaPipe has wheels for."""
NPM_PACKAGE = "@mediapipe/pose@0.5.1675469404"
"""Has the networks that the wheel lacks (Apache-2.0)."""
NETWORKS = {
    "pose_landmark_lite.tflite": "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    "pose_landmark_heavy.tflite": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
}
"""SHA-256 of each."""


def baseline_python(networks: Iterable[str] = ()) -> Path:
    """The Python of the baseline's environment.

    Args:
        networks: Of NETWORKS, those that are needed.

    Raises:
        VtmError: `install_baseline` has not made it, or not for these networks.
    """
    if not _is_made():
        raise VtmError(
            f"MediaPipe is not in {FOLDER}; add --install-baseline once, which gets it from the Python package index"
        )
    for network in networks:
        if not (_modules() / network).is_file():
            raise VtmError(f"MediaPipe in {FOLDER} lacks {network}; add --install-baseline once, which gets it by npm")
    return FOLDER / "bin/python"


def install_baseline(networks: Iterable[str] = ()) -> None:
    """Make the baseline's environment unless it is there, and fetch the networks that it lacks; needs the network.

    Raises:
        VtmError: There is no Python for it, or the installation fails.
    """
    if not _is_made():
        _make()
    if missing := [network for network in networks if not (_modules() / network).is_file()]:
        _fetch(missing)


def _is_made() -> bool:
    stamp = FOLDER / REQUIREMENTS.name
    return stamp.is_file() and stamp.read_text() == REQUIREMENTS.read_text()


def _modules() -> Path:
    """The folder where MediaPipe looks for the networks of its pose solution."""
    return next(FOLDER.glob("lib/python3*/site-packages/mediapipe/modules/pose_landmark"), FOLDER / "absent")


def _make() -> None:
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        raise VtmError(f"MediaPipe has no wheels for Pythons after {newest}; run vtm with Python {newest} or older")
    _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
    pip = [str(FOLDER / "bin/python"), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "install", "--quiet", "-r", str(REQUIREMENTS)])
    (FOLDER / REQUIREMENTS.name).write_text(REQUIREMENTS.read_text())


def _fetch(networks: Iterable[str]) -> None:
    npm = shutil.which("npm")
    if not npm:
        raise VtmError("npm fetches MediaPipe's lite and heavy networks and is missing; run: apt-get install npm")
    with TemporaryDirectory() as temporary:
        _run([npm, "pack", "--silent", NPM_PACKAGE], temporary)
        (packed,) = Path(temporary).glob("*.tgz")
        with tarfile.open(packed) as archive:
            for network in networks:
                member = archive.extractfile(f"package/{network}")
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != NETWORKS[network]:
                    raise VtmError(f"{network} of the npm package {NPM_PACKAGE} is not what it was; check the registry")
                with atomic_file(_modules() / network) as part:
                    part.write_bytes(content)


def _run(command: list[str], folder: str | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        why = (done.stderr + done.stdout).strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise VtmError(f"MediaPipe could not be installed into {FOLDER}: {why[0]}; check the network and free space")
