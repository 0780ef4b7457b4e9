"""The runner on a GPU of ordinary memory, with the names of TensorRT 10.3 and 11.1."""

import gc
import itertools
import json

import numpy as np
import pytest

from tests.vtm_trt.engine.conftest import MEMORY, WEIGHT
from tests.vtm_trt.engine.one_stream import OneStream
from vtm.errors import VtmError
from vtm_trt.engine import cuda
from vtm_trt.engine.backends import onnxruntime
from vtm_trt.engine.cuda import DeviceArray
from vtm_trt.engine.tensorrt.engine import RefusedPlan
from vtm_trt.engine.tensorrt.runner import TensorRtRunner

GRAPH_WORK = ("cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuMemcpyDtoDAsync_v2", "cuMemsetD8Async")


def plan_of(trt, network, **how) -> bytes:
    how = {"version": trt.__version__, "flags": 0, "tf32": False, "wrong": False} | how
    return b"plan" + json.dumps(how).encode() + b"\n" + network.read_bytes()


@pytest.fixture
def make_runner(counting_network):
    return lambda machine, memory=MEMORY: TensorRtRunner(
        cuda.gpu(), machine.trt, plan_of(machine.trt, counting_network), memory
    )


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def random_inputs(rng, runner) -> dict[str, np.ndarray]:
    return {name: rng.random(shape, np.float32) for name, shape in runner.input_shapes.items()}


@pytest.mark.parametrize("integrated", [False, True], ids=["discrete", "integrated"])
@pytest.mark.parametrize("version", ["10.3", "11.1"])
@pytest.mark.parametrize("memory", [MEMORY, {}], ids=["memory", "no memory"])
def test_computes_what_onnxruntime_computes(
    make_machine, make_runner, counting_network, rng, version, integrated, memory
):
    """Call after call, through both buffers of the state, before and after it is forgotten at any point."""
    runner = OneStream(make_runner(make_machine(version, integrated), memory))
    reference = OneStream(onnxruntime.load(counting_network, 1, memory))
    assert runner.input_shapes == reference.input_shapes
    for calls in (3, 2, 5):
        for _ in range(calls):
            inputs = random_inputs(rng, runner)
            found, wanted = runner(inputs), reference(inputs)
            assert found.keys() == wanted.keys()
            for name in wanted:
                np.testing.assert_allclose(found[name], wanted[name], rtol=1e-6)
        runner.reset()
        reference.reset()


def test_a_call_is_one_launch_and_one_wait(machine, make_runner, rng):
    runner = OneStream(make_runner(machine))
    inputs = random_inputs(rng, runner)
    runner(inputs)
    before = machine.cuda.calls.copy()
    for _ in range(4):
        runner(inputs)
    done = machine.cuda.calls - before
    assert done == {"cuCtxSetCurrent": 4, "cuGraphLaunch": 4, "cuEventRecord": 4, "cuEventSynchronize": 4}
    assert runner.runner.describe() == f"tensorrt {machine.trt.__version__}, Orin (nvgpu), with CUDA graphs"


def test_streams_that_take_turns_exchange_their_states_on_the_gpu(machine, make_runner, rng):
    runner = make_runner(machine)
    streams, totals = [OneStream(runner) for _ in range(3)], [np.zeros((1, 3), np.float32) for _ in range(3)]
    before = machine.cuda.calls.copy()
    turns = (0, 1, 2, 2, 0, 0, 0, 1, 2, 0, 2, 1, 1)
    for turn in turns:
        inputs = random_inputs(rng, runner)
        totals[turn] = totals[turn] + inputs["a"]
        np.testing.assert_allclose(streams[turn](inputs)["twice"], 2 * totals[turn], rtol=1e-6)
    changes = 1 + sum(now != then for then, now in itertools.pairwise(turns))
    assert (machine.cuda.calls - before)["cuMemcpyDtoDAsync_v2"] == 2 * changes


@pytest.mark.parametrize(("integrated", "copies"), [(False, 2), (True, 0)], ids=["discrete", "integrated"])
def test_all_inputs_and_all_outputs_travel_in_one_copy_each(
    make_machine, make_runner, rng, monkeypatch, integrated, copies
):
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "capture")  # so that each copy is a call
    machine = make_machine("10.3", integrated)
    runner = OneStream(make_runner(machine))
    runner(random_inputs(rng, runner))
    before = machine.cuda.calls.copy()
    runner(random_inputs(rng, runner))
    assert sum((machine.cuda.calls - before)[name] for name in GRAPH_WORK) == copies


@pytest.mark.parametrize("what", ["capture", "cuStreamBeginCapture_v2", "cuGraphInstantiateWithFlags"])
def test_without_graphs_it_computes_the_same(machine, make_runner, rng, monkeypatch, what):
    if what == "capture":
        monkeypatch.setenv("FAKE_TENSORRT_FAILS", what)
    else:
        machine.cuda.missing.add(what)
    runner = OneStream(make_runner(machine))
    assert runner.runner.describe().endswith("without CUDA graphs")
    total = 0
    for _ in range(4):
        inputs = random_inputs(rng, runner)
        total += inputs["a"]
        np.testing.assert_allclose(runner(inputs)["twice"], 2 * total, rtol=1e-6)
    assert not machine.cuda.calls["cuGraphLaunch"]


@pytest.mark.parametrize("name", ["a", "b", "c"])
@pytest.mark.parametrize("integrated", [False, True], ids=["discrete", "integrated"])
def test_an_input_may_be_made_on_the_gpu(make_machine, make_runner, rng, name, integrated):
    """In its place, or elsewhere: it is what the network reads, its neighbours come from here, and turns may change."""
    machine = make_machine("10.3", integrated)
    runner = OneStream(here := make_runner(machine))
    elsewhere = DeviceArray.empty(cuda.gpu(), runner.input_shapes[name])
    total = np.zeros((1, 3), np.float32)
    for place in (here.device_inputs[name], None, elsewhere, here.device_inputs[name], None, elsewhere):
        inputs = random_inputs(rng, runner)
        given = dict(inputs)
        if place is not None:
            machine.cuda.stream(here.stream.handle.value).add(
                lambda place=place, values=inputs[name]: np.copyto(
                    machine.cuda.memory.array(place.address, place.shape), values
                )
            )
            given[name] = place
        total += inputs["a"]
        outputs = runner(given)
        np.testing.assert_allclose(outputs["twice"], 2 * total, rtol=1e-6)
        np.testing.assert_allclose(outputs["product"], inputs["b"] @ WEIGHT @ WEIGHT, rtol=1e-6)
        np.testing.assert_allclose(outputs["half"], inputs["c"] / 2, rtol=1e-6)


def test_what_the_gpu_has_is_not_uploaded(make_machine, make_runner, rng, monkeypatch):
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "capture")
    machine = make_machine()
    runner = OneStream(here := make_runner(machine))
    runner(dict(here.device_inputs))
    before = machine.cuda.calls.copy()
    runner(dict(here.device_inputs))
    done = machine.cuda.calls - before
    assert not done["cuMemcpyHtoDAsync_v2"] and not done["cuMemcpyDtoDAsync_v2"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda inputs: inputs | {"a": np.zeros((3,), np.float32)}, r"'a' was given as float32 \(3,\)"),
        (lambda inputs: inputs | {"b": np.zeros((2, 2))}, "'b' was given as float64"),
        (lambda inputs: inputs | {"b": np.zeros((2, 2), np.float32, "F")[:, ::-1]}, "not C-contiguous"),
        (lambda inputs: {"a": inputs["a"]}, "give exactly its inputs: a, b, c"),
        (lambda inputs: inputs | {"state": inputs["a"]}, "give exactly its inputs: a, b, c"),
        (lambda inputs: inputs | {"b": DeviceArray.empty(cuda.gpu(), (4,))}, "no input 'b' of float32 \\(4,\\)"),
        (lambda inputs: inputs | {"z": DeviceArray.empty(cuda.gpu(), (4,))}, "no input 'z'"),
    ],
)
def test_wrong_inputs_are_refused_and_change_nothing(make_machine, make_runner, rng, change, message):
    runner = OneStream(make_runner(make_machine()))
    inputs = random_inputs(rng, runner)
    runner(inputs)
    with pytest.raises(VtmError, match=message):
        runner(change(inputs))
    np.testing.assert_allclose(runner(inputs)["twice"], 4 * inputs["a"], rtol=1e-6)


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("Runtime", RefusedPlan, "cannot start its runtime: .*nullptr"),
        ("deserialize_cuda_engine", RefusedPlan, "cannot read the plan: the plan was made by another version"),
        ("out of memory", VtmError, "cannot read the plan: .*OutOfMemory.*free GPU memory"),
        ("create_execution_context", RefusedPlan, "cannot make a context: it gives no reason"),
        ("set_tensor_address", VtmError, "cannot use a"),
        ("execute_async_v3", VtmError, "cannot run the network"),
    ],
)
def test_what_tensorrt_refuses_is_an_error(machine, make_runner, monkeypatch, what, error, message):
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", what)
    with pytest.raises(VtmError, match=message) as caught:
        make_runner(machine)
    assert type(caught.value) is error


@pytest.mark.parametrize("memory", [{"state": "twice_"}, {"a": "nothing"}, {"twice": "a"}, {"b": "twice"}])
def test_memory_that_the_network_has_not(machine, make_runner, memory):
    with pytest.raises(VtmError, match="the network"):
        make_runner(machine, memory)


def test_all_is_released_and_outputs_outlive_the_runner(make_machine, make_runner, rng):
    machine = make_machine()
    runner = make_runner(machine)
    kept = runner.step(random_inputs(rng, runner), runner.blank_state())[0]["half"]
    values = kept.copy()
    del runner
    gc.collect()
    assert machine.cuda.live() == {"context": 1, "pinned": 1}
    np.testing.assert_array_equal(kept, values)
