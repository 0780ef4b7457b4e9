"""Own code on the GPU."""

from ctypes import addressof, byref, c_char_p, c_void_p, cast
from typing import Any

from vtm_trt.engine.cuda.device import Device
from vtm_trt.engine.cuda.driver import Handle
from vtm_trt.engine.cuda.stream import Stream

Extent = tuple[int, int, int]


class Module:
    """Compiled code: PTX, which the driver compiles for its GPU, or a cubin."""

    def __init__(self, device: Device, image: bytes):
        self._driver, self._handle = device.driver, Handle()
        device.driver("cuModuleLoadData", byref(self._handle), cast(c_char_p(image), c_void_p))
        device.release_with(self, "cuModuleUnload", self._handle)

    def kernel(self, name: str) -> "Kernel":
        """The kernel that the image exports as `name`."""
        handle = Handle()
        self._driver("cuModuleGetFunction", byref(handle), self._handle, name.encode())
        return Kernel(self, handle)


class Kernel:
    """Code that the GPU runs; `Module.kernel` makes it."""

    def __init__(self, module: Module, handle: Handle):
        self._module, self._handle = module, handle

    def __call__(self, stream: Stream, grid: Extent, block: Extent, *arguments: Any) -> None:
        """Put one run into a stream.

        Args:
            stream: Where the work goes.
            grid: Blocks in x, y and z.
            block: Threads in x, y and z.
            *arguments: ctypes values of the kernel's own types, c_uint64 for an address; CUDA copies them at once.
        """
        pointers = (c_void_p * len(arguments))(*(addressof(argument) for argument in arguments))
        launch = stream.device.driver
        launch("cuLaunchKernel", self._handle, *grid, *block, 0, stream.handle, pointers, None)
