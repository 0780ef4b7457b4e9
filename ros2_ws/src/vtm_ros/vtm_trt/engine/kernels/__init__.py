"""Own code on the GPU: one CUDA kernel per `.cu` file, of the file's name, compiled once for the GPU at hand."""

import hashlib
from pathlib import Path

from vtm_trt.engine.cuda import Device, Kernel, Module
from vtm_trt.engine.cuda.nvrtc import load_nvrtc
from vtm_trt.engine.plan_cache import PlanKey, cached_plan


def load_kernel(device: Device, name: str) -> Kernel:
    """The kernel of a name, compiled or from the cache of engines.

    Args:
        device: The GPU it is for.
        name: Of its `.cu` file.

    Raises:
        VtmError: Neither works.
    """
    source = Path(__file__).with_name(f"{name}.cu").read_bytes()
    facts = {
        "source": hashlib.sha256(source).hexdigest(),
        "compute capability": device.facts.compute_capability,
        "driver": device.facts.cuda,
    }

    def compiled() -> bytes:
        newest = int(device.facts.cuda.split(".")[0])
        capability = int(device.facts.compute_capability.replace(".", ""))
        return load_nvrtc(newest).compile(source, f"{name}.cu", capability)

    def verify(code: bytes) -> None:
        Module(device, code).kernel(name)

    return Module(device, cached_plan(PlanKey(name, facts), compiled, verify)).kernel(name)
