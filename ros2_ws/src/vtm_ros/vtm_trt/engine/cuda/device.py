"""The GPU: whether there is one, what it is, and the context in which everything else happens."""

import weakref
from ctypes import byref, c_int, c_size_t, create_string_buffer
from dataclasses import dataclass
from functools import cache

from vtm.errors import VtmError
from vtm_trt.engine.cuda.driver import Driver, Handle, driver

_NAME_BYTES = 256
_MULTIPROCESSOR_COUNT, _INTEGRATED, _CAPABILITY_MAJOR, _CAPABILITY_MINOR = 16, 18, 75, 76
"""CUdevice_attribute."""


@dataclass(frozen=True)
class DeviceFacts:
    """What a network built for a GPU depends on.

    Attributes:
        name: Of the GPU.
        compute_capability: Such as "8.7".
        multiprocessors: How many.
        memory_bytes: All of the GPU's memory.
        cuda: The newest CUDA version of the driver, such as "12.6".
        integrated: Whether the GPU works in the machine's own memory, as on a Jetson.
    """

    name: str
    compute_capability: str
    multiprocessors: int
    memory_bytes: int
    cuda: str
    integrated: bool


class Device:
    """The first GPU that the process sees, with its primary context, which CUDA's libraries share.

    CUDA_VISIBLE_DEVICES chooses another one. Each thread calls `activate` before it uses the device.
    """

    def __init__(self, driver: Driver):
        self.driver = driver
        number, context = c_int(), Handle()
        driver("cuDeviceGet", byref(number), 0)
        self.facts = _facts(driver, number.value)
        driver("cuDevicePrimaryCtxRetain", byref(context), number)
        self._context = context
        self.finalizer = weakref.finalize(self, driver.status, "cuDevicePrimaryCtxRelease_v2", number)
        self.finalizer.atexit = False
        self.activate()

    def activate(self) -> None:
        """Make the context that of the calling thread."""
        self.driver("cuCtxSetCurrent", self._context)

    def release_with(self, owner: object, function: str, handle: object) -> None:
        """Call `function(handle)` once `owner` is gone.

        At the end of the process CUDA itself releases everything.

        Args:
            owner: Lives as long as the handle is used.
            function: Of the driver.
            handle: What it releases.
        """
        weakref.finalize(owner, self._release, function, handle).atexit = False

    def _release(self, function: str, handle: object) -> None:
        self.driver.status("cuCtxSetCurrent", self._context)
        self.driver.status(function, handle)


def fault() -> str | None:
    """Why CUDA cannot work on this machine, with the remedy; asked without making a context."""
    try:
        count = c_int()
        driver()("cuDeviceGetCount", byref(count))
    except VtmError as error:
        return str(error)
    return None if count.value else "this machine shows no NVIDIA GPU; check CUDA_VISIBLE_DEVICES and the driver"


@cache
def gpu() -> Device:
    """The process's device.

    Raises:
        VtmError: `fault` has something to say.
    """
    if message := fault():
        raise VtmError(message)
    return Device(driver())


def _facts(driver: Driver, number: int) -> DeviceFacts:
    def attribute(which: int) -> int:
        value = c_int()
        driver("cuDeviceGetAttribute", byref(value), which, number)
        return value.value

    name, memory, version = create_string_buffer(_NAME_BYTES), c_size_t(), c_int()
    driver("cuDeviceGetName", name, _NAME_BYTES, number)
    driver("cuDeviceTotalMem_v2", byref(memory), number)
    driver("cuDriverGetVersion", byref(version))
    return DeviceFacts(
        name=name.value.decode(errors="replace"),
        compute_capability=f"{attribute(_CAPABILITY_MAJOR)}.{attribute(_CAPABILITY_MINOR)}",
        multiprocessors=attribute(_MULTIPROCESSOR_COUNT),
        memory_bytes=memory.value,
        cuda=f"{version.value // 1000}.{version.value % 1000 // 10}",
        integrated=bool(attribute(_INTEGRATED)),
    )
