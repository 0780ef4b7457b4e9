import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from vtm.errors import VtmError
from vtm_trt.backends import BACKENDS, load_runner


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """sum = a + b, scaled = 2 a, for (1, 3) float32."""
    two = helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "two"], ["scaled"])]
    entries = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("a", "b", "sum", "scaled")]
    graph = helper.make_graph(nodes, "test", entries[:2], entries[2:], [two])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("network") / "test.onnx"
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_runs_by_name(network, backend):
    runner = load_runner(network, backend, threads=1)
    assert runner.input_shapes == {"a": (1, 3), "b": (1, 3)}
    a, b = np.array([[1, 2, 3]], np.float32), np.array([[0.5, -2, 4]], np.float32)
    outputs = runner({"b": b, "a": a})
    assert set(outputs) == {"sum", "scaled"}
    np.testing.assert_array_equal(outputs["sum"], a + b)
    np.testing.assert_array_equal(outputs["scaled"], 2 * a)


def test_describes_itself(network):
    text = load_runner(network, "onnxruntime", threads=1).describe()
    assert text.startswith("onnxruntime ")
    assert "1 thread" in text


def test_unknown_backend_names_those_that_exist(network):
    with pytest.raises(VtmError, match="unknown backend 'cuda'.*auto, onnxruntime"):
        load_runner(network, "cuda")


def test_no_threads_is_refused(network):
    with pytest.raises(VtmError, match="1 or more"):
        load_runner(network, threads=0)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(VtmError, match="no network file"):
        load_runner(tmp_path / "absent.onnx")


@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_file_that_is_no_network_is_named(tmp_path, backend):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(VtmError, match="broken.onnx is no network"):
        load_runner(path, backend)
