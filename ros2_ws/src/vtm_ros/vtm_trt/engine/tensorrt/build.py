"""The program that builds a plan: `python -m vtm_trt.engine.tensorrt.build network.onnx fp16 out.plan timing.cache`.

A process of its own, as TensorRT may crash or run out of memory. It tells how it goes in lines of JSON, {"share": 0.4},
or {"fault": "..."} and exit code 1.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_trt.engine.precision import variant
from vtm_trt.engine.tensorrt.library import import_tensorrt, logger, made
from vtm_trt.engine.tensorrt.phases import monitor

Report = Callable[[dict[str, Any]], None]


def build(trt: Any, path: Path, precision: str, plan: Path, timing: Path, report: Report) -> None:
    """Build the plan of a network.

    Args:
        trt: The module tensorrt.
        path: The ONNX file.
        precision: One of PRECISIONS.
        plan: The file to write.
        timing: What was learned of the speed of this GPU's kernels; grows by what this build learns.
        report: Told how it goes.

    Raises:
        VtmError: TensorRT cannot build it.
    """
    model = variant(path, precision)
    log = logger(trt)
    builder = made(trt, "make a builder", trt.Builder, log)
    network = made(trt, "make a network", builder.create_network, _network_flags(trt))
    parser = made(trt, "make a parser", trt.OnnxParser, network, log)
    _parse(trt, parser, model, path.name)
    _refuse_dynamic(network, path.name)
    config = made(trt, "make a configuration", builder.create_builder_config)
    _configure(trt, config, report)
    _use_timing(trt, config, timing)
    content = made(trt, f"build {path.name}", builder.build_serialized_network, network, config)
    plan.write_bytes(content)
    _keep_timing(config, timing)


def _network_flags(trt: Any) -> int:
    """Strongly typed; where the flag is gone, every network is."""
    flag = getattr(getattr(trt, "NetworkDefinitionCreationFlag", None), "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _parse(trt: Any, parser: Any, model: bytes, name: str) -> None:
    if not parser.parse(model):
        errors = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        why = errors[0] if errors else "the parser gives no reason"
        raise VtmError(f"{name} is no network for TensorRT {trt.__version__}: {why}; choose another backend")


def _refuse_dynamic(network: Any, name: str) -> None:
    for tensor in (network.get_input(index) for index in range(network.num_inputs)):
        if any(size < 0 for size in tensor.shape):
            raise VtmError(f"{name}: input {tensor.name} has no fixed shape; export the network with fixed shapes")


def _configure(trt: Any, config: Any, report: Report) -> None:
    """float32 shall mean float32: TF32, which TensorRT would take by itself, has 10 bits of mantissa."""
    if hasattr(getattr(trt, "BuilderFlag", None), "TF32"):
        config.clear_flag(trt.BuilderFlag.TF32)
    if hasattr(trt, "IProgressMonitor") and hasattr(config, "progress_monitor"):
        config.progress_monitor = monitor(trt, lambda share: report({"share": share}))


def _use_timing(trt: Any, config: Any, timing: Path) -> None:
    known = timing.read_bytes() if timing.is_file() else b""
    cache = made(trt, "make a timing cache", config.create_timing_cache, known)
    if not config.set_timing_cache(cache, ignore_mismatch=False):
        made(trt, "use a timing cache", config.set_timing_cache, config.create_timing_cache(b""), False)


def _keep_timing(config: Any, timing: Path) -> None:
    cache = config.get_timing_cache()
    content = None if cache is None else cache.serialize()
    if content is None:
        return
    try:
        with atomic_file(timing, mode=0o600) as draft:
            draft.write_bytes(content)
    except VtmError:
        pass  # the next build takes longer


def main(arguments: list[str]) -> int:
    """Build the plan that the arguments name; the exit code."""
    network, precision, plan, timing = arguments
    # Native code may print, too: the lines go through a descriptor of their own, and standard output to the errors.
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def report(line: dict[str, Any]) -> None:
        lines.write(json.dumps(line) + "\n")

    try:
        build(import_tensorrt(), Path(network), precision, Path(plan), Path(timing), report)
    except (VtmError, OSError) as fault:
        report({"fault": str(fault)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
