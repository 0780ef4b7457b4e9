"""A plan brought to life: its tensors, and contexts in which it runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vtm.errors import VtmError
from vtm_trt.engine.tensorrt.library import logger, made


class PlanFault(VtmError):
    """There is no good plan, and another build would come to the same."""


class RefusedPlan(PlanFault):
    """TensorRT does not take the plan; a new one may do."""


OUT_OF_MEMORY = ("OutOfMemory", "out of memory", "Out of memory")
"""How TensorRT and CUDA say it."""


@dataclass(frozen=True)
class Tensor:
    """An input or output of the network."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    is_input: bool


class Engine:
    """A deserialised plan.

    Args:
        trt: The module tensorrt.
        plan: Its bytes.

    Attributes:
        tensors: Inputs and outputs by name, in the network's order.

    Raises:
        RefusedPlan: TensorRT does not take the plan.
        VtmError: The GPU's memory is full, or a tensor has no fixed shape or no type of numpy.
    """

    def __init__(self, trt: Any, plan: bytes):
        try:
            runtime = made(trt, "start its runtime", trt.Runtime, logger(trt))
            self._engine = made(trt, "read the plan", runtime.deserialize_cuda_engine, plan)
        except VtmError as fault:
            raise _refusal(fault) from fault
        self._trt, self._runtime = trt, runtime
        names = [self._engine.get_tensor_name(index) for index in range(self._engine.num_io_tensors)]
        self.tensors = {name: self._tensor(name) for name in names}

    def _tensor(self, name: str) -> Tensor:
        engine, trt = self._engine, self._trt
        shape = tuple(engine.get_tensor_shape(name))
        if any(size < 0 for size in shape) or engine.get_tensor_location(name) != trt.TensorLocation.DEVICE:
            raise VtmError(f"the network's tensor {name} has no fixed shape; export the network with fixed shapes")
        try:
            dtype = np.dtype(trt.nptype(engine.get_tensor_dtype(name)))
        except TypeError as fault:
            raise VtmError(f"the network's tensor {name} is of no type of numpy; export it as float32") from fault
        return Tensor(name, shape, dtype, engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT)

    def context(self, addresses: dict[str, int]) -> Any:
        """A context whose tensors lie at `addresses` in the GPU's memory, multiples of 256, for good.

        Raises:
            RefusedPlan: TensorRT cannot make it.
            VtmError: The GPU's memory is full.
        """
        try:
            context = made(self._trt, "make a context", self._engine.create_execution_context)
        except VtmError as fault:
            raise _refusal(fault) from fault
        for name, address in addresses.items():
            made(self._trt, f"use {name}", context.set_tensor_address, name, address)
        return context


def _refusal(fault: VtmError) -> VtmError:
    """Want of memory is not the plan's fault."""
    if any(words in str(fault) for words in OUT_OF_MEMORY):
        return VtmError(f"{fault}, or free GPU memory")
    return RefusedPlan(str(fault))
