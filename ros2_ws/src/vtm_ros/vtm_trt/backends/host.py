"""What the backends that compute on the processor's own memory share: they feed a network its memory."""

import numpy as np

from vtm_trt.backends import Memory


class HostRunner:
    """A Runner whose `_run` maps all inputs to all outputs. It runs once when it is made, so that the first frame is no
    slower."""

    def __init__(self, shapes: dict[str, tuple[int, ...]], memory: Memory):
        self.input_shapes = {name: shape for name, shape in shapes.items() if name not in memory}
        self._memory = memory
        self._blank = {name: np.zeros(shapes[name], np.float32) for name in memory}
        self._remembered = self._blank
        self({name: np.zeros(shape, np.float32) for name, shape in self.input_shapes.items()})
        self.reset()

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        outputs = self._run(inputs | self._remembered)
        self._remembered = {name: outputs.pop(output) for name, output in self._memory.items()}
        return outputs

    def reset(self) -> None:
        self._remembered = self._blank

    def _run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        raise NotImplementedError
