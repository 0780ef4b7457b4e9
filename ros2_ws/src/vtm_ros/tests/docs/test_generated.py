"""The pages that are written from the code are up to date."""

import subprocess
import sys
from dataclasses import is_dataclass
from importlib.metadata import PackageNotFoundError, distribution

import pytest

from tests.docs.pages import ROOT


def test_reference():
    asked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_reference.py", "--check"], capture_output=True, text=True, timeout=60
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr


def test_every_node_is_in_the_reference():
    import reference_ros

    from vtm_ros import parameters

    kinds = {kind for name, kind in vars(parameters).items() if name.endswith("Parameters") and is_dataclass(kind)}
    assert set(reference_ros.NODES.values()) == kinds - {parameters.BodyParameters}


def test_licences():
    import make_licences

    try:
        for file in ("run.txt", "ros.txt", "test.txt", "docs.txt", "render.txt"):
            for name, _, _ in make_licences.pins(file):
                distribution(name)
    except PackageNotFoundError as missing:
        pytest.skip(f"{missing.name} is not installed here, so its licence cannot be read")
    assert make_licences.PAGE.read_text() == make_licences.page(), "run scripts/make_licences.py"
