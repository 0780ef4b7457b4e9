"""Networks in PyTorch, operator by operator: the reference that the other backends are held against."""

import os
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends.host import HostRunner
from vtm_trt.engine.backends.inputs import input_shapes

# Read once, when PyTorch's OpenMP starts: its threads sleep while they wait.
PATIENCE = {"OMP_WAIT_POLICY": "passive"}


def fault() -> str | None:
    """Why PyTorch cannot work here."""
    missing = [package for package in ("torch", "onnx") if not find_spec(package)]
    return f"not installed: {', '.join(missing)}; pip install {' '.join(missing)}" if missing else None


class TorchRunner(HostRunner):
    """A Runner on PyTorch: on its CUDA device where it has one, else on the processor.

    All is in the network's own precision. `threads` becomes the thread count of the whole process's PyTorch.
    """

    def __init__(self, path: Path, threads: int, memory: Memory):
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)
        import onnx
        import torch

        torch.set_num_threads(threads)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            graph = onnx.load(str(path)).graph
        except Exception as fault:
            raise VtmError(f"{path} is no network for PyTorch; restore the file: {fault}") from fault
        if not graph.node:
            raise VtmError(f"{path} is no network for PyTorch; restore the file: it is empty")
        self._constants = {tensor.name: self._constant(tensor) for tensor in graph.initializer}
        self._steps: list[tuple[Callable, list[str], list[str]]] = []
        for node in graph.node:
            self._add(path, node)
        self._outputs = [output.name for output in graph.output]
        self._description = f"torch {torch.__version__}, {self._device}, {threads} threads"
        entries = ((x.name, x.type.tensor_type) for x in graph.input if x.name not in self._constants)
        declared = ((name, [size.dim_value for size in x.shape.dim], x.elem_type == 1) for name, x in entries)
        super().__init__(input_shapes(path, declared), memory)

    def _constant(self, tensor: Any) -> Any:
        """Numbers go to the device. Sizes and indices stay: they are looked at."""
        import onnx
        import torch

        values = torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
        return values.to(self._device) if values.is_floating_point() else values

    def _add(self, path: Path, node: Any) -> None:
        """What depends on constants alone is computed now, once."""
        import onnx

        from vtm_trt.engine.backends.torch_operators import OPERATORS

        if node.op_type not in OPERATORS:
            raise VtmError(f"{path} has the operator {node.op_type}, unknown to the backend torch; choose another one")
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        attributes = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
        inputs, outputs = list(node.input), list(node.output)
        step = (partial(OPERATORS[node.op_type], **attributes), inputs, outputs)
        if all(name in self._constants for name in inputs if name):
            _compute(step, self._constants)
        else:
            self._steps.append(step)

    def _run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        import torch

        values = dict(self._constants)
        with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
            for name, array in inputs.items():
                values[name] = torch.as_tensor(array, device=self._device)
            for step in self._steps:
                _compute(step, values)
        return {name: values[name].cpu().numpy() for name in self._outputs}

    def describe(self) -> str:
        """One line for a log."""
        return self._description


def _compute(step: tuple[Callable, list[str], list[str]], values: dict[str, Any]) -> None:
    function, inputs, outputs = step
    result = function(*[values[name] if name else None for name in inputs])
    values.update(zip(outputs, result if isinstance(result, tuple) else (result,), strict=True))


load = TorchRunner
