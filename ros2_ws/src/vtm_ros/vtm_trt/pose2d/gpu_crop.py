"""Crops on the GPU: a frame travels there once, and one kernel cuts from it what each network reads."""

import logging
from ctypes import Structure, c_double, c_float, c_int, c_uint64
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np

from vtm.errors import VtmError
from vtm.types import Frame
from vtm_trt.engine.backends import Runner
from vtm_trt.engine.cuda import Device, DeviceArray, Event, Kernel, Stream, mapped, pinned
from vtm_trt.engine.kernels import load_kernel
from vtm_trt.pose2d.crop import Crop, CropFormat, HostCrop
from vtm_trt.pose2d.roi import Roi

BLOCK = (32, 8, 1)
"""Threads of a block; each makes one pixel."""
_log = logging.getLogger(__name__)


@runtime_checkable
class DeviceRunner(Runner, Protocol):
    """A Runner on the GPU.

    Attributes:
        stream: Where its work goes.
        device_inputs: Where the network reads its inputs, by name; a caller may fill one in `stream` and give it as
            that input.
    """

    stream: Stream
    device_inputs: dict[str, DeviceArray]

    def __call__(self, inputs: dict[str, np.ndarray] | dict[str, np.ndarray | DeviceArray]) -> dict[str, np.ndarray]:
        """As a Runner."""


class Crops:
    """Makes the crops of one camera's frames. Networks on the GPU share one copy of each frame there."""

    def __init__(self) -> None:
        self._frame: DeviceFrame | None = None

    def of(self, runner: Runner, form: CropFormat) -> Crop:
        """The crop for `runner`, whose input is called "image": on the GPU if the network runs there."""
        if isinstance(runner, DeviceRunner):
            device = runner.stream.device
            if kernel := _kernel(device):
                self._frame = self._frame or DeviceFrame(device)
                return DeviceCrop(self._frame, kernel, runner, form)
        return HostCrop(form)


class DeviceFrame:
    """The last frame, in memory that the GPU reads: the copy is made anew for every Frame object.

    Each use waits for the one before, whatever their streams.
    """

    def __init__(self, device: Device):
        self._device, self._used = device, Event(device)
        self._frame: Frame | None = None
        self._shape: tuple[int, ...] = ()

    def lend(self, frame: Frame, stream: Stream) -> DeviceArray:
        """The image of `frame` for what `stream` does next. `take_back` follows that."""
        stream.after(self._used)
        if frame is not self._frame:
            self._used.wait()
            self._frame = None
            if frame.image.shape != self._shape:
                self._make_room(frame.image.shape)
            np.copyto(self._host, frame.image)
            if not self._device.facts.integrated:
                stream.upload(self._pixels, self._host)
            self._frame = frame
        return self._pixels

    def take_back(self, stream: Stream) -> None:
        """`stream` has used what was lent."""
        stream.record(self._used)

    def _make_room(self, shape: tuple[int, ...]) -> None:
        self._shape = ()
        self._host = pinned(self._device, shape, np.uint8)
        integrated = self._device.facts.integrated
        self._pixels = (
            mapped(self._device, self._host) if integrated else DeviceArray.empty(self._device, shape, np.uint8)
        )
        self._shape = shape


class DeviceCrop:
    """The Crop of a network on the GPU: it is cut straight into the network's input."""

    def __init__(self, frame: DeviceFrame, kernel: Kernel, runner: DeviceRunner, form: CropFormat):
        self._frame, self._kernel, self._stream = frame, kernel, runner.stream
        self._input = runner.device_inputs["image"]
        self._grid = (-(-form.size // BLOCK[0]), -(-form.size // BLOCK[1]), 1)
        self._size = form.size
        self._format = c_int(form.size), c_float(form.scale), c_float(form.offset), c_int(form.replicate)
        inputs: dict[str, np.ndarray | DeviceArray] = {"image": self._input}
        runner(inputs)  # how it runs with this input is settled now, not at the first frame

    def __call__(self, frame: Frame, roi: Roi) -> DeviceArray:
        """The network's input on the GPU."""
        self._stream.device.activate()
        height, width = frame.image.shape[:2]
        pixels = self._frame.lend(frame, self._stream)
        source = c_uint64(pixels.address), c_int(height), c_int(width), c_int(3 * width)
        target = c_uint64(self._input.address)
        try:
            self._kernel(self._stream, self._grid, BLOCK, *source, _Affine.of(roi, self._size), *self._format, target)
        finally:  # the upload may still be under way
            self._frame.take_back(self._stream)
        return self._input


class _Affine(Structure):
    """The kernel's parameter of that name."""

    _fields_ = [("values", c_double * 6)]

    @classmethod
    def of(cls, roi: Roi, size: int) -> "_Affine":
        return cls(tuple(roi.to_image(size).ravel()))


@cache
def _kernel(device: Device) -> Kernel | None:
    """The kernel for `device`; None, told once, where it cannot be had."""
    try:
        return load_kernel(device, "crop")
    except VtmError as fault:
        _log.warning("frames are cropped on the processor, which takes longer: %s", fault)
        return None
