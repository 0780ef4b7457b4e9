"""One stream through a network that remembers."""

import numpy as np

from vtm_trt.engine.backends import Runner


class OneStream:
    """Calls `runner` frame by frame and keeps the stream's state."""

    def __init__(self, runner: Runner):
        self.runner, self.input_shapes = runner, runner.input_shapes
        self.reset()

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        outputs, self.state = self.runner.step(inputs, self.state)
        return outputs

    def reset(self) -> None:
        self.state = self.runner.blank_state()
