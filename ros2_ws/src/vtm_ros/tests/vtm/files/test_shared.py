"""The files of a package, in each way that it can be installed."""

from pathlib import Path

import pytest

from vtm.errors import VtmError
from vtm.files import shared


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """`installed(PREFIX, PACKAGE)` installs files of a package; the code is in PREFIX one, away from its source."""
    code = tmp_path / "one/lib/python3.12/site-packages"
    monkeypatch.setattr(shared, "__file__", str(code / "vtm/files/shared.py"))
    monkeypatch.setattr(shared, "_SOURCE", code)
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)

    def install(prefix: str, package: str) -> Path:
        folder = tmp_path / prefix / "share" / package
        folder.mkdir(parents=True)
        (folder / "package.xml").touch()
        return folder

    shared.share_folder.cache_clear()
    yield install
    shared.share_folder.cache_clear()


def test_the_source_tree():
    folder = shared.share_folder()
    assert (folder / "setup.py").is_file() and (folder / "vtm/files/shared.py").samefile(shared.__file__)
    assert shared.share_folder("vtm_ros_heavy") == folder.parent / "vtm_ros_heavy"


def test_an_installation_by_pip(installed):
    assert installed("one", "vtm_ros") == shared.share_folder()


def test_another_package_in_the_environment_on_top(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(shared.sys, "prefix", str(tmp_path / "venv"))
    assert installed("venv", "vtm_ros_heavy") == shared.share_folder("vtm_ros_heavy")


def test_colcon_with_a_prefix_for_each_package(installed, tmp_path, monkeypatch):
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path}/nowhere:{tmp_path}/two")
    assert installed("two", "vtm_ros_heavy") == shared.share_folder("vtm_ros_heavy")


def test_what_is_not_installed_is_said_with_the_remedy_and_found_once_it_is(installed):
    with pytest.raises(VtmError, match="install the package vtm_ros_heavy again"):
        shared.share_folder("vtm_ros_heavy")
    assert installed("one", "vtm_ros_heavy") == shared.share_folder("vtm_ros_heavy")
