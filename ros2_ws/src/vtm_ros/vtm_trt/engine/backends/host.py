"""What the backends share that are given a network's memory with each call: they feed it back and check the inputs."""

from typing import Any

import numpy as np

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends.inputs import Shapes, check_inputs


class HostRunner:
    """A Runner whose `_run` maps all inputs to all outputs. What is remembered stays as `_zeros` and `_run` make it: an
    array, or a tensor on a device. The network runs once when it is loaded, so that the first frame is no slower.

    Raises VtmError where the network has no such memory.
    """

    def __init__(self, shapes: Shapes, memory: Memory):
        self.input_shapes = {name: shape for name, shape in shapes.items() if name not in memory}
        self._memory = memory
        self._blank: dict[str, Any] = {name: self._zeros(shapes[name]) for name in memory if name in shapes}
        self._remembered = self._blank
        zeros: dict[str, Any] = {name: np.zeros(shape, np.float32) for name, shape in self.input_shapes.items()}
        outputs = self._run(zeros | self._blank)
        for name, output in memory.items():
            if name not in shapes or output not in outputs:
                raise VtmError(f"the network has no memory '{name}' -> '{output}'; export it for streaming")

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        check_inputs(inputs, self.input_shapes)
        outputs = self._run(inputs | self._remembered)
        self._remembered = {name: outputs.pop(output) for name, output in self._memory.items()}
        return outputs

    def reset(self) -> None:
        self._remembered = self._blank

    def _run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _zeros(self, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape, np.float32)
