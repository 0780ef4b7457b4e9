"""Arrays in the GPU's memory, and in memory of the processor that the GPU reaches by itself."""

from ctypes import byref, c_ubyte
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from vtm_trt.engine.cuda.device import Device
from vtm_trt.engine.cuda.driver import Address, Handle

_MAPPED = 2
"""CU_MEMHOSTALLOC_DEVICEMAP."""


@dataclass(frozen=True)
class DeviceArray:
    """C-contiguous numbers at an `address` that the GPU understands. The memory lives as long as `owner`."""

    address: int
    shape: tuple[int, ...]
    dtype: np.dtype
    owner: object = field(repr=False, compare=False)

    @classmethod
    def empty(cls, device: Device, shape: tuple[int, ...], dtype: Any = np.float32) -> "DeviceArray":
        """New device memory; what it holds is undefined."""
        owner = _Allocation(device, prod(shape) * np.dtype(dtype).itemsize)
        return cls(owner.address, tuple(shape), np.dtype(dtype), owner)

    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
        return prod(self.shape) * self.dtype.itemsize


class _Allocation:
    def __init__(self, device: Device, size: int):
        address = Address()
        device.driver("cuMemAlloc_v2", byref(address), max(size, 1))
        self.address = address.value
        device.release_with(self, "cuMemFree_v2", self.address)


def pinned(device: Device, shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
    """A new array, zero, in memory of the processor that is never paged out: copies of it run beside other work.

    The memory lives as long as the array or any view of it.
    """
    dtype, pointer = np.dtype(dtype), Handle()
    size = prod(shape) * dtype.itemsize
    device.driver("cuMemHostAlloc", byref(pointer), max(size, 1), _MAPPED)
    assert pointer.value is not None
    memory = (c_ubyte * size).from_address(pointer.value)
    device.release_with(memory, "cuMemFreeHost", pointer.value)
    array = np.frombuffer(memory, dtype).reshape(shape)
    array[...] = 0
    return array


def mapped(device: Device, array: np.ndarray) -> DeviceArray:
    """The same memory, of a `pinned` array, as the GPU sees it: worth it where GPU and processor share the memory."""
    address = Address()
    device.driver("cuMemHostGetDevicePointer_v2", byref(address), array.ctypes.data, 0)
    return DeviceArray(address.value, array.shape, array.dtype, array)
