"""The GPU through NVIDIA's driver alone: its memory, its streams, recorded graphs and own kernels.

`fault()` tells why there is no CUDA here; `gpu()` is the process's GPU. All calls raise VtmError where CUDA fails.
"""

from vtm_trt.cuda.device import Device, DeviceFacts, fault, gpu
from vtm_trt.cuda.driver import Driver
from vtm_trt.cuda.kernel import Kernel, Module
from vtm_trt.cuda.memory import DeviceArray, mapped, pinned
from vtm_trt.cuda.stream import Event, Graph, Stream

__all__ = [
    "Device", "DeviceArray", "DeviceFacts", "Driver", "Event", "Graph", "Kernel", "Module", "Stream",
    "fault", "gpu", "mapped", "pinned",
]  # fmt: skip
