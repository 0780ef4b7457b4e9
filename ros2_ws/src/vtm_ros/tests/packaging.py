"""The packages as setuptools and ROS 2 see them."""

import os
from distutils.core import Distribution, run_setup
from pathlib import Path
from xml.etree import ElementTree

import setuptools  # noqa: F401, whose distutils it is

PACKAGE = Path(__file__).parent.parent
HEAVY = PACKAGE.parent / "vtm_ros_heavy"
ROOT = PACKAGE.parents[2]


def package_xml(folder: Path) -> ElementTree.Element:
    return ElementTree.parse(folder / "package.xml").getroot()


def version(folder: Path) -> str:
    found = package_xml(folder).findtext("version")
    assert found
    return found


def distribution(folder: Path) -> Distribution:
    """What setup.py of a package says."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return run_setup("setup.py", stop_after="init")
    finally:
        os.chdir(before)
