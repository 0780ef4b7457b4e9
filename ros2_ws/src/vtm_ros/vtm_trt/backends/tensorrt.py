"""Networks on an NVIDIA GPU through the machine's own TensorRT: the fastest way there."""

from pathlib import Path

from vtm_trt import cuda
from vtm_trt.backends import Memory
from vtm_trt.tensorrt.library import REMEDY, import_tensorrt, installed
from vtm_trt.tensorrt.plans import Plans
from vtm_trt.tensorrt.runner import TensorRtRunner


def fault() -> str | None:
    return cuda.fault() or (None if installed() else f"there is no Python module tensorrt; {REMEDY}")


def load(path: Path, threads: int, memory: Memory) -> TensorRtRunner:
    device = cuda.gpu()  # before TensorRT, which may end a process that has no driver
    return Plans(device, import_tensorrt()).runner(path, threads, memory)
