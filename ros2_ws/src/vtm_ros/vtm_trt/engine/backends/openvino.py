"""Networks on the processor through OpenVINO: optional, somewhat faster than ONNX Runtime on x86."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends.host import HostRunner
from vtm_trt.engine.backends.inputs import input_shapes

DEVICE = "CPU"


def fault() -> str | None:
    """Why OpenVINO cannot work here."""
    return None if find_spec("openvino") else "OpenVINO is not installed; pip install openvino"


class OpenVinoRunner(HostRunner):
    """A Runner on OpenVINO's CPU device, in float32.

    The bfloat16 that it prefers on some processors moves landmarks by pixels. Its threads are not tied to cores, where
    they would wait for whatever else a robot runs there.
    """

    def __init__(self, path: Path, threads: int, memory: Memory):
        openvino = _import()
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
        }
        try:
            network = openvino.Core().compile_model(str(path), DEVICE, settings)
        except Exception as fault:
            raise VtmError(f"{path} is no network for OpenVINO; restore the file: {fault}") from fault
        declared = ((x.any_name, _sizes(x), x.element_type == openvino.Type.f32) for x in network.inputs)
        self._request = network.create_infer_request()
        self._outputs = [output.any_name for output in network.outputs]
        self._description = f"openvino {openvino.__version__.split('-')[0]}, CPU, {threads} threads"
        super().__init__(input_shapes(path, declared), memory)

    def _run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        outputs = self._request.infer(inputs, share_inputs=True)
        return {name: outputs[name] for name in self._outputs}

    def describe(self) -> str:
        """One line for a log."""
        return self._description


def _import() -> Any:
    """OpenVINO without its telemetry, which reports each import over the network.

    Where the package is missing, as it is made to look here, OpenVINO goes on without.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _sizes(tensor: Any) -> list[int | None]:
    return [size.get_length() if size.is_static else None for size in tensor.partial_shape]


load = OpenVinoRunner
