"""What every room of the tests may ask for."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests train tiny networks; more threads only wait for each other
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # and where a test has two, they sleep while they wait

# A busy machine is no failure, and the same code gives the same result; HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real sample videos that `make setup` fetches."""
    folder = Path(sys.prefix) / "share/vtm/clips"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing; `make setup` fetches it")
    return folder
