"""What every room of the tests may ask for."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests train tiny networks; more threads only wait for each other
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # and where a test has two, they sleep while they wait

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real sample videos that `make setup` fetches."""
    folder = Path(sys.prefix) / "share/vtm/clips"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing; `make setup` fetches it")
    return folder
