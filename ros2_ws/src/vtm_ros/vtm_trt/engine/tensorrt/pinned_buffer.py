"""Several arrays side by side in one piece of memory, here and on the GPU: one copy moves them all."""

from collections.abc import Collection, Iterator
from itertools import groupby
from math import prod

import numpy as np

from vtm_trt.engine.cuda import Device, DeviceArray, Stream, mapped, pinned
from vtm_trt.engine.tensorrt.engine import Tensor

ALIGNMENT = 256
"""Bytes: what TensorRT asks of an address."""


class PinnedBuffer:
    """Arrays in one piece of memory.

    An integrated GPU works in the processor's memory: there both are one, and nothing is copied.

    Args:
        device: The GPU.
        tensors: What the arrays are for.

    Attributes:
        host: The arrays in pinned memory, by name.
        device: The same on the GPU.
    """

    def __init__(self, device: Device, tensors: Collection[Tensor]):
        self._extents: dict[str, tuple[int, int]] = {}
        end = 0
        for tensor in tensors:
            start = -(-end // ALIGNMENT) * ALIGNMENT
            end = start + prod(tensor.shape) * tensor.dtype.itemsize
            self._extents[tensor.name] = start, end
        self._host = pinned(device, (end,), np.uint8)
        self._shared = device.facts.integrated
        self._device = mapped(device, self._host) if self._shared else DeviceArray.empty(device, (end,), np.uint8)
        self.host = {t.name: self._part(*self._extents[t.name]).view(t.dtype).reshape(t.shape) for t in tensors}
        self.device = {
            t.name: DeviceArray(self._device.address + self._extents[t.name][0], t.shape, t.dtype, self._device)
            for t in tensors
        }

    def upload(self, stream: Stream, names: Collection[str]) -> None:
        """Copy the arrays `names` to the GPU, neighbours in one go."""
        if not self._shared:
            for start, end in self._runs(names):
                stream.upload(self._device_part(start, end), self._part(start, end))

    def download(self, stream: Stream) -> None:
        """Copy all arrays from the GPU."""
        if not self._shared:
            stream.download(self._host, self._device)

    def _runs(self, names: Collection[str]) -> Iterator[tuple[int, int]]:
        """First and last byte of each row of neighbours that are all in `names`."""
        for wanted, run in groupby(self._extents, key=lambda name: name in names):
            if wanted:
                extents = [self._extents[name] for name in run]
                yield extents[0][0], extents[-1][1]

    def _part(self, start: int, end: int) -> np.ndarray:
        return self._host[start:end]

    def _device_part(self, start: int, end: int) -> DeviceArray:
        return DeviceArray(self._device.address + start, (end - start,), self._device.dtype, self._device)
