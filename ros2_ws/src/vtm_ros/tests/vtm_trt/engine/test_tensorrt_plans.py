"""Plans: built by a real process of their own, checked, kept, and made anew when they are bad."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from tests.vtm_trt.engine.conftest import MEMORY, save_network
from tests.vtm_trt.engine.one_stream import OneStream
from vtm.errors import VtmError
from vtm_trt.engine import cuda
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.backends import tensorrt as backend
from vtm_trt.engine.plan_cache import PlanKey, cache_folder, known_plans
from vtm_trt.engine.plan_file import read_plan, write_plan
from vtm_trt.engine.precision import PRECISIONS, variant
from vtm_trt.engine.tensorrt import builder
from vtm_trt.engine.tensorrt.builder import LogProgress, build_plan
from vtm_trt.engine.tensorrt.check import difference
from vtm_trt.engine.tensorrt.phases import Phases
from vtm_trt.engine.tensorrt.plans import Plans


@pytest.fixture
def builds(monkeypatch) -> list:
    """The processes that were started."""
    started = []
    start = subprocess.Popen

    def popen(*arguments, **options):
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(builder.subprocess, "Popen", popen)
    return started


def load(machine, network, memory=MEMORY, retry=False):
    return OneStream(Plans(cuda.gpu(), machine.trt, "fp32", retry).runner(network, 1, memory))


def twice(runner, value: float) -> float:
    inputs = {name: np.full(shape, value, np.float32) for name, shape in runner.input_shapes.items()}
    return float(runner(inputs)["twice"][0, 0])


def the_plan() -> tuple[Path, PlanKey, bytes]:
    (known,) = known_plans()
    key = PlanKey(known.model, known.facts)
    return known.path, key, read_plan(known.path, key)


def change(how: bytes, instead: bytes) -> None:
    path, key, plan = the_plan()
    assert how in plan
    write_plan(path, key, plan.replace(how, instead))


def test_built_once_then_found(machine, counting_network, builds):
    for _ in range(3):
        runner = load(machine, counting_network)
        assert [twice(runner, 1), twice(runner, 2), twice(runner, 3)] == [2, 6, 12]
    assert len(builds) == 1
    _, key, plan = the_plan()
    how = json.loads(plan.partition(b"\n")[0][4:])
    strongly_typed = machine.trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED
    assert how["flags"] == 1 << int(strongly_typed) and how["tf32"] is False
    assert key.facts == {
        "network": key.facts["network"], "precision": "fp32", "recipe": key.facts["recipe"],
        "tensorrt": machine.trt.__version__, "gpu": "Orin (nvgpu)",
        "compute capability": "8.7", "multiprocessors": 8, "memory, GiB": 8, "cuda": "12.6",
        "options": "strongly typed, no TF32",
    }  # fmt: skip


def test_each_version_has_plans_of_its_own(make_machine, counting_network, builds):
    for version in ("10.3", "11.1", "10.3", "11.1"):
        assert twice(load(make_machine(version), counting_network), 1) == 2
    assert len(builds) == 2 and len(known_plans()) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: change(b'"version": "10.3', b'"version": "10.2'),
        lambda: change(b"plan{", b"plqn{"),
        lambda: the_plan()[0].write_bytes(the_plan()[0].read_bytes()[:-9]),
        lambda: the_plan()[0].write_bytes(b""),
    ],
    ids=["another version's", "corrupt", "truncated", "empty"],
)
def test_a_bad_plan_is_set_aside_and_built_anew_once(make_machine, counting_network, builds, spoil):
    machine = make_machine()
    load(machine, counting_network)
    spoil()
    for _ in range(2):
        assert twice(load(machine, counting_network), 1) == 2
    assert len(builds) == 2
    assert len(list(cache_folder().glob("*.bad"))) == 1


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("SIGSEGV", "counting.onnx died of SIGSEGV"),
        ("SIGKILL", "was killed, probably for want of memory; close other programs or add swap"),
        ("exit", "failed with exit code 1: .*bad_alloc"),
        ("Builder", "cannot make a builder: .*nullptr"),
        ("create_network", "cannot make a network"),
        ("create_builder_config", "cannot make a configuration"),
        ("create_timing_cache", "cannot make a timing cache"),
        ("parse", "counting.onnx is no network for TensorRT 10.3.*: no operator like that"),
        ("build_serialized_network", "cannot build counting.onnx: no implementation for node 7"),
        ("deserialize_cuda_engine", "cannot read the plan"),
        ("wrong", "computes .* of counting.onnx wrongly on this GPU"),
    ],
)
def test_what_cannot_be_built_is_told_and_not_tried_at_each_start(
    make_machine, counting_network, builds, monkeypatch, what, message
):
    machine = make_machine()
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", what)
    for remark in ("", ".*an earlier try; vtm build"):
        with pytest.raises(VtmError, match=message + remark):
            load(machine, counting_network)
    assert len(builds) == 1 and not known_plans()
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "")
    assert twice(load(machine, counting_network, retry=True), 1) == 2
    assert twice(load(machine, counting_network), 1) == 2
    assert len(builds) == 2


def test_without_a_cache_it_runs_all_the_same(make_machine, counting_network, monkeypatch, tmp_path):
    machine = make_machine()
    (tmp_path / "a file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    assert twice(load(machine, counting_network), 1) == 2


def test_want_of_memory_costs_no_plan(make_machine, counting_network, builds, monkeypatch):
    machine = make_machine()
    load(machine, counting_network)
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "out of memory")
    with pytest.raises(VtmError, match="free GPU memory"):
        load(machine, counting_network)
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "")
    assert twice(load(machine, counting_network), 1) == 2
    assert len(builds) == 1


def test_timing_is_kept_between_builds(make_machine, counting_network, tmp_path):
    make_machine()
    timing = tmp_path / "kernels.timing"
    for known in (b"+", b"++"):
        build_plan(counting_network, "fp32", timing, lambda share: None)
        assert timing.read_bytes() == known
    timing.write_bytes(b"of another GPU")
    build_plan(counting_network, "fp32", timing, lambda share: None)
    assert timing.read_bytes() == b"+"
    build_plan(counting_network, "fp32", tmp_path / "no such folder" / "kernels.timing", lambda share: None)


def test_a_network_of_no_fixed_shape_is_refused(make_machine, tmp_path):
    path = tmp_path / "dynamic.onnx"
    save_network(path, [helper.make_node("Relu", ["a"], ["b"])], {"a": ["n", 3]}, {"b": ["n", 3]}, [])
    with pytest.raises(VtmError, match="input a has no fixed shape; export"):
        load(make_machine(), path, {})


def test_a_file_that_is_no_network(make_machine, tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(VtmError, match="broken.onnx is no ONNX network"):
        load(make_machine(), path, {})


def test_the_network_is_in_the_precision_that_is_asked_for(make_machine, counting_network):
    machine = make_machine()
    for precision in PRECISIONS[:2]:
        plan = build_plan(counting_network, precision, None, lambda share: None)
        assert plan.partition(b"\n")[2] == variant(counting_network, precision)
    paths = set()
    for precision in PRECISIONS[:2]:
        plans = Plans(cuda.gpu(), machine.trt, precision)
        paths.add(plans.key(counting_network).file_name)
        assert twice(OneStream(plans.runner(counting_network, 1, MEMORY)), 1) == 2
    assert len(paths) == len(known_plans()) == 2


def test_a_build_reports_how_far_it_is_and_ends_with_its_caller(make_machine, counting_network, monkeypatch, builds):
    make_machine()
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "slow")
    shares = []

    def progress(share):
        shares.append(share)
        if share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_plan(counting_network, "fp32", cache_folder() / "timing", progress)
    assert shares[-1] == pytest.approx(0.125)
    assert builds[0].poll() is not None, "the build has been ended"


def test_a_build_whose_caller_died_stops(make_machine, counting_network, tmp_path):
    """Nobody reads its lines: the next one ends it."""
    make_machine()
    arguments = [str(counting_network), "fp32", str(tmp_path / "plan"), str(tmp_path / "timing")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    child = subprocess.Popen(
        [sys.executable, "-m", "vtm_trt.engine.tensorrt.build", *arguments], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    child.stdout.close()
    assert child.wait(60) != 0
    assert not (tmp_path / "plan").exists()


def test_share_of_nested_phases():
    phases, shares = Phases(), []
    steps = [
        ("start", "build", None, 2), ("start", "parse", "build", 4), ("step", "parse", 0), ("step", "parse", 3),
        ("finish", "parse"), ("step", "build", 0), ("start", "time", "build", 1), ("start", "one", "time", 2),
        ("step", "one", 0), ("finish", "one"), ("start", "one", "time", 10), ("step", "one", 7), ("step", "unknown", 3),
        ("step", "time", 0), ("step", "build", 1), ("finish", "build"),
    ]  # fmt: skip
    for name, *arguments in steps:
        getattr(phases, name)(*arguments)
        shares.append(phases.share())
    np.testing.assert_allclose(
        shares, [0, 0, 0.125, 0.5, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 0.75, 0.9, 0.9, 1, 1, 1], atol=1e-9
    )


def test_the_log_hears_of_a_long_build(caplog, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(builder.time, "monotonic", lambda: now[0])
    with caplog.at_level(logging.WARNING):
        tell = LogProgress("heavy.onnx")
        for now[0], share in ((1.0, None), (16.0, None), (17.0, 0.3), (40.0, 0.4)):
            tell(share)
    assert [record.getMessage() for record in caplog.records] == [
        "building the engine of heavy.onnx: 16 s so far", "building the engine of heavy.onnx: 40%, 40 s so far",
    ]  # fmt: skip


def test_lines_that_are_not_the_programs_are_passed_over():
    said = builder._follow(io.BytesIO(b'{"share": 0.5}\nnoise\n[1]\n\xff\n{"share": 0.6}\n'), lambda share: None)
    assert said == {"share": 0.6}


def test_difference():
    wanted = np.array([3.0, 4.0])
    assert difference(wanted, wanted) == 0
    assert difference(wanted * 1.1, wanted) == pytest.approx(0.1)
    assert difference(np.array([0.001, 0]), np.zeros(2)) == pytest.approx(0.0707, abs=1e-3)
    assert difference(np.array([np.nan, 4]), wanted) == np.inf
    assert difference(np.array([np.nan, 4]), np.array([np.nan, 4])) == 0


# The backend.


def test_auto_takes_it_and_goes_on_when_it_fails(make_machine, counting_network, monkeypatch, caplog):
    make_machine()
    assert backend.fault() is None
    assert load_runner(counting_network, "auto", 1, MEMORY).describe().startswith("tensorrt 10.3")
    make_machine("11.1")
    monkeypatch.setenv("FAKE_TENSORRT_FAILS", "SIGSEGV")
    assert load_runner(counting_network, "auto", 1, MEMORY).describe().startswith("onnxruntime")
    with pytest.raises(VtmError, match="SIGSEGV"):
        load_runner(counting_network, "tensorrt", 1, MEMORY)


def test_no_device_is_told_at_once_and_without_tensorrt(tmp_path):
    """With a TensorRT that would end the process."""
    (tmp_path / "tensorrt.py").write_text("raise SystemExit('imported')")
    program = (
        f"import sys, time; sys.path.insert(0, {str(tmp_path)!r}); from vtm_trt.engine.cuda import driver; "
        "driver.LIBRARY = 'libno-such-driver.so'; from vtm_trt.engine.backends import tensorrt; "
        "start = time.perf_counter(); "
        "fault = tensorrt.fault(); assert time.perf_counter() - start < 10; assert 'tensorrt' not in sys.modules; "
        "print(fault)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "no NVIDIA driver" in said and "choose another backend" in said


def test_no_tensorrt_is_told(make_machine, monkeypatch):
    make_machine()
    monkeypatch.setattr(backend, "installed", lambda: False)
    assert "no Python module tensorrt; install TensorRT 10.3 or newer" in backend.fault()
