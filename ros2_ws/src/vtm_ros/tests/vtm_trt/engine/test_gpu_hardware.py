"""The CUDA layer, the kernels and the networks on a real NVIDIA GPU; without one all of it is skipped."""

import gc

import numpy as np
import pytest

from tests.vtm_trt.engine.test_cuda import test_a_recorded_graph_repeats_its_work  # noqa: F401  here on the GPU
from tests.vtm_trt.pose2d.conftest import frame
from vtm.errors import VtmError
from vtm_trt.engine import cuda
from vtm_trt.engine.backends import choices, load_runner
from vtm_trt.engine.cuda import DeviceArray, Event, Stream, pinned
from vtm_trt.engine.cuda.nvrtc import load_nvrtc
from vtm_trt.engine.kernels import load_kernel
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d import detector, landmarks
from vtm_trt.pose2d.crop import HostCrop
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.roi import Roi
from vtm_trt.stream.lifter import MEMORY

pytestmark = pytest.mark.skipif(bool(cuda.fault()), reason=str(cuda.fault()))
FORMS = {"detector": detector.INPUT, "landmarks": landmarks.INPUT}
ON_GPU = ("onnxruntime_cuda", "torch", "tensorrt")
TOLERANCE = 5e-3
"""Relative to outputs above 1, after STEPS frames of noise whose states went round: backends of the processor differ by
7e-4 there."""
STEPS = 40


@pytest.fixture
def device():
    return cuda.gpu()


@pytest.fixture
def compiler(device, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    try:
        return load_nvrtc(int(device.facts.cuda.split(".")[0]))
    except VtmError as fault:
        pytest.skip(str(fault))


def test_numbers_make_the_way_there_and_back(device):
    stream, there, back = Stream(device), pinned(device, (300, 400)), pinned(device, (300, 400))
    there[...] = np.random.default_rng(0).normal(size=there.shape)
    first, second = DeviceArray.empty(device, there.shape), DeviceArray.empty(device, there.shape)
    stream.upload(first, there)
    stream.copy(second, first)
    stream.zero(first)
    stream.download(back, second)
    stream.wait()
    np.testing.assert_array_equal(back, there)
    stream.download(back, first)
    stream.wait()
    assert not back.any()


def test_failed_capture_leaves_the_stream_at_work(device):
    stream, target, array = Stream(device), pinned(device, (2,)), DeviceArray.empty(device, (2,))

    def work():
        stream.zero(array)
        raise RuntimeError("not to be recorded")

    with pytest.raises(RuntimeError, match="not to be recorded"):
        stream.capture(work)
    target[...] = 1
    stream.zero(array)
    stream.download(target, array)
    stream.wait()
    assert not target.any()


def test_streams_wait_for_each_other(device):
    first, second, done = Stream(device), Stream(device), Event(device)
    source, target, array = (
        pinned(device, (1 << 22,)),
        pinned(device, (1 << 22,)),
        DeviceArray.empty(device, (1 << 22,)),
    )
    source[...] = 7
    first.upload(array, source)
    first.record(done)
    second.after(done)
    second.download(target, array)
    second.wait()
    assert (target == 7).all()


def test_memory_is_given_back(device):
    """A hundred sixths of it fit, one after the other."""
    size = (device.facts.memory_bytes // 6,)
    for _ in range(100):
        DeviceArray.empty(device, size, np.uint8)
        gc.collect()


class InputOnGpu:
    """A runner that only keeps its input on the GPU."""

    concurrent = False

    def __init__(self, device, size):
        self.stream, self.input_shapes = Stream(device), {"image": (1, size, size, 3)}
        self.device_inputs = {"image": DeviceArray.empty(device, self.input_shapes["image"])}
        self._host = pinned(device, self.input_shapes["image"])

    def __call__(self, inputs):
        return {}

    def step(self, inputs, state):
        return {}, state

    def blank_state(self):
        return {}

    def describe(self):
        return "a GPU"

    def read(self):
        self.stream.download(self._host, self.device_inputs["image"])
        self.stream.wait()
        return self._host.copy()


def test_crops_are_those_of_the_processor_to_the_bit(device, compiler):
    assert load_kernel(device, "crop")
    crops, rng = Crops(), np.random.default_rng(0)
    for name, form in FORMS.items():
        runner = InputOnGpu(device, form.size)
        crop, on_host = crops.of(runner, form), HostCrop(form)
        assert not isinstance(crop, HostCrop), f"{name} is cropped on the processor"
        for _ in range(40):
            height, width = rng.integers(50, 1200, 2)
            seen = frame(rng.integers(0, 256, (height, width, 3), np.uint8))
            roi = Roi(*rng.uniform(-0.2, 1.2, 2) * (width, height), rng.uniform(5, 1500), rng.uniform(-3, 3))
            crop(seen, roi)
            np.testing.assert_array_equal(runner.read(), on_host(seen, roi))


@pytest.mark.parametrize("backend", ON_GPU)
@pytest.mark.parametrize("name", ["vtm", "pose_detection", "pose_landmark_full"])
def test_networks_compute_what_the_processor_computes(backend, name, tmp_path, monkeypatch):
    if fault := next(one.fault for one in choices() if one.name == backend):
        pytest.skip(fault)
    memory = MEMORY if name == "vtm" else None
    ours, theirs = (load_runner(model_path(name), each, 2, memory) for each in (backend, "onnxruntime"))
    state, reference = ours.blank_state(), theirs.blank_state()
    rng = np.random.default_rng(0)
    for _ in range(STEPS if memory else 3):
        given = {key: rng.uniform(0, 1, shape).astype(np.float32) for key, shape in ours.input_shapes.items()}
        found, state = ours.step(given, state)
        wanted, reference = theirs.step(given, reference)
        for key, values in wanted.items():
            assert np.abs(found[key] - values).max() <= TOLERANCE * max(1.0, np.abs(values).max()), key
