"""Plans of networks for this machine: from the cache, or built, checked and kept."""

import hashlib
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import vtm_trt.engine.precision
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.cuda import Device
from vtm_trt.engine.models import models_folder
from vtm_trt.engine.plan_cache import PlanKey, cache_folder, cached_plan, forget_plan
from vtm_trt.engine.precision import CALIBRATION
from vtm_trt.engine.tensorrt.builder import LogProgress, Progress, build_plan
from vtm_trt.engine.tensorrt.check import check
from vtm_trt.engine.tensorrt.engine import PlanFault, RefusedPlan
from vtm_trt.engine.tensorrt.library import full_version
from vtm_trt.engine.tensorrt.runner import TensorRtRunner

PRECISION = "fp16"
OPTIONS = "strongly typed, no TF32"
_log = logging.getLogger("vtm")


class Plans:
    """Makes runners of networks on one GPU.

    Args:
        device: The GPU.
        trt: The module tensorrt.
        precision: What the networks compute in, one of PRECISIONS; inputs and outputs are float32 all the same.
        retry: Build even what failed before on this very machine; else its fault is told again, without building.
    """

    def __init__(self, device: Device, trt: Any, precision: str = PRECISION, retry: bool = False):
        facts = device.facts
        self._device, self._trt, self._precision, self._retry = device, trt, precision, retry
        self._machine: dict[str, str | int] = {
            "tensorrt": full_version(trt), "gpu": facts.name, "compute capability": facts.compute_capability,
            "multiprocessors": facts.multiprocessors, "memory, GiB": round(facts.memory_bytes / 2**30),
            "cuda": facts.cuda, "options": OPTIONS,
        }  # fmt: skip
        self._recipe = _recipe(precision)

    def key(self, network: Path) -> PlanKey:
        """What the plan of the ONNX file `network` is known by in the cache."""
        content = {"network": _digest([network]), "precision": self._precision, "recipe": self._recipe}
        return PlanKey(network.stem, {**content, **self._machine})

    def runner(self, network: Path, threads: int, memory: Memory, progress: Progress | None = None) -> TensorRtRunner:
        """A runner of a network; its plan is built where there is none, which takes minutes.

        Args:
            network: The ONNX file.
            threads: For the check of a new plan.
            memory: What the network remembers.
            progress: Told of a build, by default the log.

        Raises:
            VtmError: There is no good plan.
        """
        key = self.key(network)
        try:
            return self._runner(key, network, threads, memory, progress or LogProgress(network.name))
        except PlanFault as fault:
            _Failure(key).remember(str(fault))
            raise

    def _runner(self, key: PlanKey, network: Path, threads: int, memory: Memory, progress: Progress) -> TensorRtRunner:
        failure = _Failure(key)

        def build() -> bytes:
            if not self._retry:
                failure.tell()
            _log.warning("building the engine of %s for this GPU, once; this can take minutes", network.name)
            return build_plan(network, self._precision, self._timing_file(), progress)

        def verify(plan: bytes) -> None:
            try:
                runner = TensorRtRunner(self._device, self._trt, plan, memory)
            except RefusedPlan as fault:
                raise PlanFault(str(fault)) from fault  # this one was just built
            check(runner, network, memory, threads, self._precision)
            failure.forget()

        def load() -> TensorRtRunner:
            return TensorRtRunner(self._device, self._trt, cached_plan(key, build, verify), memory)

        try:
            return load()
        except RefusedPlan as fault:
            forget_plan(key, f"is refused: {fault}")
        return load()

    def _timing_file(self) -> Path | None:
        """What is known of the speed of this GPU's kernels under this TensorRT."""
        try:
            return cache_folder() / PlanKey("timing", self._machine).file_name.replace(".plan", ".timing")
        except VtmError:
            return None


def _recipe(precision: str) -> str:
    """Digest of what turns a network into one of that precision."""
    calibration = [models_folder() / CALIBRATION] if precision == "int8" else []
    return _digest([*sorted(Path(vtm_trt.engine.precision.__file__).parent.glob("*.py")), *calibration])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


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
