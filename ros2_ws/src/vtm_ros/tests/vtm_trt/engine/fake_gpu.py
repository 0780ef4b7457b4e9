"""A GPU as CUDA shows it, in ordinary memory: what is allocated, and work that waits in streams."""

from collections.abc import Callable
from ctypes import Array, addressof, c_ubyte
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

INVALID_VALUE, OUT_OF_MEMORY, INVALID_CONTEXT, INVALID_HANDLE, NOT_FOUND = 1, 2, 201, 400, 500
NO_DEVICE, CAPTURE_UNSUPPORTED, CAPTURE_INVALIDATED, UNKNOWN = 100, 900, 901, 999
ERRORS = {
    INVALID_VALUE: "CUDA_ERROR_INVALID_VALUE", OUT_OF_MEMORY: "CUDA_ERROR_OUT_OF_MEMORY",
    INVALID_CONTEXT: "CUDA_ERROR_INVALID_CONTEXT", INVALID_HANDLE: "CUDA_ERROR_INVALID_HANDLE",
    NOT_FOUND: "CUDA_ERROR_NOT_FOUND", NO_DEVICE: "CUDA_ERROR_NO_DEVICE",
    CAPTURE_UNSUPPORTED: "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", UNKNOWN: "CUDA_ERROR_UNKNOWN",
    CAPTURE_INVALIDATED: "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
}  # fmt: skip
Work = Callable[[], None]


class CudaFault(Exception):
    """A call that returns the CUresult `code`."""

    def __init__(self, code: int):
        super().__init__(ERRORS[code])
        self.code = code


class FakeMemory:
    """Device and pinned memory. Device addresses are OFFSET above the ordinary ones: the two cannot be confused."""

    SIZE, OFFSET, ALIGNMENT = 8 << 30, 1 << 60, 256

    def __init__(self) -> None:
        self.device: dict[int, Array] = {}
        self.pinned: dict[int, Array] = {}
        self._freed: list[tuple[Array, int]] = []

    def allocate(self, kind: dict[int, Array], size: int) -> int:
        """The ordinary address of new memory, full of rubbish."""
        if size > self.SIZE:
            raise CudaFault(OUT_OF_MEMORY)
        room = (c_ubyte * (size + self.ALIGNMENT))()
        content = (c_ubyte * size).from_buffer(room, -addressof(room) % self.ALIGNMENT)
        array = np.frombuffer(content, np.uint8)
        array[...] = 0xAB
        kind[array.ctypes.data] = content
        return array.ctypes.data

    def free(self, kind: dict[int, Array], address: int) -> None:
        content = kind.pop(address, None)
        if content is None:
            raise CudaFault(INVALID_VALUE)
        rubbish = 0xCD if kind is self.device else 0xDC
        np.frombuffer(content, np.uint8)[...] = rubbish
        self._freed.append((content, rubbish))

    @property
    def written_after_free(self) -> bool:
        """Whether work that waited has written where memory had been freed before it was done."""
        return any((np.frombuffer(content, np.uint8) != rubbish).any() for content, rubbish in self._freed)

    def on_device(self, address: int, size: int) -> int:
        """The ordinary address of what the GPU reaches at `address`, if there are `size` bytes."""
        start = address - self.OFFSET
        for kind in (self.device, self.pinned):
            if any(base <= start and start + size <= base + len(content) for base, content in kind.items()):
                return start
        raise CudaFault(INVALID_VALUE)

    def on_host(self, address: int, size: int) -> int:
        """`address`, if the processor can use it: device memory it cannot."""
        if address >= self.OFFSET or any(b <= address < b + len(content) for b, content in self.device.items()):
            raise CudaFault(INVALID_VALUE)
        return address

    def is_pinned(self, address: int) -> bool:
        return any(base <= address < base + len(content) for base, content in self.pinned.items())

    def array(self, address: int, shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
        """What lies at a device address, as code on the GPU sees it."""
        size = prod(shape) * np.dtype(dtype).itemsize
        return np.frombuffer((c_ubyte * size).from_address(self.on_device(address, size)), dtype).reshape(shape)


@dataclass
class FakeStream:
    """Work waits until somebody waits for it. captured: the work recorded so far, None when nothing is recorded."""

    waiting: list[Work] = field(default_factory=list)
    captured: list[Work] | None = None
    spoiled: bool = False

    def add(self, work: Work) -> None:
        if self.spoiled:
            raise CudaFault(CAPTURE_INVALIDATED)
        (self.waiting if self.captured is None else self.captured).append(work)

    def run(self, until: Work | None = None) -> None:
        """Do the waiting work, up to and with `until`."""
        while self.waiting:
            work = self.waiting.pop(0)
            work()
            if work is until:
                return

    def synchronize(self) -> None:
        """As cuStreamSynchronize: while a stream is captured this is not allowed, and spoils the capture."""
        if self.captured is not None:
            self.spoiled = True
            raise CudaFault(CAPTURE_UNSUPPORTED)
        self.run()


@dataclass
class FakeEvent:
    """The point that was recorded last. Who waits for it waits for that one, even if another is recorded meanwhile."""

    point: "FakePoint | None" = None

    def record(self, stream: FakeStream) -> None:
        self.point = FakePoint(stream)
        stream.add(self.point)

    def wait(self) -> None:
        if self.point:
            self.point.wait()


@dataclass
class FakePoint:
    """A point in a stream's work."""

    stream: FakeStream
    passed: bool = False

    def __call__(self) -> None:
        """The work of this point."""
        self.passed = True

    def wait(self) -> None:
        if not self.passed:
            self.stream.run(until=self)


@dataclass
class FakeGraph:
    work: list[Work]


class FakeGraphExec(FakeGraph):
    pass


@dataclass
class FakeModule:
    image: str


@dataclass
class FakeFunction:
    run: Callable[[tuple[int, ...], tuple[int, ...], int], None]
