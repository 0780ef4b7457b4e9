"""What the backends share that are given a stream's state with each call: they feed it back and check the inputs."""

from typing import Any

import numpy as np

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory, State
from vtm_trt.engine.backends.inputs import Shapes, check_inputs, check_state


class HostRunner:
    """A Runner whose `_run` maps all inputs to all outputs.

    A state is as `_zeros` and `_run` make it: an array, or a tensor on a device. The network runs once when it is
    loaded, so that the first frame is no slower.

    Args:
        shapes: Of all inputs, by name.
        memory: What the network remembers.

    Raises:
        VtmError: The network has no such memory.
    """

    concurrent = False

    def __init__(self, shapes: Shapes, memory: Memory):
        self.input_shapes = {name: shape for name, shape in shapes.items() if name not in memory}
        self._memory = memory
        self._blank: State = {name: self._zeros(shapes[name]) for name in memory if name in shapes}
        zeros: dict[str, Any] = {name: np.zeros(shape, np.float32) for name, shape in self.input_shapes.items()}
        outputs = self._run(zeros | self._blank)
        for name, output in memory.items():
            if name not in shapes or output not in outputs:
                raise VtmError(f"the network has no memory '{name}' -> '{output}'; export it for streaming")

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run a network without memory; see `Runner`."""
        return self.step(inputs, {})[0]

    def step(self, inputs: dict[str, np.ndarray], state: State) -> tuple[dict[str, np.ndarray], State]:
        """Run the next frame of a stream; see `Runner.step`."""
        check_inputs(inputs, self.input_shapes)
        check_state(state, self._memory)
        outputs = self._run(inputs | state)
        return outputs, {name: outputs.pop(output) for name, output in self._memory.items()}

    def blank_state(self) -> State:
        """The state of a new stream: zeros."""
        return self._blank

    def _run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _zeros(self, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape, np.float32)
