"""A network that runs on the GPU."""

from typing import Any

import numpy as np

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory
from vtm_trt.engine.backends.inputs import check_inputs
from vtm_trt.engine.cuda import Device, DeviceArray, Stream
from vtm_trt.engine.tensorrt.engine import Engine, Tensor
from vtm_trt.engine.tensorrt.execution_slot import ExecutionSlot
from vtm_trt.engine.tensorrt.pinned_buffer import PinnedBuffer


class TensorRtRunner:
    """A Runner whose memory stays on the GPU: each state has two buffers there, which a call reads and writes in turn.

    An input may be a DeviceArray as well. stream: where the work goes.  device_inputs: where the network reads its
    inputs, by name; who fills one in `stream` and gives it as that input spares every copy. What is written elsewhere
    must be there before the call, or be written in `stream`.
    Raises RefusedPlan when TensorRT does not take `plan`.
    """

    def __init__(self, device: Device, trt: Any, plan: bytes, memory: Memory):
        device.activate()
        engine = Engine(trt, plan)
        _check_memory(engine.tensors, memory)
        inputs = [t for t in engine.tensors.values() if t.is_input and t.name not in memory]
        outputs = [t for t in engine.tensors.values() if not t.is_input and t.name not in memory.values()]
        self._device, self._version = device, trt.__version__
        self.stream = Stream(device)
        self._inputs, self._outputs = PinnedBuffer(device, inputs), PinnedBuffer(device, outputs)
        self.input_shapes = {tensor.name: tensor.shape for tensor in inputs}
        self.device_inputs = self._inputs.device
        self._states = {name: _buffers(device, engine.tensors[name]) for name in memory}
        self._slots = [
            ExecutionSlot(self.stream, engine.context(self._addresses(memory, turn)), self._inputs, self._outputs)
            for turn in range(2 if memory else 1)
        ]
        self._turn = 0
        self.reset()
        for _ in self._slots:  # so that the first frames are no slower
            self(self._inputs.host)
        self.reset()

    def __call__(self, inputs: dict[str, np.ndarray] | dict[str, np.ndarray | DeviceArray]) -> dict[str, np.ndarray]:
        self._device.activate()
        on_device = {name: array for name, array in inputs.items() if isinstance(array, DeviceArray)}
        on_host = {name: array for name, array in inputs.items() if isinstance(array, np.ndarray)}
        check_inputs(on_host, {name: shape for name, shape in self.input_shapes.items() if name not in on_device})
        for name, array in on_device.items():
            self._copy_within(name, array)
        for name, values in on_host.items():
            np.copyto(self._inputs.host[name], values)
        self._slots[self._turn].run(frozenset(on_host))
        self.stream.wait()
        self._turn = (self._turn + 1) % len(self._slots)
        return dict(self._outputs.host)

    def reset(self) -> None:
        self._device.activate()
        self._turn = 0
        for read_first, _ in self._states.values():
            self.stream.zero(read_first)

    def describe(self) -> str:
        graph = "with CUDA graphs" if all(slot.recorded for slot in self._slots) else "without CUDA graphs"
        return f"tensorrt {self._version}, {self._device.facts.name}, {graph}"

    def _copy_within(self, name: str, array: DeviceArray) -> None:
        place = self.device_inputs.get(name)
        if place is None or (array.shape, array.dtype) != (place.shape, place.dtype):
            raise VtmError(
                f"the network has no input '{name}' of {array.dtype} {array.shape}; give {', '.join(self.input_shapes)}"
            )
        if array.address != place.address:
            self.stream.copy(place, array)

    def _addresses(self, memory: Memory, turn: int) -> dict[str, int]:
        arrays = self._inputs.device | self._outputs.device
        for name, output in memory.items():
            arrays[name], arrays[output] = self._states[name][turn], self._states[name][1 - turn]
        return {name: array.address for name, array in arrays.items()}


def _buffers(device: Device, state: Tensor) -> tuple[DeviceArray, DeviceArray]:
    return DeviceArray.empty(device, state.shape, state.dtype), DeviceArray.empty(device, state.shape, state.dtype)


def _check_memory(tensors: dict[str, Tensor], memory: Memory) -> None:
    for name, output in memory.items():
        there, back = tensors.get(name), tensors.get(output)
        if there is None or back is None or not there.is_input or back.is_input:
            raise VtmError(f"the network has no input {name} with an output {output}; use the network exported for it")
        if (there.shape, there.dtype) != (back.shape, back.dtype):
            raise VtmError(f"the network's {name} and {output} differ in shape or type; export it anew")
