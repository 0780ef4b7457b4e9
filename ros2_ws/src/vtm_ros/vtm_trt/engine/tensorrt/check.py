"""Whether a plan computes what its network does: against ONNX Runtime on the processor."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vtm_trt.engine.backends import Memory, Runner, onnxruntime
from vtm_trt.engine.precision import variant
from vtm_trt.engine.tensorrt.engine import PlanFault

TOLERANCE = {"fp32": 2e-3, "fp16": 5e-2, "int8": 2e-1}
"""Largest error of an output, root mean square relative to the output's own. A kernel that is wrong is off by 1."""
FLOOR = 1e-2
"""An output smaller than this is compared as if it were of this size."""
CALLS = 4
"""Both buffers of the state, twice."""


def check(runner: Runner, network: Path, memory: Memory, threads: int, precision: str) -> None:
    """Compare a runner with ONNX Runtime on random inputs, 0..1.

    Args:
        runner: What is checked.
        network: The ONNX file.
        memory: As the runner was loaded with.
        threads: Of ONNX Runtime.
        precision: Of the runner.

    Raises:
        PlanFault: The two disagree.
    """
    with TemporaryDirectory(prefix="vtm-check-") as folder:
        same = Path(folder, network.name)
        same.write_bytes(variant(network, precision))
        reference = onnxruntime.load(same, threads, memory)
    rng = np.random.default_rng(0)
    states = runner.blank_state(), reference.blank_state()
    for _ in range(CALLS):
        inputs = {name: rng.random(shape, np.float32) for name, shape in reference.input_shapes.items()}
        (found, ours), (wanted, theirs) = runner.step(inputs, states[0]), reference.step(inputs, states[1])
        states = ours, theirs
        for name, expected in wanted.items():
            error = difference(found[name], expected)
            if not error <= TOLERANCE[precision]:
                raise PlanFault(
                    f"TensorRT computes {name} of {network.name} wrongly on this GPU (error {error:.2g}, {precision}); "
                    "update TensorRT and the driver, or choose another backend"
                )


def difference(found: np.ndarray, wanted: np.ndarray) -> float:
    """Root mean square of found - wanted, relative to that of `wanted`; infinite where one is not a number."""
    finite = np.isfinite(wanted)
    if not np.array_equal(finite, np.isfinite(found)):
        return np.inf
    found, wanted = found[finite].astype(np.float64), wanted[finite].astype(np.float64)
    if not wanted.size:
        return 0.0
    return float(np.sqrt(np.mean((found - wanted) ** 2)) / max(np.sqrt(np.mean(wanted**2)), FLOOR))
