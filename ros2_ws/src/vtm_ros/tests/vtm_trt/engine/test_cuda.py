"""The CUDA layer over a driver of ordinary memory."""

import gc
import re
from ctypes import POINTER, c_char_p, c_float, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_void_p, sizeof
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from tests.vtm_trt.engine.fake_cuda import FakeCuda
from tests.vtm_trt.engine.fake_gpu import CAPTURE_INVALIDATED, NO_DEVICE, OUT_OF_MEMORY
from vtm.errors import VtmError
from vtm_trt.engine import cuda
from vtm_trt.engine.cuda import Device, DeviceArray, Driver, Event, Module, Stream, mapped, pinned
from vtm_trt.engine.cuda import driver as driver_module
from vtm_trt.engine.cuda.driver import SIGNATURES


@pytest.fixture
def fake():
    fake = FakeCuda()
    yield fake
    assert not fake.faults, fake.faults[0]
    assert not fake.memory.written_after_free


@pytest.fixture
def device(fake):
    return Device(Driver(fake))


@pytest.fixture
def no_cache():
    """The process's driver and device are looked up anew, before and after."""
    caches = driver_module.driver, cuda.gpu
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_facts(device):
    facts = device.facts
    assert (facts.name, facts.compute_capability, facts.multiprocessors) == ("Orin (nvgpu)", "8.7", 8)
    assert (facts.memory_bytes, facts.cuda, facts.integrated) == (8 << 30, "12.6", False)


def test_the_numbers_make_the_way_there_and_back(device):
    stream, there, back = Stream(device), pinned(device, (3, 4)), pinned(device, (3, 4))
    there[...] = np.arange(12).reshape(3, 4)
    first, second = DeviceArray.empty(device, (3, 4)), DeviceArray.empty(device, (3, 4))
    stream.upload(first, there)
    stream.copy(second, first)
    stream.zero(first)
    stream.download(back, second)
    assert not back.any(), "nothing has been waited for"
    stream.wait()
    np.testing.assert_array_equal(back, there)
    stream.download(back, first)
    stream.wait()
    assert not back.any()


def test_ordinary_memory_is_taken_at_once(device):
    stream, back = Stream(device), pinned(device, (2,))
    array, target = np.ones(2, np.float32), DeviceArray.empty(device, (2,))
    stream.upload(target, array)
    array[...] = 5
    stream.download(back, target)
    stream.wait()
    assert back.tolist() == [1, 1]


def test_mapped_memory_is_the_same_memory(device, fake):
    array = pinned(device, (2, 2))
    seen = mapped(device, array)
    fake.memory.array(seen.address, seen.shape)[...] = [[1, 2], [3, 4]]
    np.testing.assert_array_equal(array, [[1, 2], [3, 4]])


def test_a_recorded_graph_repeats_its_work(device):
    stream, source, target = Stream(device), pinned(device, (2,)), pinned(device, (2,))
    array = DeviceArray.empty(device, (2,))

    def work():
        stream.upload(array, source)
        stream.download(target, array)

    graph = stream.capture(work)
    stream.wait()
    assert not target.any(), "recorded, not run"
    for number in (1, 2):
        source[...] = number
        stream.launch(graph)
        stream.wait()
        assert target.tolist() == [number, number]


def test_after_a_failed_capture_the_stream_works_on(device, fake):
    stream, target, array = Stream(device), pinned(device, (2,)), DeviceArray.empty(device, (2,))

    def work():
        stream.zero(array)
        raise RuntimeError("not to be recorded")

    with pytest.raises(RuntimeError, match="not to be recorded"):
        stream.capture(work)
    with pytest.raises(VtmError, match="CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"):
        stream.capture(lambda: setattr(fake.stream(stream.handle.value), "spoiled", True))
    fake.fails["cuGraphInstantiateWithFlags"] = CAPTURE_INVALIDATED
    with pytest.raises(VtmError, match="cuGraphInstantiateWithFlags"):
        stream.capture(lambda: stream.zero(array))
    assert fake.live()["Graph"] == fake.live()["GraphExec"] == 0
    target[...] = 1
    stream.zero(array)
    stream.download(target, array)
    stream.wait()
    assert not target.any()


def test_streams_wait_for_each_other(device):
    first, second = Stream(device), Stream(device)
    source, target, array = pinned(device, (2,)), pinned(device, (2,)), DeviceArray.empty(device, (2,))
    done = Event(device)
    source[...] = 7
    first.upload(array, source)
    first.record(done)
    second.after(done)
    second.download(target, array)
    second.wait()
    assert target.tolist() == [7, 7]


def test_a_kernel_gets_its_arguments(device, fake):
    def scale(grid, block, arguments):
        addresses = (c_void_p * 3).from_address(arguments)
        types = zip((c_uint64, c_float, c_int), addresses, strict=True)
        array, factor, number = (kind.from_address(address).value for kind, address in types)
        assert (grid, block) == ((2, 1, 1), (32, 1, 1))

        def run():
            numbers = fake.memory.array(array, (number,))
            numbers *= factor

        return run

    fake.kernels["scale"] = scale
    stream, array, host = Stream(device), DeviceArray.empty(device, (4,)), pinned(device, (4,))
    host[...] = [1, 2, 3, 4]
    kernel = Module(device, b"// PTX").kernel("scale")
    gc.collect()
    stream.upload(array, host)
    kernel(stream, (2, 1, 1), (32, 1, 1), c_uint64(array.address), c_float(0.5), c_int(4))
    stream.download(host, array)
    stream.wait()
    assert host.tolist() == [0.5, 1, 1.5, 2]
    with pytest.raises(VtmError, match="CUDA_ERROR_NOT_FOUND"):
        Module(device, b"// PTX").kernel("shear")


def test_everything_is_released(fake):
    def use():
        device = Device(Driver(fake))
        stream, host, array = Stream(device), pinned(device, (2,)), DeviceArray.empty(device, (2,))
        kept = stream.capture(lambda: stream.zero(array)), Module(device, b"// PTX")
        assert set(fake.live()) == {"context", "device", "pinned", "Stream", "Event", "GraphExec", "Module"}
        return host[1:], kept

    view, kept = use()
    del kept
    gc.collect()
    assert fake.live() == {"context": 1, "pinned": 1}
    view[...] = 1
    del view
    gc.collect()
    assert not fake.live()


def test_each_thread_activates_the_device(device, fake):
    before = fake.calls["cuCtxSetCurrent"]
    thread = Thread(target=device.activate)
    thread.start()
    thread.join()
    assert fake.calls["cuCtxSetCurrent"] == before + 1


def test_what_does_not_fit_is_refused(device):
    stream, array = Stream(device), DeviceArray.empty(device, (4,))
    with pytest.raises(VtmError, match="12 bytes does not fit one of 16"):
        stream.upload(array, np.zeros(3, np.float32))
    with pytest.raises(VtmError, match="C-contiguous"):
        stream.upload(array, np.zeros((4, 2), np.float32)[:, 0])


def test_errors_carry_their_names_and_remedies(device, fake):
    with pytest.raises(VtmError, match="cuMemAlloc_v2 returned CUDA_ERROR_OUT_OF_MEMORY.*free GPU memory"):
        DeviceArray.empty(device, (1 << 40,))
    fake.fails["cuStreamCreate"] = 12345
    with pytest.raises(VtmError, match="cuStreamCreate returned 12345"):
        Stream(device)


def test_an_old_driver_is_named(device, fake):
    fake.missing.add("cuStreamBeginCapture_v2")
    with pytest.raises(VtmError, match="lacks cuStreamBeginCapture_v2; install a newer driver"):
        Stream(device).capture(lambda: None)


@pytest.mark.usefixtures("no_cache")
def test_no_driver(monkeypatch):
    monkeypatch.setattr(driver_module, "LIBRARY", "libno-such-driver.so.1")
    assert "has no NVIDIA driver (libno-such-driver.so.1); install it" in cuda.fault()
    with pytest.raises(VtmError, match="no NVIDIA driver"):
        cuda.gpu()


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize(
    ("arrange", "message"),
    [
        (lambda fake: fake.fails.update(cuInit=NO_DEVICE), "cuInit returned CUDA_ERROR_NO_DEVICE"),
        (lambda fake: fake.fails.update(cuDeviceGetCount=OUT_OF_MEMORY), "cuDeviceGetCount returned"),
        (lambda fake: setattr(fake, "devices", 0), "no NVIDIA GPU; check CUDA_VISIBLE_DEVICES"),
        (lambda fake: fake.missing.add("cuInit"), "lacks cuInit"),
    ],
)
def test_no_device(monkeypatch, fake, arrange, message):
    arrange(fake)
    monkeypatch.setattr(driver_module, "CDLL", lambda _name: fake)
    assert message in cuda.fault()
    assert not fake.live(), "the probe makes no context"


@pytest.mark.usefixtures("no_cache")
def test_one_device_for_the_process(monkeypatch, fake):
    monkeypatch.setattr(driver_module, "CDLL", lambda _name: fake)
    assert cuda.fault() is None
    assert cuda.gpu() is cuda.gpu()
    assert fake.live() == {"context": 1}


HEADERS = sorted(Path("/usr/local").glob("cuda*/include/cuda.h"))
C_TYPES = {
    "unsigned int": c_uint, "int": c_int, "size_t": c_size_t, "unsigned char": c_ubyte, "CUdevice": c_int,
    "CUdevice_attribute": c_int, "CUresult": c_int, "CUdeviceptr": c_uint64, "CUstreamCaptureMode": c_int,
    "unsigned long long": c_uint64, "float": c_float, "char *": c_char_p, "void *": c_void_p, "CUcontext": c_void_p,
    "CUstream": c_void_p, "CUevent": c_void_p, "CUgraph": c_void_p, "CUgraphExec": c_void_p, "CUmodule": c_void_p,
    "CUfunction": c_void_p,
}  # fmt: skip


@pytest.mark.skipif(not HEADERS, reason="no CUDA toolkit here, whose cuda.h could be compared")
def test_signatures_are_those_of_cuda_h():
    """Each function is declared in cuda.h under this name with these parameters."""
    text = re.sub(r"/\*.*?\*/", " ", HEADERS[-1].read_text(), flags=re.S)
    renamed = dict(re.findall(r"#\s*define\s+(cu\w+)\s+(?:__CUDA_API_PTSZ\()?(cu\w+)", text))
    declared = {}
    for name, parameters in re.findall(r"CUresult CUDAAPI (cu\w+)\(([^)]*)\);", text):
        for symbol in {name, renamed.get(name, name)}:
            declared.setdefault(symbol, []).append(parameters)
    for name, types in SIGNATURES.items():
        assert any(_same(parameters, types) for parameters in declared.get(name, [])), (name, declared.get(name))


def _same(parameters: str, types: tuple) -> bool:
    found = [_c_type(parameter) for parameter in parameters.split(",")]
    return len(found) == len(types) and all(_alike(a, b) for a, b in zip(found, types, strict=True))


def _c_type(parameter: str):
    words = re.sub(r"\bconst\b|\w+$", "", parameter.strip()).strip()
    if words in C_TYPES:
        return C_TYPES[words]
    assert words.endswith("*"), parameter
    return POINTER(C_TYPES[words[:-1].strip()])


def _alike(a, b) -> bool:
    return a is b or (sizeof(a) == sizeof(b) and getattr(a, "_type_", None) == getattr(b, "_type_", None))
