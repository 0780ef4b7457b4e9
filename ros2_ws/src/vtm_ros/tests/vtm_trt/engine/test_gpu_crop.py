"""Crops on the GPU: a driver of ordinary memory runs the genuine kernel, compiled for the processor."""

import logging
from ctypes import c_double, c_float, c_int, c_uint64, c_void_p, sizeof, string_at

import numpy as np
import pytest

from tests.vtm_trt.engine.fake_cuda import FakeCuda
from tests.vtm_trt.engine.fake_gpu import OUT_OF_MEMORY
from tests.vtm_trt.engine.kernel_on_host import HostKernel, pointers_to
from tests.vtm_trt.engine.test_tensorrt_runner import plan_of
from tests.vtm_trt.pose2d.conftest import frame, read_clip
from vtm.errors import VtmError
from vtm_trt.engine import cuda, kernels
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.cuda import Device, DeviceArray, Driver, Stream
from vtm_trt.engine.tensorrt.runner import TensorRtRunner
from vtm_trt.pose2d import detector, landmarks
from vtm_trt.pose2d.crop import HostCrop
from vtm_trt.pose2d.gpu_crop import BLOCK, Crops
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.tracker import PoseTracker

FORMS = {"detector": detector.INPUT, "landmarks": landmarks.INPUT}
PARAMETERS = (c_uint64, c_int, c_int, c_int, c_double * 6, c_int, c_float, c_float, c_int, c_uint64)
"""Of crop.cu; the first and the last are addresses."""
UPLOAD, LAUNCH = "cuMemcpyHtoDAsync_v2", "cuLaunchKernel"


class FakeNvrtc:
    def compile(self, source, name, capability):
        assert (name, capability) == ("crop.cu", 87)
        return b"compiled"


@pytest.fixture(scope="module")
def host_kernel(tmp_path_factory):
    return HostKernel("crop", tmp_path_factory.mktemp("kernel"))


@pytest.fixture(params=[False, True], ids=["discrete", "integrated"])
def integrated(request):
    return request.param


@pytest.fixture
def gpu(integrated, host_kernel, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fake = FakeCuda(integrated=integrated)
    learn_to_crop(fake, host_kernel, monkeypatch)
    yield fake
    assert not fake.faults, fake.faults[0]
    assert not fake.memory.written_after_free


def learn_to_crop(fake, host_kernel, monkeypatch):
    """Let the GPU know the crop kernel. It stops what reads or writes outside its memory."""

    def crop(grid, block, pointers):
        places = (c_void_p * len(PARAMETERS)).from_address(pointers)
        values = [
            kind.from_buffer_copy(string_at(place, sizeof(kind)))
            for kind, place in zip(PARAMETERS, places, strict=True)
        ]
        height, pitch, size = (values[index].value for index in (1, 3, 5))
        assert block == BLOCK and all((n - 1) * b < size <= n * b for n, b in zip(grid[:2], block[:2], strict=True))
        for index, extent in ((0, height * pitch), (-1, size * size * 3 * 4)):
            values[index] = c_uint64(fake.memory.on_device(values[index].value, extent))
        return lambda: host_kernel(grid, block, pointers_to(*values))

    fake.kernels["crop"] = crop
    monkeypatch.setattr(kernels, "load_nvrtc", lambda newest: FakeNvrtc())


@pytest.fixture
def device(gpu):
    return Device(Driver(gpu))


class RunnerOnGpu:
    """Runs a network on what lies in its input on the GPU, once all work before it is done."""

    concurrent = False

    def __init__(self, gpu, device, size, network=lambda inputs: inputs):
        self._memory, self._network, self.stream = gpu.memory, network, Stream(device)
        self.input_shapes = {"image": (1, size, size, 3)}
        self.device_inputs = {"image": DeviceArray.empty(device, self.input_shapes["image"])}

    def __call__(self, inputs):
        assert inputs == self.device_inputs
        return self._network({"image": self.read()})

    def read(self):
        self.stream.wait()
        array = self.device_inputs["image"]
        return self._memory.array(array.address, array.shape).copy()

    def step(self, inputs, state):
        return self(inputs), state

    def blank_state(self):
        return {}

    def describe(self):
        return "a GPU"


@pytest.fixture
def runners(gpu, device):
    return {name: RunnerOnGpu(gpu, device, form.size) for name, form in FORMS.items()}


def picture(seed=0, height=120, width=90):
    return frame(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def test_gpu_and_processor_cut_the_same(gpu, runners):
    crops = Crops()
    for name, form in FORMS.items():
        crop, on_host = crops.of(runners[name], form), HostCrop(form)
        for seed, roi in enumerate(
            (Roi(45, 60, 80, 0.3), Roi(-20, 100, 200, -2), Roi(45, 60, 120, 0), Roi(1, 1, 5, 1))
        ):
            seen = picture(seed)
            assert crop(seen, roi) is runners[name].device_inputs["image"]
            np.testing.assert_array_equal(runners[name].read(), on_host(seen, roi))


def test_frame_travels_once_and_a_crop_never(gpu, device, runners):
    crops = Crops()
    cuts = [crops.of(runners[name], form) for name, form in FORMS.items()]
    for index in range(3):
        seen = picture(index)
        for crop in (*cuts, *cuts):
            crop(seen, Roi(45, 60, 80, 0.3))
    assert gpu.calls[LAUNCH] == 12
    assert gpu.calls[UPLOAD] == (0 if device.facts.integrated else 3)
    assert gpu.calls["cuMemHostAlloc"] == 1, "the staging memory is kept"


def test_new_frame_waits_until_the_last_one_is_used(gpu, runners):
    """Two networks, each in its own stream, and nobody waits for either between the frames."""
    crops, roi = Crops(), Roi(45, 60, 80, 0.3)
    first, second = picture(1), picture(2)
    cuts = {name: crops.of(runners[name], form) for name, form in FORMS.items()}
    cuts["detector"](first, roi)
    cuts["landmarks"](second, roi)
    for name, seen in (("landmarks", second), ("detector", first)):
        np.testing.assert_array_equal(runners[name].read(), HostCrop(FORMS[name])(seen, roi))


def test_second_stream_waits_for_the_upload_of_the_first(gpu, runners):
    crops, roi, seen = Crops(), Roi(45, 60, 80, 0.3), picture()
    crops.of(runners["detector"], FORMS["detector"])(seen, roi)
    crops.of(runners["landmarks"], FORMS["landmarks"])(seen, roi)
    np.testing.assert_array_equal(runners["landmarks"].read(), HostCrop(FORMS["landmarks"])(seen, roi))


def test_size_of_the_frame_may_change(gpu, runners):
    crop, on_host = Crops().of(runners["landmarks"], landmarks.INPUT), HostCrop(landmarks.INPUT)
    before = gpu.live()
    for seen in (picture(1, 40, 50), picture(2, 400, 30), picture(3, 1, 1), picture(4, 40, 50)):
        roi = Roi(20, 20, 30, 1)
        crop(seen, roi)
        np.testing.assert_array_equal(runners["landmarks"].read(), on_host(seen, roi))
    grown = gpu.live() - before
    assert grown["pinned"] == 1 and grown["device"] <= 1, "earlier sizes are released"


@pytest.mark.parametrize(
    "function", ["cuMemHostAlloc", "cuMemAlloc_v2", "cuMemHostGetDevicePointer_v2", UPLOAD, LAUNCH]
)
@pytest.mark.parametrize(("earlier", "resized"), [(False, False), (True, False), (True, True)])
def test_gpu_that_fails_is_told_and_works_again(gpu, runners, function, earlier, resized):
    """Whichever call fails, and whether there was room for a frame before: the next crops are right."""
    crop, seen, roi = Crops().of(runners["landmarks"], landmarks.INPUT), picture(), Roi(45, 60, 80, 0.3)
    last = picture(1, *((60, 60) if resized else seen.image.shape[:2]))
    if earlier:
        crop(last, roi)
    gpu.fails[function] = OUT_OF_MEMORY
    before = gpu.calls[function]
    try:
        crop(seen, roi)
        assert gpu.calls[function] == before, "not needed on this kind of GPU"
    except VtmError as fault:
        assert f"{function} returned CUDA_ERROR_OUT_OF_MEMORY" in str(fault)
    gpu.fails.clear()
    for again in (last, seen):
        crop(again, roi)
        np.testing.assert_array_equal(runners["landmarks"].read(), HostCrop(landmarks.INPUT)(again, roi))


def test_every_thread_may_crop(gpu, runners):
    crop = Crops().of(runners["landmarks"], landmarks.INPUT)
    before = gpu.calls["cuCtxSetCurrent"]
    crop(picture(), Roi(45, 60, 80, 0.3))
    assert gpu.calls["cuCtxSetCurrent"] == before + 1


def test_kernel_is_compiled_once(gpu, device, runners, monkeypatch):
    Crops().of(runners["landmarks"], landmarks.INPUT)
    monkeypatch.setattr(kernels, "load_nvrtc", None)
    restarted = RunnerOnGpu(gpu, Device(Driver(gpu)), 256)
    assert not isinstance(Crops().of(restarted, landmarks.INPUT), HostCrop)


def test_without_a_compiler_the_processor_crops_and_one_line_tells_the_remedy(gpu, runners, monkeypatch, caplog):
    def missing(newest):
        raise VtmError(f"NVRTC is missing; install that of CUDA {newest}")

    monkeypatch.setattr(kernels, "load_nvrtc", missing)
    with caplog.at_level(logging.INFO):
        crops = Crops()
        cuts = [crops.of(runners[name], form) for name, form in FORMS.items()]
    assert all(isinstance(crop, HostCrop) for crop in cuts)
    assert [record.getMessage() for record in caplog.records] == [
        "frames are cropped on the processor, which takes longer: NVRTC is missing; install that of CUDA 12"
    ]


def test_network_on_the_processor_needs_no_gpu():
    runner = load_runner(landmarks.model_path("pose_landmark_lite"), "onnxruntime", 1)
    assert isinstance(Crops().of(runner, landmarks.INPUT), HostCrop)


def test_person_is_the_same_under_tensorrt(make_machine, integrated, host_kernel, monkeypatch):
    """The whole way: a clip in which the person is found, followed, lost, and found again, from frame to keypoints."""
    balancing = read_clip("pose2sim/cam03.mp4", 5)
    images = [*balancing[:3], np.full_like(balancing[0], 90), *balancing[3:]]
    on_host = PoseTracker("lite", "onnxruntime", 1)
    machine = make_machine(integrated=integrated)
    gpu = machine.cuda
    learn_to_crop(gpu, host_kernel, monkeypatch)
    for module in (detector, landmarks):
        monkeypatch.setattr(
            module,
            "load_runner",
            lambda path, *_: TensorRtRunner(cuda.gpu(), machine.trt, plan_of(machine.trt, path), {}),
        )
    on_gpu = PoseTracker("lite")
    gpu.calls.clear()
    shared = np.empty_like(images[0])
    for index, image in enumerate(images):
        expected = on_host.step(frame(image, index))
        shared[...] = image  # a camera that writes each image into the same memory
        seen = on_gpu.step(frame(shared, index))
        assert (seen is None) == (expected is None) == (index == 3)
        if seen is not None:
            np.testing.assert_array_equal(seen.keypoints, expected.keypoints)
            np.testing.assert_array_equal(seen.confidence, expected.confidence)
    runs = gpu.calls["cuGraphLaunch"]
    assert runs == gpu.calls[LAUNCH] == 3 + 1 + 1 + 2 + 3 + 1, "one kernel and one graph for each run of a network"
    assert gpu.calls[UPLOAD] == (0 if integrated else len(images))
