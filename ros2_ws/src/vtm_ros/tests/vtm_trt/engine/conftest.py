"""A machine with a GPU and TensorRT, of ordinary memory."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.vtm_trt.engine.fake_cuda import FakeCuda
from vtm_trt.engine import cuda
from vtm_trt.engine.cuda import driver as driver_module

FAKES = Path(__file__).parent / "fakes"
MEMORY = {"state": "state_out"}
WEIGHT = np.array([[1, 2], [3, 4]], np.float32)


@dataclass
class Machine:
    """cuda: its GPU.  trt: its TensorRT."""

    cuda: FakeCuda
    trt: ModuleType


@pytest.fixture
def make_machine(monkeypatch, tmp_path) -> Iterator[Callable[..., Machine]]:
    """`make_machine(version, integrated)` turns this machine into one with a GPU and that TensorRT, for one test."""
    made = []

    def make(version: str = "10.3", integrated: bool = False) -> Machine:
        fake = FakeCuda(integrated=integrated)
        monkeypatch.setattr(driver_module, "CDLL", lambda _name: fake)
        monkeypatch.setenv("FAKE_TENSORRT", version)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.syspath_prepend(str(FAKES))
        _forget()
        module = importlib.import_module("tensorrt")
        module.cuda = fake  # type: ignore[attr-defined]
        made.append(fake)
        return Machine(fake, module)

    yield make
    _forget()
    for fake in made:
        assert not fake.faults, fake.faults[0]
        assert not fake.memory.written_after_free


@pytest.fixture(params=["10.3", "11.1"])
def machine(request, make_machine) -> Machine:
    return make_machine(request.param)


def _forget() -> None:
    driver_module.driver.cache_clear()
    cuda.gpu.cache_clear()
    for name in ("tensorrt", "surface"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="session")
def counting_network(tmp_path_factory) -> Path:
    """Remembers the sum of `a`: state_out = state + a, twice = 2 state_out, product = b WEIGHT², half = c / 2."""
    constants = [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in (("2", 2.0), ("1/2", 0.5))]
    constants.append(numpy_helper.from_array(WEIGHT, "weight"))
    nodes = [
        helper.make_node("Add", ["state", "a"], ["state_out"]),
        helper.make_node("Mul", ["state_out", "2"], ["twice"]),
        helper.make_node("MatMul", ["b", "weight"], ["once"]),
        helper.make_node("MatMul", ["once", "weight"], ["product"]),
        helper.make_node("Mul", ["c", "1/2"], ["half"]),
    ]
    shapes = {"a": [1, 3], "b": [2, 2], "c": [1, 100], "state": [1, 3]}
    outputs = {"state_out": [1, 3], "twice": [1, 3], "product": [2, 2], "half": [1, 100]}
    path = tmp_path_factory.mktemp("network") / "counting.onnx"
    save_network(path, nodes, shapes, outputs, constants)
    return path


def save_network(path: Path, nodes: list, inputs: dict, outputs: dict, constants: list) -> None:
    """An ONNX file with float32 inputs and outputs of these shapes."""
    entries = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
        for shapes in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "test", *entries, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
