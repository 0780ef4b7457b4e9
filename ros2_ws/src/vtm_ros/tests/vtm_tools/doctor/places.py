"""Machines that are made up in a folder."""

import sys
from pathlib import Path

from vtm_tools.doctor.finding import Finding

HERE = ".".join(map(str, sys.version_info[:2]))


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


def only(findings, name: str) -> Finding:
    (found,) = [finding for finding in findings if finding.name == name]
    return found
