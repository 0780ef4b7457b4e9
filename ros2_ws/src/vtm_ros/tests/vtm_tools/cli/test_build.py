import shutil
from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from vtm.errors import VtmError
from vtm_tools.cli import build as command
from vtm_tools.cli.app import main
from vtm_tools.cli.build import networks
from vtm_trt.engine import backends, cuda, plan_cache
from vtm_trt.engine.backends import choices
from vtm_trt.engine.plan_cache import PlanKey, cache_folder, known_plans
from vtm_trt.engine.plan_file import write_plan
from vtm_trt.pose2d import detector, landmarks
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream import lifter
from vtm_trt.stream.lifter import MEMORY
from vtm_trt.stream.person_stream import MotionStream

without_gpu = pytest.mark.skipif(cuda.fault() is None, reason="this machine has a GPU")


@pytest.mark.parametrize("pose_model", landmarks.VARIANTS)
def test_these_are_the_networks_of_the_pipeline(monkeypatch, pose_model):
    loaded = {}

    def load_runner(path, backend, threads, memory=None):
        loaded[path.stem] = memory or {}
        return backends.load_runner(path, backend, threads, memory)

    for module in (detector, landmarks, lifter):
        monkeypatch.setattr(module, "load_runner", load_runner)
    MotionStream(PoseTracker(pose_model))
    assert loaded == networks((pose_model,))


@without_gpu
def test_where_no_engine_is_needed_nothing_is_built(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    used = next(choice.name for choice in choices() if choice.by_auto)
    assert main(["build"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"nothing to build: {used} needs no engine (not tensorrt: ")
    assert cuda.fault() in said.out and said.out.count("\n") == 1 and said.err == ""
    assert not list(tmp_path.iterdir())


@without_gpu
def test_what_tensorrt_lacks_is_told_when_it_is_asked_for(capsys):
    assert main(["build", "--backend", "tensorrt"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error: the backend tensorrt cannot work here: ")
    assert cuda.fault() in said.err and said.err.count("\n") == 1


def test_a_backend_that_needs_no_engine_says_so(capsys):
    assert main(["build", "--backend", "onnxruntime"]) == 0
    assert capsys.readouterr().out == "nothing to build: onnxruntime needs no engine\n"


def test_an_unknown_backend_is_told(capsys):
    assert main(["build", "--backend", "cuda"]) == 2
    assert "unknown backend 'cuda'; choose one of: auto, tensorrt, " in capsys.readouterr().err


# On a machine with a GPU and TensorRT.

SMALL = {"first": {}, "second": MEMORY}


@pytest.fixture
def gpu(make_machine, counting_network, monkeypatch, tmp_path):
    """Such a machine, with two small networks in place of the shipped ones."""
    for name in SMALL:
        shutil.copy(counting_network, tmp_path / f"{name}.onnx")
    monkeypatch.setattr(command, "networks", lambda pose_models: SMALL)
    monkeypatch.setattr(command, "model_path", lambda name: tmp_path / f"{name}.onnx")
    return make_machine()


def test_the_engines_of_the_shipped_networks_are_built_and_found_by_the_pipeline(make_machine, capsys):
    make_machine()
    assert main(["build", "--pose-model", "lite"]) == 0
    plans = known_plans()
    assert {plan.model for plan in plans} == {"pose_detection", "pose_landmark_lite", "vtm"}
    said = capsys.readouterr().out
    for plan in plans:
        assert f"{plan.path.name}  " in said and f"{plan.bytes / 1e6:.1f} MB  built in " in said
    assert said.endswith(f"in {cache_folder()}\n")
    assert MotionStream(PoseTracker("lite")).description.startswith("tensorrt")
    assert known_plans() == plans


def test_engines_that_work_are_kept_and_others_built_anew(gpu, capsys):
    assert main(["build"]) == 0
    plans = known_plans()
    assert capsys.readouterr().out.count("built in") == len(plans) == 2
    plans[0].path.write_bytes(plans[0].path.read_bytes()[:-1])
    assert main(["build", "--all", "--backend", "tensorrt"]) == 0
    said = capsys.readouterr().out
    assert said.count("built in") == said.count("was there") == 1
    assert known_plans()[0].bytes == plans[0].bytes and known_plans()[1] == plans[1]


def test_a_failure_is_told_the_others_are_built_and_it_is_tried_again(gpu, capsys, tmp_path, monkeypatch):
    network = (tmp_path / "first.onnx").read_bytes()
    (tmp_path / "first.onnx").write_bytes(b"not a network")
    assert main(["build"]) == 2
    said = capsys.readouterr()
    assert said.out.count("built in") == 1 and "first.onnx is no " in said.err
    (tmp_path / "first.onnx").write_bytes(network)
    for fails, code in (("SIGSEGV", 2), ("", 0)):
        monkeypatch.setenv("FAKE_TENSORRT_FAILS", fails)
        assert main(["build"]) == code
    assert "died of SIGSEGV" in capsys.readouterr().err
    assert len(known_plans()) == 2


def test_a_cache_that_cannot_keep_engines_is_refused_before_the_work(gpu, capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert main(["build"]) == 2
    said = capsys.readouterr()
    assert "set XDG_CACHE_HOME to a folder" in said.err and said.out == ""


def test_an_engine_that_could_not_be_kept_is_a_fault(gpu, capsys, monkeypatch):
    def full(path, key, plan):
        raise VtmError(f"cannot write {path}: No space left on device; free some space")

    monkeypatch.setattr(plan_cache, "write_plan", full)
    assert main(["build"]) == 2
    assert "the engine of second was built but cannot be kept; free some space in" in capsys.readouterr().err


def test_a_bar_shows_how_far_each_engine_is(gpu, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["build"]) == 0
    shown = capsys.readouterr().err
    assert all(name in shown for name in SMALL) and "100%" in shown


def test_the_bar_follows_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "model_path", lambda name: tmp_path / name)
    monkeypatch.setattr(command, "cache_folder", lambda: tmp_path)
    bars = Progress(console=Console(file=StringIO(), force_terminal=True))
    seen = []

    class Builder:
        key = staticmethod(lambda network: PlanKey(network.name, {}))

        def runner(self, network, threads, memory, progress):
            for share in (None, 0.0, 0.4, 1.0):
                progress(share)
                seen.append((bars.tasks[0].total, bars.tasks[0].percentage))
            write_plan(tmp_path / self.key(network).file_name, self.key(network), b"plan")

    monkeypatch.setattr(command, "known_plans", lambda: known_plans(tmp_path))
    outcome = command._build(Builder(), "vtm", MEMORY, bars, bars.add_task("vtm", total=None))
    assert seen == [(None, 0), (1, 0), (1, 40), (1, 100)]
    assert outcome.built and outcome.plan.model == "vtm"
