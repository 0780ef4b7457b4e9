"""ONNX Runtime on a GPU, on a machine that has none: doubles for what the GPU build of the library would do.

That its networks run as they should is in test_backends.py, where the same code is bound to the processor.
"""

import numpy as np
import onnxruntime
import pytest

from vtm.errors import VtmError
from vtm_trt.engine import cuda
from vtm_trt.engine.backends import choices, load_runner, onnxruntime_cuda, onnxruntime_tensorrt
from vtm_trt.engine.backends.onnxruntime import CPU
from vtm_trt.engine.backends.onnxruntime_cuda import CUDA, BoundRunner
from vtm_trt.engine.backends.onnxruntime_tensorrt import TENSORRT
from vtm_trt.engine.models import model_path
from vtm_trt.stream.lifter import MEMORY

GPU = ("onnxruntime_cuda", "onnxruntime_tensorrt")


class GpuBuild:
    """ONNX Runtime with the GPU providers. `starts`: those that get going, as far as the library tells."""

    def __init__(self, monkeypatch, starts=(TENSORRT, CUDA)):
        self.asked: list = []
        self.options: dict = {}
        real, build = onnxruntime.InferenceSession, self

        class Session:
            def __init__(self, path, options, providers, **arguments):
                build.asked, build.arguments = providers, arguments
                self._real = real(path, options, providers=[CPU])

            def get_providers(self):
                names = [name if isinstance(name, str) else name[0] for name in build.asked]
                return [name for name in names if name in (*starts, CPU)]

            def __getattr__(self, name):
                return getattr(self._real, name)

        monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
        monkeypatch.setattr(onnxruntime, "preload_dlls", self.preload, raising=False)
        monkeypatch.setattr(cuda, "fault", lambda: None)
        # The processor's memory stands for the GPU's.
        made = BoundRunner.__init__
        monkeypatch.setattr(BoundRunner, "__init__", lambda *arguments: made(*arguments, device="cpu"))
        self.preloads = 0

    def preload(self):
        self.preloads += 1
        print("Failed to load libcudnn.so.9")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("backend", GPU)
def test_runs_on_its_provider(backend, monkeypatch, home, capfd):
    build = GpuBuild(monkeypatch)
    runner = load_runner(model_path("pose_landmark_lite"), backend)
    assert runner.describe().startswith(f"onnxruntime {onnxruntime.__version__}, ")
    assert runner.describe().endswith({"onnxruntime_cuda": "CUDA", "onnxruntime_tensorrt": "Tensorrt"}[backend])
    assert build.asked[-1] == CPU, "for what the GPU's provider cannot run"
    assert build.arguments == {"enable_fallback": 0}
    assert build.preloads == 1 and capfd.readouterr().out == "", "the library's own prints are no output of ours"
    assert dict(entry for entry in build.asked if not isinstance(entry, str))[CUDA]["use_tf32"] == "0"
    image = np.random.default_rng(0).uniform(0, 1, (1, 256, 256, 3)).astype(np.float32)
    assert np.isfinite(runner({"image": image})["world"]).all()


def test_engines_of_the_tensorrt_provider_are_kept(monkeypatch, home):
    build = GpuBuild(monkeypatch)
    load_runner(model_path("pose_landmark_lite"), "onnxruntime_tensorrt")
    name, options = build.asked[0]
    assert name == TENSORRT and build.asked[1][0] == CUDA
    assert options["trt_engine_cache_enable"] == "1"
    assert options["trt_engine_cache_path"] == str(home / "vtm_trt" / f"onnxruntime-{onnxruntime.__version__}")


@pytest.mark.parametrize("backend", GPU)
def test_a_provider_that_does_not_start_is_a_fault(backend, monkeypatch, home):
    """The library itself would go on with the processor and say nothing."""
    GpuBuild(monkeypatch, starts=())
    with pytest.raises(VtmError, match="cannot start its (CUDA|Tensorrt) provider here; install"):
        load_runner(model_path("pose_landmark_lite"), backend)


def test_auto_goes_on_with_the_processor(monkeypatch, home, caplog):
    from vtm_trt.engine import backends

    backends._say.cache_clear()
    GpuBuild(monkeypatch, starts=())
    monkeypatch.setattr(backends, "BACKENDS", ("onnxruntime_cuda", "onnxruntime"))
    assert ", CPU" in load_runner(model_path("pose_landmark_lite")).describe()
    assert "onnxruntime_cuda failed" in caplog.text
    backends._say.cache_clear()


def test_memory_stays_on_the_device(monkeypatch, home):
    GpuBuild(monkeypatch)
    runner = load_runner(model_path("vtm"), "onnxruntime_cuda", memory=MEMORY)
    inputs = {name: np.full(shape, 0.1, np.float32) for name, shape in runner.input_shapes.items()}
    (state,) = runner.step(inputs, runner.blank_state())[1].values()
    assert isinstance(state, onnxruntime.OrtValue), "of the library, never an array of ours"


def test_without_a_gpu_the_gpu_is_named_first(monkeypatch):
    monkeypatch.setattr(cuda, "fault", lambda: "this machine has no GPU; plug one in")
    for module in (onnxruntime_cuda, onnxruntime_tensorrt):
        assert module.fault() == "this machine has no GPU; plug one in"


def test_without_the_provider_the_package_is_named(monkeypatch):
    monkeypatch.setattr(cuda, "fault", lambda: None)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert onnxruntime_cuda.fault() == (
        "this ONNX Runtime has no CUDA provider; install onnxruntime-gpu in place of onnxruntime"
    )
    assert "Tensorrt provider" in (onnxruntime_tensorrt.fault() or "")
    found = {choice.name: choice.fault for choice in choices()}
    assert found["onnxruntime_cuda"] == onnxruntime_cuda.fault()
