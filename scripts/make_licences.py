"""Write docs/licences.md: every dependency with its licence, from the metadata of what is installed.

scripts/setup.sh test && .venv/bin/python scripts/make_licences.py
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from declared_licence import licence

from vtm.files.atomic_file import atomic_file

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
FILES = {
    "run.txt": "What the program needs to run",
    "ros.txt": "ROS 2 as wheels, where none is installed",
    "view.txt": "The viewer, optional",
    "batch.txt": "Archives of videos, optional",
    "export.txt": "Some formats of `vtm retarget` and `vtm export`, optional",
    "build.txt": "Setting up",
    "test.txt": "Tests and training",
    "docs.txt": "The documentation as a site",
    "render.txt": "Rendering people, for tests and training",
    "clips.txt": "Sample videos: downloaded, never installed",
    "simulation.txt": "A simulated robot to try teleoperation on",
    "robots.txt": "Robots for tests and benchmarks: downloaded, never installed",
    "convert_blazepose.txt": "Converting the 2D networks once, in an environment of its own",
    "nvidia.txt": "NVIDIA's compilers: for tests on x86-64 only, never at run time",
}
HEAD = """\
# Licences

vtm_ros is under Apache-2.0. The networks that come with it, and what they learned from, are in [NOTICE](../NOTICE).
No SMPL, AMASS or Human3.6M data or weights are used anywhere.

Below is every package that `requirements/` pins, with the licence that its own metadata declares. Nothing of it is part
of this repository. Written by `scripts/make_licences.py`; a test holds it against what is installed.

Wheels hold libraries of their own. The FFmpeg inside opencv-python-headless, which reads video, is under LGPL-2.1 and
built without parts under the GPL. (PyAV's wheels hold x264 and x265, which are under the GPL: they are not used.)
"""


def pins(file: str) -> Iterator[tuple[str, str, str]]:
    """Name, version, reason of each line of requirements/`file`."""
    for line in (ROOT / "requirements" / file).read_text().splitlines():
        found = re.match(r"([\w.-]+)==([\w.+]+)[^#]*(?:#\s*(.*))?", line)
        if found:
            yield found[1], found[2], found[3] or ""


def page() -> str:
    """The whole page; raises SystemExit for a package without a licence."""
    parts, direct = [HEAD], set()
    for file, title in FILES.items():
        if not (ROOT / "requirements" / file).is_file():
            continue
        parts.append(f"## {title}: `requirements/{file}`\n\n| package | version | licence | for |\n|---|---|---|---|")
        for name, version, reason in pins(file):
            direct.add(name.lower())
            parts.append(f"| {name} | {version} | {_known(name)} | {reason} |")
        parts.append("")
    brought: dict[str, list[str]] = defaultdict(list)
    for name, _, _ in pins("constraints.txt"):
        if name.lower() not in direct:
            brought[licence(name) or "not installed on this Python"].append(name)
    parts.append("## What these bring along: `requirements/constraints.txt`\n\n| licence | packages |\n|---|---|")
    parts += [f"| {name} | {', '.join(packages)} |" for name, packages in sorted(brought.items())]
    return "\n".join(parts) + "\n"


def _known(name: str) -> str:
    found = licence(name)
    if found is None:
        raise SystemExit(
            f"error: the licence of {name} is unknown; install it, or add it to scripts/declared_licence.py"
        )
    return found


def main() -> int:
    argparse.ArgumentParser(description="Write docs/licences.md from the metadata of what is installed.").parse_args()
    text = page()
    with atomic_file(PAGE) as part:
        part.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
