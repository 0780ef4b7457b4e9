"""Networks on the processor through ONNX Runtime: works everywhere."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends.host import HostRunner
from vtm_trt.engine.backends.inputs import input_shapes

Provider = str | tuple[str, dict[str, str]]
"""Name of one of ONNX Runtime's execution providers, and its options."""
CPU = "CPUExecutionProvider"


def fault() -> str | None:
    """Why ONNX Runtime cannot work here."""
    return None if find_spec("onnxruntime") else "ONNX Runtime is not installed; pip install onnxruntime"


class OnnxRuntimeRunner(HostRunner):
    """A Runner on ONNX Runtime.

    Its threads sleep while they wait: spinning ones would take the processor from the rest of a ROS process.

    Args:
        path: The ONNX file.
        threads: Of the processor.
        memory: What the network remembers.
        providers: In order of preference; the first one has to work.

    Raises:
        VtmError: The file is no network, or the first provider does not work.
    """

    def __init__(self, path: Path, threads: int, memory: Memory, providers: Sequence[Provider] = (CPU,)):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            # Its own fallback would go on with another provider and say so on standard output only.
            self._session = onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=0)
        except Exception as fault:
            raise VtmError(f"{path} is no network for ONNX Runtime; restore the file: {fault}") from fault
        wanted = providers[0] if isinstance(providers[0], str) else providers[0][0]
        if wanted not in self._session.get_providers():
            raise VtmError(
                f"ONNX Runtime {onnxruntime.__version__} cannot start its {_short(wanted)} provider here; install the "
                "versions of its libraries that https://onnxruntime.ai/docs/execution-providers names"
            )
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._description = f"onnxruntime {onnxruntime.__version__}, {_short(wanted)}"
        self.concurrent = wanted == CPU
        if self.concurrent:
            self._description += f", {threads} threads"
        tensors = self._session.get_inputs()
        super().__init__(input_shapes(path, ((x.name, x.shape, x.type == "tensor(float)") for x in tensors)), memory)

    def _run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return dict(zip(self._outputs, self._session.run(self._outputs, inputs), strict=True))

    def describe(self) -> str:
        """One line for a log."""
        return self._description


def _short(provider: str) -> str:
    return provider.removesuffix("ExecutionProvider")


load = OnnxRuntimeRunner
