"""Networks on an NVIDIA GPU through the machine's own TensorRT: the fastest way there."""

from importlib.util import find_spec
from pathlib import Path

from vtm_trt.engine import cuda
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.tensorrt.library import REMEDY, import_tensorrt, installed
from vtm_trt.engine.tensorrt.plans import Plans
from vtm_trt.engine.tensorrt.runner import TensorRtRunner


def fault() -> str | None:
    """Why TensorRT cannot work here."""
    if message := cuda.fault():
        return message
    if not installed():
        return f"there is no Python module tensorrt; {REMEDY}"
    return None if find_spec("onnx") else "networks are prepared for TensorRT by the package onnx; pip install onnx"


def load(path: Path, threads: int, memory: Memory) -> TensorRtRunner:
    """Load a network; its engine is built where there is none, which takes minutes."""
    device = cuda.gpu()  # before TensorRT, which may end a process that has no driver
    return Plans(device, import_tensorrt()).runner(path, threads, memory)
