"""TensorRT's module: the names that are used of it, and what it is not good for."""

import json
import logging

import pytest

from tests.vtm_trt.engine.conftest import FAKES
from vtm.errors import VtmError
from vtm_trt.engine.tensorrt import library
from vtm_trt.engine.tensorrt.library import NEEDED, full_version, import_tensorrt, logger

SURFACES = {path.stem: json.loads(path.read_text()) for path in (FAKES.parent / "data").glob("tensorrt_*.json")}


@pytest.mark.parametrize("name", SURFACES)
def test_all_that_is_needed_is_in_every_version(name):
    for owner, members in NEEDED.items():
        assert set(members) <= set(SURFACES[name][owner]), owner


def test_both_ends_of_the_range_are_there():
    assert SURFACES.keys() == {"tensorrt_10.3", "tensorrt_11.1"}
    gone = {"FP16", "INT8", "OBEY_PRECISION_CONSTRAINTS"}
    assert gone <= set(SURFACES["tensorrt_10.3"]["BuilderFlag"])
    assert not gone & set(SURFACES["tensorrt_11.1"]["BuilderFlag"])


def test_the_fake_has_no_other_names(machine):
    trt = import_tensorrt()
    has = machine.trt.__version__.startswith("10")
    assert hasattr(trt.BuilderFlag, "FP16") is has
    assert hasattr(trt.NetworkDefinitionCreationFlag, "EXPLICIT_BATCH") is has
    config = trt.Builder(logger(trt)).create_builder_config()
    with pytest.raises(AttributeError, match="is not in TensorRT"):
        config.max_workspace_size = 1
    with pytest.raises(AttributeError):
        config.build_everything()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("raise ImportError('libnvinfer.so.10: cannot open shared object file')", "cannot be loaded .libnvinfer"),
        ("__version__ = '8.5.2'", "TensorRT 8.5.2 lacks DataType"),
        ("", "TensorRT of this machine lacks __version__"),
        (
            "__version__ = DataType = nptype = '8.6'\nclass Builder: create_network = create_builder_config = 1",
            "TensorRT 8.6 lacks Builder.build_serialized_network",
        ),
    ],
)
def test_what_cannot_be_used_is_told(make_machine, monkeypatch, tmp_path, content, message):
    make_machine()
    monkeypatch.delitem(library.import_module.__globals__["sys"].modules, "tensorrt")
    (tmp_path / "tensorrt.py").write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(VtmError, match=f"{message}.*; install TensorRT 10.3 or newer"):
        import_tensorrt()


def test_the_library_has_four_numbers(machine, monkeypatch):
    assert full_version(machine.trt) == machine.trt.__version__, "where the library cannot be asked"

    class Library:
        def __init__(self, name):
            assert name == f"libnvinfer.so.{machine.trt.__version__.split('.')[0]}"

        def __getattr__(self, name):
            numbers = {"Major": 10, "Minor": 3, "Patch": 0, "Build": 30}
            return lambda: numbers[name.removeprefix("getInferLib").removesuffix("Version")]

    monkeypatch.setattr(library, "CDLL", Library)
    assert full_version(machine.trt) == "10.3.0.30"


def test_errors_are_kept_and_the_rest_goes_to_the_log(machine, caplog):
    log = logger(machine.trt)
    assert logger(machine.trt) is log
    with caplog.at_level(logging.DEBUG, "vtm"):
        log.log(machine.trt.ILogger.ERROR, "an error")
        log.log(machine.trt.ILogger.WARNING, "a warning")
        log.log(machine.trt.ILogger.Severity.INFO, "chatter")
    assert log.errors[-1:] == ["an error"]
    assert [record.getMessage() for record in caplog.records] == ["TensorRT: an error", "TensorRT: a warning"]
