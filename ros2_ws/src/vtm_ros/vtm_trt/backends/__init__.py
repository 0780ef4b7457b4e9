"""Ways to run a network. A backend is one module here with `load(path, threads) -> Runner` and one row in BACKENDS."""

from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from vtm.errors import VtmError

BACKENDS = ("onnxruntime",)
"""Names of the modules of this package that run networks, in order of preference."""


class Runner(Protocol):
    """A loaded network. input_shapes: the shape of each of its inputs by name."""

    input_shapes: dict[str, tuple[int, ...]]

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All outputs by name. `inputs` are C-contiguous arrays of the network's shapes and types."""

    def describe(self) -> str:
        """One line for a log: the library, its version and what it runs on."""


def load_runner(path: str | Path, backend: str = "auto", threads: int = 2) -> Runner:
    """Load the ONNX file `path`. `auto` takes the first backend that works on this machine.

    Raises VtmError for an unknown backend, one that cannot work here, and a file that is not a network.
    """
    if backend not in ("auto", *BACKENDS):
        raise VtmError(f"unknown backend '{backend}'; choose one of: auto, {', '.join(BACKENDS)}")
    if threads < 1:
        raise VtmError(f"{threads} threads cannot run a network; give 1 or more")
    if not Path(path).is_file():
        raise VtmError(f"there is no network file {path}; check the path")
    faults = []
    for name in BACKENDS if backend == "auto" else (backend,):
        try:
            return import_module(f"{__name__}.{name}").load(Path(path), threads)
        except VtmError as fault:
            faults.append(str(fault))
    raise VtmError("; ".join(faults))
