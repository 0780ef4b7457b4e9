"""The GPU through NVIDIA's driver alone: its memory, its streams, recorded graphs and own kernels.

`fault()` tells why there is no CUDA here; `gpu()` is the process's GPU. All calls raise VtmError where CUDA fails.
"""

from vtm_trt.engine.cuda.device import Device, DeviceFacts, fault, gpu
from vtm_trt.engine.cuda.driver import Driver
from vtm_trt.engine.cuda.kernel import Kernel, Module
from vtm_trt.engine.cuda.memory import DeviceArray, mapped, pinned
from vtm_trt.engine.cuda.stream import Event, Graph, Stream

__all__ = [
    "Device", "DeviceArray", "DeviceFacts", "Driver", "Event", "Graph", "Kernel", "Module", "Stream",
    "fault", "gpu", "mapped", "pinned",
]  # fmt: skip
