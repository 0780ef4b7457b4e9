"""Plans of networks for this machine: from the cache, or built, checked and kept."""

import hashlib
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from vtm.atomic_file import atomic_file
from vtm.errors import VtmError
from vtm_trt.backends import Memory
from vtm_trt.cuda import Device
from vtm_trt.plan_cache import PlanKey, cache_folder, cached_plan, forget_plan
from vtm_trt.tensorrt.builder import LogProgress, Progress, build_plan
from vtm_trt.tensorrt.check import check
from vtm_trt.tensorrt.engine import PlanFault, RefusedPlan
from vtm_trt.tensorrt.library import full_version
from vtm_trt.tensorrt.runner import TensorRtRunner

OPTIONS = "strongly typed, no TF32"
"""How plans are built; their precision is that of the network."""
ATTEMPTS = 2
_log = logging.getLogger("vtm")


class Plans:
    """Makes runners of networks on one GPU.

    retry: build even what failed before on this very machine; else its fault is told again, without building.
    """

    def __init__(self, device: Device, trt: Any, retry: bool = False):
        facts = device.facts
        self._device, self._trt, self._retry = device, trt, retry
        self._machine: dict[str, str | int] = {
            "tensorrt": full_version(trt), "gpu": facts.name, "compute capability": facts.compute_capability,
            "multiprocessors": facts.multiprocessors, "memory, GiB": round(facts.memory_bytes / 2**30),
            "cuda": facts.cuda, "options": OPTIONS,
        }  # fmt: skip

    def runner(self, network: Path, threads: int, memory: Memory, progress: Progress | None = None) -> TensorRtRunner:
        """A runner of the ONNX file `network`; its plan is built where there is none, which takes minutes.

        threads: for the check of a new plan.  progress: told of a build, by default the log. Raises VtmError.
        """
        key = PlanKey(network.stem, {"network": hashlib.sha256(network.read_bytes()).hexdigest(), **self._machine})
        try:
            return self._runner(key, network, threads, memory, progress or LogProgress(network.name))
        except PlanFault as fault:
            _Failure(key).remember(str(fault))
            raise

    def _runner(self, key: PlanKey, network: Path, threads: int, memory: Memory, progress: Progress) -> TensorRtRunner:
        failure, precision = _Failure(key), ""

        def build() -> bytes:
            nonlocal precision
            if not self._retry:
                failure.tell()
            _log.warning("building the engine of %s for this GPU, once; this can take minutes", network.name)
            built = build_plan(network, self._timing_file(), progress)
            precision = built.precision
            return built.plan

        def verify(plan: bytes) -> None:
            check(TensorRtRunner(self._device, self._trt, plan, memory), network, memory, threads, precision)
            failure.forget()

        for attempt in range(1, ATTEMPTS + 1):
            plan = cached_plan(key, build, verify)
            try:
                return TensorRtRunner(self._device, self._trt, plan, memory)
            except RefusedPlan as fault:
                forget_plan(key, f"is refused: {fault}")
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _timing_file(self) -> Path:
        """What is known of the speed of this GPU's kernels under this TensorRT."""
        return cache_folder() / PlanKey("timing", self._machine).file_name.replace(".plan", ".timing")


class _Failure:
    """What went wrong with a plan: without it a build of minutes would fail anew at each start."""

    def __init__(self, key: PlanKey):
        self._name = key.file_name.replace(".plan", ".failed")

    def tell(self) -> None:
        """Raises VtmError if there is something to tell."""
        try:
            fault = (cache_folder() / self._name).read_text()
        except (OSError, VtmError):
            return
        raise VtmError(f"{fault} (an earlier try; vtm build tries again)")

    def remember(self, fault: str) -> None:
        with suppress(VtmError), atomic_file(cache_folder() / self._name, mode=0o600) as draft:
            draft.write_text(fault)

    def forget(self) -> None:
        with suppress(VtmError, OSError):
            (cache_folder() / self._name).unlink(missing_ok=True)
