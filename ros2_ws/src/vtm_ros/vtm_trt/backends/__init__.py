"""Ways to run a network. A backend is one module here and one row in BACKENDS.

A module has `fault() -> str | None`, why it cannot work on this machine and what would change that, asked without
loading anything heavy, and `load(path, threads, memory) -> Runner`.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from vtm.errors import VtmError

BACKENDS = ("onnxruntime",)
"""Names of the modules of this package that run networks, in order of preference."""

Memory = dict[str, str]
"""What a network remembers from one call to the next: name of an input -> the output that becomes it."""


class Runner(Protocol):
    """A loaded network, with its memory, which is zero at first.

    input_shapes: the shape of each input that a caller gives, by name.
    """

    input_shapes: dict[str, tuple[int, ...]]

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All outputs by name, without those remembered. `inputs` are C-contiguous arrays of the network's shapes and
        types. The outputs may be overwritten by the next call."""

    def reset(self) -> None:
        """Forget: the memory is zero again."""

    def describe(self) -> str:
        """One line for a log: the library, its version and what it runs on."""


def load_runner(path: str | Path, backend: str = "auto", threads: int = 2, memory: Memory | None = None) -> Runner:
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
        module = import_module(f"{__name__}.{name}")
        try:
            if fault := module.fault():
                raise VtmError(fault)
            return module.load(Path(path), threads, memory or {})
        except VtmError as fault:
            faults.append(str(fault))
    raise VtmError("; ".join(faults))
