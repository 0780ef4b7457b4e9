"""Networks on an NVIDIA GPU through ONNX Runtime's TensorRT provider, which keeps the engines that it builds."""

from pathlib import Path

from vtm.errors import VtmError
from vtm_trt.engine import cuda
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends import onnxruntime as on_cpu
from vtm_trt.engine.backends.onnxruntime_cuda import CUDA, OPTIONS, BoundRunner, load_on_gpu, missing_provider
from vtm_trt.engine.plan_cache import cache_folder

TENSORRT = "TensorrtExecutionProvider"


def fault() -> str | None:
    """Why ONNX Runtime's TensorRT provider cannot work here."""
    return on_cpu.fault() or cuda.fault() or missing_provider(TENSORRT)


def load(path: Path, threads: int, memory: Memory) -> BoundRunner:
    """Load a network on the GPU through TensorRT, which keeps the engines that it builds in the cache.

    Raises:
        VtmError: The provider does not work, or a cached engine is of another TensorRT.
    """
    import onnxruntime

    # The engines' names tell the network and the GPU, but not the version that built them.
    folder = cache_folder() / f"onnxruntime-{onnxruntime.__version__}"
    cache = {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(folder)}
    try:
        return load_on_gpu(path, threads, memory, (TENSORRT, cache), (CUDA, OPTIONS))
    except VtmError as fault:
        raise VtmError(f"{fault}; if it worked before another TensorRT was installed, delete {folder}") from fault
