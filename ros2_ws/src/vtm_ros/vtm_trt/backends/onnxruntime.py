"""Networks on the processor through ONNX Runtime: works everywhere."""

from pathlib import Path

import numpy as np

from vtm.errors import VtmError


class OnnxRuntimeRunner:
    """A Runner on ONNX Runtime's CPU provider. It runs once when it is made, so that the first frame is no slower.

    Its threads sleep while they wait: spinning ones would take the processor from the rest of a ROS process.
    """

    def __init__(self, path: Path, threads: int):
        try:
            import onnxruntime
        except ImportError as missing:
            raise VtmError(f"ONNX Runtime cannot be imported ({missing}); pip install onnxruntime") from missing
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
        self.input_shapes = {tensor.name: tuple(tensor.shape) for tensor in self._session.get_inputs()}
        self._description = f"onnxruntime {onnxruntime.__version__}, CPU, {threads} threads"
        self({name: np.zeros(shape, np.float32) for name, shape in self.input_shapes.items()})

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(self._outputs, self._session.run(self._outputs, inputs), strict=True))

    def describe(self) -> str:
        return self._description


load = OnnxRuntimeRunner
