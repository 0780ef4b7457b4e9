import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from vtm.errors import VtmError
from vtm.files import shared
from vtm_trt.engine import models

BLAZEPOSE = ("pose_detection", "pose_landmark_lite", "pose_landmark_full", "pose_landmark_heavy")
HANDS = ("hand_landmark_lite", "hand_landmark_full")
PLAIN = {
    "Add", "Cast", "Clip", "Concat", "Conv", "DepthToSpace", "Gemm", "GlobalAveragePool", "MaxPool", "Pad", "Reshape",
    "Resize", "Sigmoid", "Squeeze", "Transpose",
}  # fmt: skip


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A models folder of our own with one network, and the cache emptied before and after."""
    folder = models.models_folder()
    for file in ("SHA256SUMS", "pose_landmark_lite.onnx"):
        shutil.copy(folder / file, tmp_path / file)
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path)
    models.model_path.cache_clear()
    yield tmp_path
    models.model_path.cache_clear()


@pytest.mark.parametrize("name", BLAZEPOSE)
def test_shipped_network_is_intact(name):
    path = models.model_path(name)
    assert path.name == f"{name}.onnx"
    assert path.is_file()


def test_unknown_network_names_those_that_ship():
    with pytest.raises(VtmError, match="pose_landmark_full"):
        models.model_path("pose_landmark_huge")


def test_damaged_network_is_refused(copied):
    assert models.model_path("pose_landmark_lite").parent == copied
    models.model_path.cache_clear()
    content = bytearray((copied / "pose_landmark_lite.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copied / "pose_landmark_lite.onnx").write_bytes(content)
    with pytest.raises(VtmError, match="damaged; restore it"):
        models.model_path("pose_landmark_lite")


def test_missing_network_is_named(copied):
    with pytest.raises(VtmError, match="pose_landmark_full.onnx is missing"):
        models.model_path("pose_landmark_full")


def test_a_network_in_a_package_of_its_own_says_which(monkeypatch):
    def missing(package="vtm_ros"):
        if package != "vtm_ros":
            raise VtmError("missing")
        return shared.share_folder()

    monkeypatch.setattr(models, "share_folder", missing)
    models.model_path.cache_clear()
    assert not models.is_installed("pose_landmark_heavy") and models.is_installed("vtm")
    assert [path.stem for path in models.networks()].count("pose_landmark_heavy") == 0
    with pytest.raises(VtmError, match="install vtm_ros_heavy"):
        models.model_path("pose_landmark_heavy")


def test_the_networks_that_ship_are_listed():
    assert {path.stem for path in models.networks()} == {*BLAZEPOSE, *HANDS, "hand_lifter", "vtm"}


@pytest.mark.parametrize("name", [*BLAZEPOSE, *HANDS])
def test_2d_networks_are_plain_static_and_half_precision(name):
    model = onnx.load(models.model_path(name))
    onnx.checker.check_model(model, full_check=True)
    assert {node.op_type for node in model.graph.node} <= PLAIN
    assert [(entry.domain, entry.version <= 18) for entry in model.opset_import] == [("", True)]
    for value in (*model.graph.input, *model.graph.output):
        assert all(dimension.dim_value > 0 for dimension in value.type.tensor_type.shape.dim)
    weights = [numpy_helper.to_array(tensor) for tensor in model.graph.initializer]
    assert sum(weight.size for weight in weights if weight.dtype == np.float32) < 100
