"""Which backend runs the networks, and what is said about it."""

import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest

from vtm.errors import VtmError
from vtm_trt.engine import backends
from vtm_trt.engine.backends import BACKENDS, EVERYWHERE, BackendStatus, choices, load_runner
from vtm_trt.engine.models import model_path


@pytest.fixture
def machine(monkeypatch, caplog, tmp_path):
    """`machine(a=None, b="why not")` has these backends, in this order; None works. One whose fault begins with
    "fails" does so when it loads. Gives the path of a network, and the names of those that were asked to load."""
    backends._say.cache_clear()
    caplog.set_level(logging.INFO, "vtm")
    path = tmp_path / "some.onnx"
    path.touch()

    def make(**faults: str | None):
        asked: list[str] = []

        def module(name: str, fault: str | None):
            def load(_path, _threads, _memory):
                asked.append(name)
                if fault:
                    raise VtmError(fault)
                return f"runner of {name}"

            return SimpleNamespace(fault=lambda: None if (fault or "").startswith("fails") else fault, load=load)

        modules = {name: module(name, fault) for name, fault in faults.items()}
        monkeypatch.setattr(backends, "BACKENDS", tuple(faults))
        monkeypatch.setattr(backends, "EVERYWHERE", "c")
        monkeypatch.setattr(backends, "_module", modules.__getitem__)
        return path, asked

    yield make
    backends._say.cache_clear()


def test_auto_takes_the_first_that_works_and_says_why_once(machine, caplog):
    path, asked = machine(a="no GPU; plug one in", b=None, c=None, d=None)
    assert load_runner(path) == "runner of b"
    assert load_runner(path) == "runner of b"
    assert asked == ["b", "b"]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("vtm", logging.INFO)
    assert record.getMessage() == "networks run on b; not on a: no GPU; plug one in"
    assert choices() == [
        BackendStatus("a", "no GPU; plug one in", False), BackendStatus("b", None, True),
        BackendStatus("c", None, False), BackendStatus("d", None, False),
    ]  # fmt: skip


def test_another_takes_the_place_of_one_that_fails(machine, caplog):
    path, asked = machine(a="fails: out of memory; free some", b="not here", c=None)
    assert load_runner(path) == "runner of c"
    assert asked == ["a", "c"]
    warning, said = caplog.records
    assert warning.levelno == logging.WARNING
    assert "a failed, another one takes its place: fails: out of memory; free some" in warning.getMessage()
    assert said.getMessage() == "networks run on c; not on a: failed; not on b: not here"


def test_auto_goes_no_further_than_what_works_everywhere(machine, caplog):
    path, asked = machine(a="no GPU", c="fails: some.onnx is no network; restore the file", d=None)
    with pytest.raises(VtmError, match="^fails: some.onnx is no network; restore the file$"):
        load_runner(path)
    assert asked == ["c"] and not caplog.records


def test_nothing_works(machine):
    path, asked = machine(a="no GPU", c="not installed; pip install c", d=None)
    with pytest.raises(VtmError, match="not on a: no GPU; not on c: not installed; pip install c"):
        load_runner(path)
    assert not asked
    assert not any(choice.by_auto for choice in choices())


def test_an_explicit_choice_has_no_substitute(machine, caplog):
    path, asked = machine(a="no GPU; plug one in", c=None, d=None)
    with pytest.raises(VtmError, match="the backend a cannot work here: no GPU; plug one in"):
        load_runner(path, "a")
    assert load_runner(path, "d") == "runner of d"
    assert asked == ["d"] and not caplog.records


def test_unknown_backend_names_those_that_exist():
    with pytest.raises(VtmError, match=f"unknown backend 'cuda'.*auto, {', '.join(BACKENDS)}"):
        load_runner(model_path("vtm"), "cuda")


def test_no_threads_is_refused():
    with pytest.raises(VtmError, match="1 or more"):
        load_runner(model_path("vtm"), threads=0)


@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_missing_file_is_named(tmp_path, backend):
    with pytest.raises(VtmError, match="there is no network file .*absent.onnx"):
        load_runner(tmp_path / "absent.onnx", backend)


def test_every_backend_of_this_machine_says_whether_it_works():
    found = {choice.name: choice for choice in choices()}
    assert tuple(found) == BACKENDS
    assert found[EVERYWHERE].fault is None
    assert sum(choice.by_auto for choice in found.values()) == 1
    for choice in found.values():
        assert choice.fault is None or ("; " in choice.fault and "\n" not in choice.fault), "a reason and a remedy"


LOADED = """
import sys
from vtm_trt.engine.backends import choices, load_runner
from vtm_trt.engine.models import model_path
choices()
load_runner(model_path("pose_landmark_lite"), "auto")
print(*sorted({"torch", "onnx", "openvino", "tensorrt"} & set(sys.modules)))
"""


@pytest.mark.skipif(not any(c.by_auto and c.name == EVERYWHERE for c in choices()), reason="this machine has a GPU")
def test_nothing_is_loaded_that_is_not_chosen():
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == "" and run.stderr == ""


QUIET = """
import sys
spoken, loud = [], ("socket.",)
sys.addaudithook(lambda event, _: spoken.append(event) if event.startswith(loud) else None)
if sys.argv[1] == "torch":
    import torch  # starts a program while Python 3.10 imports it, which is its own affair
loud = ("socket.", "subprocess.")
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
load_runner(model_path("pose_landmark_lite"), sys.argv[1])
print(*spoken)
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_backend_speaks_to_the_network_or_writes_in_the_home_folder(backend, tmp_path, monkeypatch):
    if fault := {choice.name: choice.fault for choice in choices()}[backend]:
        pytest.skip(fault)
    if backend == "tensorrt":
        pytest.skip("it builds in a process of its own, and keeps what it built")
    monkeypatch.setenv("HOME", str(tmp_path))
    command = [sys.executable, "-c", QUIET, backend]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == ""
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
