"""One suite for every backend that this machine has; the others are skipped with what they say is missing."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.vtm_trt.engine.one_stream import OneStream
from vtm.errors import VtmError
from vtm_trt.engine.backends import BACKENDS, EVERYWHERE, choices, load_runner
from vtm_trt.engine.backends.onnxruntime import CPU
from vtm_trt.engine.backends.onnxruntime_cuda import BoundRunner
from vtm_trt.engine.models import model_path, networks
from vtm_trt.stream.lifter import MEMORY

BOUND = "onnxruntime_cuda, bound to the processor"
NETWORKS = sorted(path.stem for path in networks())
SUMMING = {"total": "total_out"}


def on_this_machine(name: str) -> None:
    if fault := {choice.name: choice.fault for choice in choices()}[name]:
        pytest.skip(fault)


@pytest.fixture(params=BACKENDS)
def backend(request) -> str:
    on_this_machine(request.param)
    return request.param


@pytest.fixture(params=[*BACKENDS, BOUND])
def load(request):
    """load(path, threads=1, memory=None) is a runner. What runs networks on a GPU runs here too, on the processor."""
    if request.param == BOUND:
        return lambda path, threads=1, memory=None: BoundRunner(path, threads, memory or {}, [CPU], "cpu")
    on_this_machine(request.param)
    return partial(load_runner, backend=request.param, threads=1)


@pytest.fixture(autouse=True)
def threads_of_pytorch():
    """The backend torch sets them for the whole process."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def save(path, nodes, inputs: dict, outputs: dict, constants=(), kind=TensorProto.FLOAT):
    entries = [
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in some.items()] for some in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "test", *entries, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """sum = a + b, scaled = 2 a, for (1, 3) float32."""
    two = helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "two"], ["scaled"])]
    shapes = {"a": [1, 3], "b": [1, 3]}
    path = tmp_path_factory.mktemp("network") / "test.onnx"
    return save(path, nodes, shapes, {"sum": [1, 3], "scaled": [1, 3]}, [two])


@pytest.fixture(scope="module")
def summing(tmp_path_factory):
    """total_out = total + x, twice = 2 total_out, for (2, 2) float32."""
    nodes = [
        helper.make_node("Add", ["total", "x"], ["total_out"]),
        helper.make_node("Add", ["total_out", "total_out"], ["twice"]),
    ]
    path = tmp_path_factory.mktemp("network") / "summing.onnx"
    return save(path, nodes, {"x": [2, 2], "total": [2, 2]}, {"twice": [2, 2], "total_out": [2, 2]})


def test_runs_by_name(network, load):
    runner = load(network)
    assert runner.input_shapes == {"a": (1, 3), "b": (1, 3)}
    a, b = np.array([[1, 2, 3]], np.float32), np.array([[0.5, -2, 4]], np.float32)
    outputs = runner({"b": b, "a": a})
    assert set(outputs) == {"sum", "scaled"}
    for name, wanted in {"sum": a + b, "scaled": 2 * a}.items():
        assert outputs[name].shape == (1, 3) and outputs[name].dtype == np.float32
        np.testing.assert_array_equal(outputs[name], wanted)


def test_describes_itself(network, backend):
    text = load_runner(network, backend, threads=1).describe()
    assert text.startswith(backend.split("_")[0] + " ")
    assert "\n" not in text and len(text) < 100


def test_a_stream_goes_on_from_its_state(summing, load):
    runner = OneStream(load(summing, memory=SUMMING))
    assert runner.input_shapes == {"x": (2, 2)}
    x = np.arange(4, dtype=np.float32).reshape(2, 2)
    for _ in range(2):
        for step in range(1, 6):
            outputs = runner({"x": x})
            assert set(outputs) == {"twice"}
            np.testing.assert_array_equal(outputs["twice"], 2 * step * x)
        runner.reset()


def test_a_state_is_not_the_callers_array(summing, load):
    runner = OneStream(load(summing, memory=SUMMING))
    x = np.ones((2, 2), np.float32)
    outputs = runner({"x": x})
    outputs["twice"][:] = 7
    x[:] = 100
    np.testing.assert_array_equal(runner({"x": np.zeros((2, 2), np.float32)})["twice"], np.full((2, 2), 2))


def test_streams_share_a_runner_in_any_order(summing, load):
    """Each goes on from its own state, and one that starts anew changes no other."""
    runner = load(summing, memory=SUMMING)
    streams, totals = [OneStream(runner) for _ in range(3)], [0, 0, 0]
    for number, turn in enumerate((0, 0, 1, 0, 2, 1, 1, 2, 0, 2, 2, 0, 1)):
        if number == 6:
            streams[turn].reset()
            totals[turn] = 0
        totals[turn] += turn + 1
        outputs = streams[turn]({"x": np.full((2, 2), turn + 1, np.float32)})
        assert outputs["twice"][0, 0] == 2 * totals[turn]


def test_a_state_of_another_network_is_refused(summing, load):
    runner, x = load(summing, memory=SUMMING), np.ones((2, 2), np.float32)
    for state in ({}, {"tally": x}):
        with pytest.raises(VtmError, match="give the one it made, of total"):
            runner.step({"x": x}, state)
    with pytest.raises(VtmError, match="give the one it made, of total"):
        runner({"x": x})


def test_runs_in_other_threads_than_it_was_loaded_in(summing, load):
    runners = [OneStream(load(summing, memory=SUMMING)) for _ in range(3)]

    def total(runner) -> float:
        return [runner({"x": np.ones((2, 2), np.float32)})["twice"][0, 0] for _ in range(50)][-1]

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(total, runners)) == [100] * 3


def test_what_is_not_finite_stays_in_its_state(load):
    runner = OneStream(load(model_path("vtm"), memory=MEMORY))
    shapes = runner.input_shapes
    rng = np.random.default_rng(1)
    inputs = [{name: rng.uniform(0, 1, shape).astype(np.float32) for name, shape in shapes.items()} for _ in range(3)]
    first = [{name: values.copy() for name, values in runner(given).items()} for given in inputs]
    for bad in (np.nan, np.inf):
        runner({name: np.full(shape, bad, np.float32) for name, shape in shapes.items()})
        runner.reset()
        for given, wanted in zip(inputs, first, strict=True):
            outputs = runner(given)
            for name in wanted:
                assert np.isfinite(outputs[name]).all()
                np.testing.assert_array_equal(outputs[name], wanted[name])


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({}, "was given nothing; give exactly its inputs: a, b"),
        ({"a": np.ones((1, 3), np.float32)}, "was given a; give exactly its inputs: a, b"),
        ({name: np.ones((1, 3), np.float32) for name in "abc"}, "was given a, b, c"),
        ({"a": np.ones((1, 3), np.float32), "b": np.ones((3, 1), np.float32)}, r"'b' was given as float32 \(3, 1\)"),
        ({"a": np.ones((1, 3), np.float32), "b": np.ones((1, 3))}, r"'b' was given as float64 \(1, 3\)"),
        ({"a": np.ones((1, 6), np.float32)[:, ::2], "b": np.ones((1, 3), np.float32)}, "'a' .* not C-contiguous"),
    ],
    ids=["nothing", "missing", "unknown", "shape", "type", "strided"],
)
def test_wrong_inputs_are_named(network, load, wrong, message):
    runner = load(network)
    with pytest.raises(VtmError, match=message):
        runner(wrong)
    right = {name: np.ones((1, 3), np.float32) for name in "ab"}
    assert (runner(right)["sum"] == 2).all(), "it goes on afterwards"


@pytest.mark.parametrize("memory", [{"tally": "total_out"}, {"total": "sum"}])
def test_memory_that_the_network_lacks_is_named(summing, load, memory):
    with pytest.raises(VtmError, match="no memory|no input"):
        load(summing, memory=memory)


@pytest.mark.parametrize("content", ["text", "empty", "cut short"])
def test_file_that_is_no_network_is_named(tmp_path, load, content):
    whole = model_path("pose_landmark_lite").read_bytes()
    path = tmp_path / "broken.onnx"
    path.write_bytes({"text": b"not a network", "empty": b"", "cut short": whole[: len(whole) // 2]}[content])
    with pytest.raises(VtmError, match="broken.onnx"):
        load(path)


def test_network_of_no_fixed_size_is_refused(tmp_path, load):
    path = save(tmp_path / "loose.onnx", [helper.make_node("Exp", ["a"], ["b"])], {"a": ["n", 3]}, {"b": ["n", 3]})
    with pytest.raises(VtmError, match="loose.onnx"):
        load(path)


def test_network_of_whole_numbers_is_refused(tmp_path, load):
    nodes = [helper.make_node("Add", ["a", "a"], ["b"])]
    path = save(tmp_path / "whole.onnx", nodes, {"a": [3]}, {"b": [3]}, kind=TensorProto.INT64)
    with pytest.raises(VtmError, match="whole.onnx"):
        load(path)


def test_unknown_operator_is_refused(tmp_path, load):
    nodes = [helper.make_node("Guess", ["a"], ["b"], domain="nowhere")]
    path = save(tmp_path / "odd.onnx", nodes, {"a": [3]}, {"b": [3]})
    with pytest.raises(VtmError, match="odd.onnx"):
        load(path)


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_networks_give_what_onnxruntime_gives(load, name):
    memory = MEMORY if name == "vtm" else {}
    mine, everywhere = load(model_path(name), memory=memory), load_runner(model_path(name), EVERYWHERE, 1, memory)
    runner, reference = OneStream(mine), OneStream(everywhere)
    assert runner.input_shapes == reference.input_shapes
    tolerance = 5e-2 if "tensorrt" in mine.describe().lower() else 2e-3  # half precision, or TensorFloat-32
    rng = np.random.default_rng(0)
    for _ in range(3 if memory else 1):
        inputs = {key: rng.uniform(0, 1, shape).astype(np.float32) for key, shape in runner.input_shapes.items()}
        outputs, wanted = runner(inputs), reference(inputs)
        assert outputs.keys() == wanted.keys()
        for key in wanted:
            largest = max(np.abs(wanted[key]).max(), 1.0)
            assert np.abs(outputs[key] - wanted[key]).max() < tolerance * largest, key


def test_two_threads_give_what_one_gives(load):
    image = np.random.default_rng(0).uniform(0, 1, (1, 256, 256, 3)).astype(np.float32)
    one, two = (load(model_path("pose_landmark_lite"), threads=threads)({"image": image}) for threads in (1, 2))
    for name in one:
        np.testing.assert_allclose(one[name], two[name], rtol=1e-3, atol=1e-3)


IDLE = """
import sys, time, numpy as np
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
runner = load_runner(model_path("pose_landmark_lite"), sys.argv[1], threads=2)
image, idle = {"image": np.zeros((1, 256, 256, 3), np.float32)}, []
for _ in range(12):
    runner(image)
    began = time.process_time()
    time.sleep(0.05)
    idle.append(time.process_time() - began)
print(sorted(idle)[len(idle) // 2])
"""


def test_threads_sleep_between_frames(backend):
    run = subprocess.run([sys.executable, "-c", IDLE, backend], capture_output=True, text=True, check=True, timeout=120)
    assert float(run.stdout) < 0.006, "seconds of processor time in a pause of 0.05 s"
