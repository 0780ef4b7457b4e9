"""Networks on an NVIDIA GPU through ONNX Runtime's CUDA provider."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from vtm_trt.engine import cuda
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends import onnxruntime as on_cpu
from vtm_trt.engine.backends.onnxruntime import CPU, OnnxRuntimeRunner, Provider

CUDA = "CUDAExecutionProvider"
# TensorFloat-32 keeps 10 bits of a float32's 23. Trying every algorithm of a convolution would take many seconds.
OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


def fault() -> str | None:
    """Why ONNX Runtime's CUDA provider cannot work here."""
    return on_cpu.fault() or cuda.fault() or missing_provider(CUDA)


def missing_provider(provider: str) -> str | None:
    """Why this ONNX Runtime has no such provider, None where it has; asked without starting it."""
    import onnxruntime

    if provider in onnxruntime.get_available_providers():
        return None
    name = provider.removesuffix("ExecutionProvider")
    return f"this ONNX Runtime has no {name} provider; install onnxruntime-gpu in place of onnxruntime"


class BoundRunner(OnnxRuntimeRunner):
    """A Runner whose memory stays on `device`, "cuda" or "cpu"; only inputs and outputs are copied."""

    def __init__(self, path: Path, threads: int, memory: Memory, providers: Sequence[Provider], device: str = "cuda"):
        self._device = device
        super().__init__(path, threads, memory, providers)

    def _run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        # A new binding for each call: it copies an input to where the network reads it, once, when that is bound.
        binding = self._session.io_binding()
        for name, value in inputs.items():
            (binding.bind_cpu_input if isinstance(value, np.ndarray) else binding.bind_ortvalue_input)(name, value)
        for name in self._outputs:
            binding.bind_output(name, self._device if name in self._memory.values() else "cpu")
        binding.synchronize_inputs()
        self._session.run_with_iobinding(binding)
        outputs = zip(self._outputs, binding.get_outputs(), strict=True)
        return {name: value if name in self._memory.values() else value.numpy() for name, value in outputs}

    def _zeros(self, shape: tuple[int, ...]) -> Any:
        import onnxruntime

        return onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32), self._device, 0)


def load_on_gpu(path: Path, threads: int, memory: Memory, *providers: Provider) -> BoundRunner:
    """Load a network on the GPU.

    Args:
        path: The ONNX file.
        threads: Of the processor.
        memory: What the network remembers.
        *providers: The first one has the GPU; what that cannot run goes to the next ones.

    Raises:
        VtmError: The file is no network, or the first provider does not work.
    """
    import onnxruntime

    if hasattr(onnxruntime, "preload_dlls"):  # since 1.21: finds CUDA and cuDNN in NVIDIA's Python packages
        with redirect_stdout(StringIO()):  # where it prints what it does not find; the providers are checked below
            onnxruntime.preload_dlls()
    return BoundRunner(path, threads, memory, [*providers, CPU])


def load(path: Path, threads: int, memory: Memory) -> BoundRunner:
    """Load a network on the GPU through CUDA."""
    return load_on_gpu(path, threads, memory, (CUDA, OPTIONS))
