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


LONG = (
    "vtm_tools/view/test_in_browser.py",
    "docs/test_site.py",
    "vtm_ros/test_programs.py",
    "vtm/train/test_train.py",
    "vtm_tools/cli/test_bench.py",
    "vtm_ros/test_capture_node.py",
    "docs/test_commands.py",
    "vtm_tools/camera_calibration/test_calibrate.py",
    "vtm/samples/test_render_cases.py",
    "vtm_ros/test_lifecycle.py",
    "vtm/nets/test_encoders.py",
    "vtm_ros/test_replay.py",
    "vtm_ros/test_signals.py",
    "vtm_tools/cli/test_build.py",
    "vtm_tools/evaluation/test_world.py",
    "vtm_trt/engine/test_compile_gate.py",
    "vtm_trt/stream/test_still_person.py",
    "vtm_trt/engine/test_tensorrt_plans.py",
    "vtm_ros/test_security.py",
    "vtm_trt/engine/test_backends.py",
    "vtm_tools/cli/test_eval.py",
    "vtm_ros/test_demo.py",
    "vtm_tools/cli/test_capture.py",
    "vtm_trt/bundle_adjustment/test_pieces.py",
    "test_wheel.py",
    "vtm_trt/engine/test_backend_parity.py",
    "vtm_tools/cli/test_lift.py",
    "vtm_tools/render/test_whole_or_not.py",
)
"""Files that take long. They come first, so that no worker is left with one of them when the others have nothing to do.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent
    names = {item.path: str(item.path.relative_to(root)) for item in items if item.path.is_relative_to(root)}
    place = {path: LONG.index(name) if name in LONG else len(LONG) for path, name in names.items()}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real sample videos that `make setup` fetches."""
    folder = Path(sys.prefix) / "share/vtm/clips"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing; `make setup` fetches it")
    return folder
