"""A stand-in for libcuda: C functions that do what the driver's do, on a GPU in ordinary memory."""

import traceback
from collections import Counter
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_char_p,
    c_int,
    c_size_t,
    c_uint64,
    c_void_p,
    memmove,
    memset,
    string_at,
)
from itertools import count
from typing import Any

from tests.vtm_trt.engine.fake_gpu import (
    ERRORS,
    INVALID_CONTEXT,
    INVALID_HANDLE,
    INVALID_VALUE,
    NOT_FOUND,
    UNKNOWN,
    CudaFault,
    FakeEvent,
    FakeFunction,
    FakeGraph,
    FakeGraphExec,
    FakeMemory,
    FakeModule,
    FakeStream,
)  # fmt: skip
from vtm_trt.engine.cuda.driver import SIGNATURES

NAME, CUDA = b"Orin (nvgpu)", 12060
ATTRIBUTES = {16: 8, 18: 0, 75: 8, 76: 7}
"""Multiprocessors, integrated, compute capability 8.7."""
CONTEXT = 0xC0


class FakeCuda:
    """A driver with `devices` GPUs.

    calls: how often each function was called.  fails: name -> CUresult that its calls return.  missing: functions that
    this driver lacks.  kernels: what a module exports, name -> function of (grid, block, address of the arguments).
    faults: what went wrong in here, which nothing may.
    """

    def __init__(self, devices: int = 1, integrated: bool = False):
        self.devices = devices
        self.attributes = ATTRIBUTES | {18: int(integrated)}
        self.calls: Counter[str] = Counter()
        self.fails: dict[str, int] = {}
        self.missing: set[str] = set()
        self.kernels: dict[str, Callable] = {}
        self.faults: list[str] = []
        self.memory = FakeMemory()
        self._contexts, self._current = 0, False
        self._objects: dict[int, Any] = {}
        self._numbers = count(0x1000, 8)
        self._functions: dict[str, Any] = {}
        self._texts = {code: c_char_p(name.encode()) for code, name in ERRORS.items()}

    def __getattr__(self, name: str) -> Any:
        if name not in SIGNATURES or name in self.missing:
            raise AttributeError(name)
        if name not in self._functions:
            pointer = type(POINTER(c_int))
            kinds = [c_void_p if isinstance(k, pointer) or k is c_char_p else k for k in SIGNATURES[name]]
            self._functions[name] = CFUNCTYPE(c_int, *kinds)(self._guarded(name))
        return self._functions[name]

    def _guarded(self, name: str) -> Callable[..., int]:
        answer = getattr(self, f"_{name.removesuffix('_v2')}")

        def call(*arguments: Any) -> int:
            self.calls[name] += 1
            if name in self.fails:
                return self.fails[name]
            try:
                answer(*(argument or 0 for argument in arguments))
            except CudaFault as fault:
                return fault.code
            except BaseException:  # no exception passes through C
                self.faults.append(traceback.format_exc())
                return UNKNOWN
            return 0

        return call

    def live(self) -> Counter[str]:
        """What has not been released: how many of each kind."""
        kinds = Counter(type(thing).__name__.removeprefix("Fake") for thing in self._objects.values())
        sizes = {"device": len(self.memory.device), "pinned": len(self.memory.pinned), "context": self._contexts}
        return +(kinds + Counter(sizes) - Counter(Function=len(self._objects)))

    def stream(self, handle: int) -> FakeStream:
        """The stream that a library gets by its handle."""
        return self._get(handle, FakeStream)

    def _new(self, out: int, thing: Any) -> None:
        self._need(self._current, INVALID_CONTEXT)
        number = next(self._numbers)
        self._objects[number] = thing
        c_uint64.from_address(out).value = number

    def _get(self, number: int, kind: type) -> Any:
        thing = self._objects.get(number)
        self._need(isinstance(thing, kind), INVALID_HANDLE)
        return thing

    def _drop(self, number: int, kind: type) -> None:
        self._get(number, kind)
        del self._objects[number]

    @staticmethod
    def _need(fulfilled: object, code: int) -> None:
        if not fulfilled:
            raise CudaFault(code)

    # The functions of libcuda. `out` is the address of a result.

    def _cuInit(self, flags: int) -> None:
        self._need(flags == 0, INVALID_VALUE)

    def _cuGetErrorName(self, code: int, out: int) -> None:
        self._need(code in self._texts, INVALID_VALUE)
        c_void_p.from_address(out).value = c_void_p.from_buffer(self._texts[code]).value

    _cuGetErrorString = _cuGetErrorName

    def _cuDriverGetVersion(self, out: int) -> None:
        c_int.from_address(out).value = CUDA

    def _cuDeviceGetCount(self, out: int) -> None:
        c_int.from_address(out).value = self.devices

    def _cuDeviceGet(self, out: int, ordinal: int) -> None:
        self._need(ordinal < self.devices, INVALID_VALUE)
        c_int.from_address(out).value = ordinal

    def _cuDeviceGetName(self, out: int, size: int, _device: int) -> None:
        memmove(out, NAME + b"\0", min(size, len(NAME) + 1))

    def _cuDeviceGetAttribute(self, out: int, attribute: int, _device: int) -> None:
        c_int.from_address(out).value = self.attributes[attribute]

    def _cuDeviceTotalMem(self, out: int, _device: int) -> None:
        c_size_t.from_address(out).value = FakeMemory.SIZE

    def _cuDevicePrimaryCtxRetain(self, out: int, _device: int) -> None:
        self._contexts += 1
        c_uint64.from_address(out).value = CONTEXT

    def _cuDevicePrimaryCtxRelease(self, _device: int) -> None:
        self._contexts -= 1

    def _cuCtxSetCurrent(self, context: int) -> None:
        self._need(context == CONTEXT and self._contexts > 0, INVALID_CONTEXT)
        self._current = True

    def _cuMemAlloc(self, out: int, size: int) -> None:
        self._need(self._current, INVALID_CONTEXT)
        c_uint64.from_address(out).value = self.memory.allocate(self.memory.device, size) + FakeMemory.OFFSET

    def _cuMemFree(self, address: int) -> None:
        self.memory.free(self.memory.device, address - FakeMemory.OFFSET)

    def _cuMemHostAlloc(self, out: int, size: int, _flags: int) -> None:
        self._need(self._current, INVALID_CONTEXT)
        c_uint64.from_address(out).value = self.memory.allocate(self.memory.pinned, size)

    def _cuMemFreeHost(self, address: int) -> None:
        self.memory.free(self.memory.pinned, address)

    def _cuMemHostGetDevicePointer(self, out: int, address: int, flags: int) -> None:
        self._need(flags == 0 and self.memory.is_pinned(address), INVALID_VALUE)
        c_uint64.from_address(out).value = address + FakeMemory.OFFSET

    def _cuMemcpyHtoDAsync(self, target: int, source: int, size: int, stream: int) -> None:
        target, source = self.memory.on_device(target, size), self.memory.on_host(source, size)
        content: Any = source if self.memory.is_pinned(source) else string_at(source, size)
        self.stream(stream).add(lambda: _do(memmove, target, content, size))

    def _cuMemcpyDtoHAsync(self, target: int, source: int, size: int, stream: int) -> None:
        target, source = self.memory.on_host(target, size), self.memory.on_device(source, size)
        self.stream(stream).add(lambda: _do(memmove, target, source, size))

    def _cuMemcpyDtoDAsync(self, target: int, source: int, size: int, stream: int) -> None:
        target, source = self.memory.on_device(target, size), self.memory.on_device(source, size)
        self.stream(stream).add(lambda: _do(memmove, target, source, size))

    def _cuMemsetD8Async(self, target: int, value: int, size: int, stream: int) -> None:
        target = self.memory.on_device(target, size)
        self.stream(stream).add(lambda: _do(memset, target, value, size))

    def _cuStreamCreate(self, out: int, _flags: int) -> None:
        self._new(out, FakeStream())

    def _cuStreamDestroy(self, stream: int) -> None:
        self._drop(stream, FakeStream)

    def _cuStreamWaitEvent(self, stream: int, event: int, _flags: int) -> None:
        if point := self._get(event, FakeEvent).point:
            self.stream(stream).add(point.wait)

    def _cuStreamBeginCapture(self, stream: int, mode: int) -> None:
        self._need(mode in (0, 1, 2) and self.stream(stream).captured is None, INVALID_VALUE)
        self.stream(stream).captured = []

    def _cuStreamEndCapture(self, stream: int, out: int) -> None:
        captured = self.stream(stream)
        work, spoiled = captured.captured, captured.spoiled
        captured.captured, captured.spoiled = None, False
        c_uint64.from_address(out).value = 0
        self._need(work is not None, INVALID_VALUE)
        self._need(not spoiled, 901)
        self._new(out, FakeGraph(work or []))

    def _cuEventCreate(self, out: int, _flags: int) -> None:
        self._new(out, FakeEvent())

    def _cuEventDestroy(self, event: int) -> None:
        self._drop(event, FakeEvent)

    def _cuEventRecord(self, event: int, stream: int) -> None:
        self._get(event, FakeEvent).record(self.stream(stream))

    def _cuEventSynchronize(self, event: int) -> None:
        self._get(event, FakeEvent).wait()

    def _cuGraphInstantiateWithFlags(self, out: int, graph: int, flags: int) -> None:
        self._need(flags == 0, INVALID_VALUE)
        self._new(out, FakeGraphExec(list(self._get(graph, FakeGraph).work)))

    def _cuGraphLaunch(self, graph: int, stream: int) -> None:
        for work in self._get(graph, FakeGraphExec).work:
            self.stream(stream).add(work)

    def _cuGraphDestroy(self, graph: int) -> None:
        self._drop(graph, FakeGraph)

    def _cuGraphExecDestroy(self, graph: int) -> None:
        self._drop(graph, FakeGraphExec)

    def _cuModuleLoadData(self, out: int, image: int) -> None:
        self._new(out, FakeModule(string_at(image).decode()))

    def _cuModuleUnload(self, module: int) -> None:
        self._drop(module, FakeModule)

    def _cuModuleGetFunction(self, out: int, module: int, name: int) -> None:
        run = self.kernels.get(string_at(name).decode())
        self._need(self._get(module, FakeModule) and run, NOT_FOUND)
        self._new(out, FakeFunction(run))

    def _cuLaunchKernel(self, function: int, *rest: int) -> None:
        grid, block, (_shared, stream, arguments, _extra) = rest[:3], rest[3:6], rest[6:]
        run = self._get(function, FakeFunction).run(grid, block, arguments)
        self.stream(stream).add(run)


def _do(work: Callable, *arguments: Any) -> None:
    """For its effect alone."""
    work(*arguments)
