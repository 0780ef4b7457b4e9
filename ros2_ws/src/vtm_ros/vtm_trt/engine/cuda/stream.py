"""Work for the GPU, in order: copies, kernels, recorded graphs, and points in time between them."""

from collections.abc import Callable
from ctypes import byref

import numpy as np

from vtm.errors import VtmError
from vtm_trt.engine.cuda.device import Device
from vtm_trt.engine.cuda.driver import Handle
from vtm_trt.engine.cuda.memory import DeviceArray

_NON_BLOCKING = 1
"""CU_STREAM_NON_BLOCKING: independent of the stream that other libraries use by default."""
_THREAD_LOCAL = 1
"""CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: other threads may allocate meanwhile."""
_BLOCKING_SYNC = 1
"""CU_EVENT_BLOCKING_SYNC: who waits sleeps; a spinning thread would take a core from the rest of a ROS process."""


class Event:
    """A point in a stream's work."""

    def __init__(self, device: Device):
        self._driver, self.handle = device.driver, Handle()
        device.driver("cuEventCreate", byref(self.handle), _BLOCKING_SYNC)
        device.release_with(self, "cuEventDestroy_v2", self.handle)

    def wait(self) -> None:
        """Sleep until the GPU has come to this point."""
        self._driver("cuEventSynchronize", self.handle)


class Graph:
    """Recorded work that is launched as a whole. `Stream.capture` makes it."""

    def __init__(self, device: Device, captured: Handle):
        self.handle = Handle()
        device.driver("cuGraphInstantiateWithFlags", byref(self.handle), captured, 0)
        device.release_with(self, "cuGraphExecDestroy", self.handle)


class Stream:
    """A queue of work. All but `wait` return at once; arrays must live until the GPU has come past their use."""

    def __init__(self, device: Device):
        self.device, self._driver, self.handle = device, device.driver, Handle()
        device.driver("cuStreamCreate", byref(self.handle), _NON_BLOCKING)
        device.release_with(self, "cuStreamDestroy_v2", self.handle)
        self._done = Event(device)

    def upload(self, target: DeviceArray, source: np.ndarray) -> None:
        """From `pinned` memory to the GPU; from ordinary memory too, but then the caller may have to wait."""
        self._driver(
            "cuMemcpyHtoDAsync_v2", target.address, source.ctypes.data, _same_size(target, source), self.handle
        )

    def download(self, target: np.ndarray, source: DeviceArray) -> None:
        """From the GPU to `pinned` memory."""
        self._driver(
            "cuMemcpyDtoHAsync_v2", target.ctypes.data, source.address, _same_size(target, source), self.handle
        )

    def copy(self, target: DeviceArray, source: DeviceArray) -> None:
        """Within the GPU's memory."""
        self._driver("cuMemcpyDtoDAsync_v2", target.address, source.address, _same_size(target, source), self.handle)

    def zero(self, target: DeviceArray) -> None:
        """Fill device memory with zeros."""
        self._driver("cuMemsetD8Async", target.address, 0, target.nbytes, self.handle)

    def record(self, event: Event) -> None:
        """Let `event` be this point of the stream."""
        self._driver("cuEventRecord", event.handle, self.handle)

    def after(self, event: Event) -> None:
        """What follows waits for an event of another stream; the caller does not."""
        self._driver("cuStreamWaitEvent", self.handle, event.handle, 0)

    def wait(self) -> None:
        """Sleep until all is done.

        Raises:
            VtmError: Any of it failed.
        """
        self.record(self._done)
        self._done.wait()

    def capture(self, work: Callable[[], None]) -> Graph:
        """Record what `work` puts into this stream, without running it.

        Whatever `work` raises goes on to the caller; the stream works on as before.

        Raises:
            VtmError: It cannot be recorded.
        """
        captured = Handle()
        self._driver("cuStreamBeginCapture_v2", self.handle, _THREAD_LOCAL)
        try:
            work()
        except BaseException:
            self._driver.status("cuStreamEndCapture", self.handle, byref(captured))
            self._discard(captured)
            raise
        self._driver("cuStreamEndCapture", self.handle, byref(captured))
        try:
            return Graph(self.device, captured)
        finally:
            self._discard(captured)

    def launch(self, graph: Graph) -> None:
        """Put recorded work into the stream."""
        self._driver("cuGraphLaunch", graph.handle, self.handle)

    def _discard(self, captured: Handle) -> None:
        if captured:
            self._driver.status("cuGraphDestroy", captured)


def _same_size(target: DeviceArray | np.ndarray, source: DeviceArray | np.ndarray) -> int:
    for array in (target, source):
        if isinstance(array, np.ndarray) and not array.flags.c_contiguous:
            raise VtmError("the GPU copies C-contiguous arrays only; give numpy.ascontiguousarray(array)")
    if target.nbytes != source.nbytes:
        raise VtmError(f"an array of {source.nbytes} bytes does not fit one of {target.nbytes}; give the same shape")
    return source.nbytes
