"""TensorRT's Python module, as this machine has it."""

import logging
from collections.abc import Callable
from ctypes import CDLL
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from vtm.errors import VtmError

Made = TypeVar("Made")
REMEDY = (
    "install TensorRT 10.3 or newer (on a Jetson the package python3-libnvinfer; a virtual environment sees it when it "
    "was made with --system-site-packages), or choose another backend"
)
NEEDED = {
    "": ("__version__", "DataType", "nptype"),
    "Builder": ("build_serialized_network", "create_builder_config", "create_network"),
    "IBuilderConfig": ("create_timing_cache", "get_timing_cache", "set_timing_cache"),
    "ICudaEngine": (
        "create_execution_context", "get_tensor_dtype", "get_tensor_location", "get_tensor_mode", "get_tensor_name",
        "get_tensor_shape", "num_io_tensors",
    ),
    "IExecutionContext": ("execute_async_v3", "set_tensor_address"),
    "ILogger": ("ERROR", "INTERNAL_ERROR", "WARNING"),
    "INetworkDefinition": ("get_input", "num_inputs"),
    "OnnxParser": ("get_error", "num_errors", "parse"),
    "Runtime": ("deserialize_cuda_engine",),
    "TensorIOMode": ("INPUT",),
    "TensorLocation": ("DEVICE",),
}  # fmt: skip
"""What is used of it without asking, by class; the module's own names under ""."""

_log = logging.getLogger("vtm")


def installed() -> bool:
    """Whether there is such a module; it is not imported."""
    return find_spec("tensorrt") is not None


def import_tensorrt() -> Any:
    """The module `tensorrt`.

    Only for a process that knows of a GPU, or that may die: without a driver TensorRT can end it.

    Raises:
        VtmError: It is missing, broken, or lacks something that is used.
    """
    try:
        module = import_module("tensorrt")
    except ImportError as fault:
        raise VtmError(f"TensorRT cannot be loaded ({fault}); {REMEDY}") from fault
    for name, members in NEEDED.items():
        owner = getattr(module, name, None) if name else module
        lacking = [member for member in members if not hasattr(owner, member)]
        if lacking:
            version = getattr(module, "__version__", "of this machine")
            raise VtmError(f"TensorRT {version} lacks {f'{name}.' if name else ''}{lacking[0]}; {REMEDY}")
    return module


def full_version(trt: Any) -> str:
    """The library's four numbers, such as 10.3.0.30: plans of one build are not for another."""
    try:
        library = CDLL(f"libnvinfer.so.{trt.__version__.split('.')[0]}")
        parts = [getattr(library, f"getInferLib{part}Version")() for part in ("Major", "Minor", "Patch", "Build")]
    except (OSError, AttributeError):
        return trt.__version__
    return ".".join(map(str, parts))


@cache
def logger(trt: Any) -> Any:
    """The process's logger: TensorRT keeps the first that it is given. `errors`: its messages, the oldest first."""

    class Logger(trt.ILogger):
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.errors.append(message)
                _log.info("TensorRT: %s", message)
            elif severity == trt.ILogger.WARNING:
                _log.debug("TensorRT: %s", message)

    return Logger()


def made(trt: Any, what: str, factory: Callable[..., Made | None], *arguments: Any) -> Made:
    """What `factory(*arguments)` makes: TensorRT tells of a failure by None, by an exception, and by its logger.

    Args:
        trt: The module tensorrt.
        what: Continues the sentence "TensorRT cannot ...".
        factory: Of TensorRT.
        *arguments: Of the factory.

    Raises:
        VtmError: It makes nothing.
    """
    errors = logger(trt).errors
    errors.clear()
    try:
        result = factory(*arguments)
        why = ""
    except Exception as fault:  # whatever the bindings raise: TypeError, RuntimeError, their own
        result, why = None, str(fault)
    if result is None or result is False:
        why = errors[0] if errors else why or "it gives no reason"
        raise VtmError(f"TensorRT {trt.__version__} cannot {what}: {why}; choose another backend")
    return result
