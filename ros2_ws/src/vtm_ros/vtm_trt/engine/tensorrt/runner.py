"""A network that runs on the GPU."""

from typing import Any

import numpy as np

from vtm.errors import VtmError
from vtm_trt.engine.backends import Memory, State
from vtm_trt.engine.backends.inputs import check_inputs, check_state
from vtm_trt.engine.cuda import Device, DeviceArray, Stream
from vtm_trt.engine.tensorrt.engine import Engine, Tensor
from vtm_trt.engine.tensorrt.execution_slot import ExecutionSlot
from vtm_trt.engine.tensorrt.pinned_buffer import PinnedBuffer


class TensorRtRunner:
    """A Runner whose states stay on the GPU.

    The network reads and writes two buffers in turn. The state of the stream that came last stays there, so that one
    stream alone copies nothing; where another comes, theirs are exchanged. An input may be a DeviceArray as well; what
    is written elsewhere must be there before the call, or be written in `stream`.

    Args:
        device: The GPU.
        trt: The module tensorrt.
        plan: Its bytes.
        memory: What the network remembers.

    Attributes:
        stream: Where the work goes.
        device_inputs: Where the network reads its inputs, by name; who fills one in `stream` and gives it as that input
            spares every copy.

    Raises:
        RefusedPlan: TensorRT does not take the plan.
    """

    concurrent = False

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
        self._buffers = {name: _buffers(device, engine.tensors[name]) for name in memory}
        self._slots = [
            ExecutionSlot(self.stream, engine.context(self._addresses(memory, turn)), self._inputs, self._outputs)
            for turn in range(2 if memory else 1)
        ]
        self._turn = 0
        self._here: State = {}
        state = self.blank_state()
        for _ in self._slots:  # so that the first frames are no slower
            _, state = self.step(self._inputs.host, state)

    def __call__(self, inputs: dict[str, np.ndarray] | dict[str, np.ndarray | DeviceArray]) -> dict[str, np.ndarray]:
        """Run a network without memory; see `Runner`."""
        return self.step(inputs, {})[0]

    def step(
        self, inputs: dict[str, np.ndarray] | dict[str, np.ndarray | DeviceArray], state: State
    ) -> tuple[dict[str, np.ndarray], State]:
        """Run the next frame of a stream; see `Runner.step`."""
        self._device.activate()
        check_state(state, self._buffers)
        on_device = {name: array for name, array in inputs.items() if isinstance(array, DeviceArray)}
        on_host = {name: array for name, array in inputs.items() if isinstance(array, np.ndarray)}
        check_inputs(on_host, {name: shape for name, shape in self.input_shapes.items() if name not in on_device})
        for name, array in on_device.items():
            self._copy_within(name, array)
        for name, values in on_host.items():
            np.copyto(self._inputs.host[name], values)
        before = self._here  # lives until the GPU has put it back
        if state is not before:
            self._exchange(state)
        self._slots[self._turn].run(frozenset(on_host))
        self.stream.wait()
        self._turn = (self._turn + 1) % len(self._slots)
        return dict(self._outputs.host), state

    def blank_state(self) -> State:
        """The state of a new stream: zeros."""
        self._device.activate()
        state = {}
        for name, (like, _) in self._buffers.items():
            state[name] = DeviceArray.empty(self._device, like.shape, like.dtype)
            self.stream.zero(state[name])
        self.stream.wait()
        return state

    def _exchange(self, state: State) -> None:
        """Put the state that is here back where it belongs, and `state` where the next call reads it."""
        for name, array in self._here.items():
            self.stream.copy(array, self._buffers[name][self._turn])
        for name, array in state.items():
            self.stream.copy(self._buffers[name][self._turn], array)
        self._here = state

    def describe(self) -> str:
        """One line for a log."""
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
            arrays[name], arrays[output] = self._buffers[name][turn], self._buffers[name][1 - turn]
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
