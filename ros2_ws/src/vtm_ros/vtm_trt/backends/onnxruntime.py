"""Networks on the processor through ONNX Runtime: works everywhere."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from vtm.errors import VtmError
from vtm_trt.backends import Memory
from vtm_trt.backends.host import HostRunner


def fault() -> str | None:
    return None if find_spec("onnxruntime") else "ONNX Runtime is not installed; pip install onnxruntime"


class OnnxRuntimeRunner(HostRunner):
    """A Runner on ONNX Runtime's CPU provider.

    Its threads sleep while they wait: spinning ones would take the processor from the rest of a ROS process.
    """

    def __init__(self, path: Path, threads: int, memory: Memory):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as fault:
            raise VtmError(f"{path} is no network for ONNX Runtime; restore the file: {fault}") from fault
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._description = f"onnxruntime {onnxruntime.__version__}, CPU, {threads} threads"
        super().__init__({tensor.name: tuple(tensor.shape) for tensor in self._session.get_inputs()}, memory)

    def _run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(self._outputs, self._session.run(self._outputs, inputs), strict=True))

    def describe(self) -> str:
        return self._description


load = OnnxRuntimeRunner
