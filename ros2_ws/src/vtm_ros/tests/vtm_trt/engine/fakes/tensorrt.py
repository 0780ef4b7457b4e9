"""A stand-in for the module `tensorrt` of one version, whose engines compute, with ONNX Runtime, on a fake GPU.

A plan is the network itself behind a line that says how it was built. Set `cuda` to the fake GPU; as the genuine one,
it does not survive without a driver.
"""

import json
import os
import signal
import sys
import time
from typing import Any

import numpy as np
from surface import NAMES, VERSION, Surface, enumeration, failing

__version__ = f"{VERSION}.0.26"
cuda: Any = None
DataType, TensorIOMode, TensorLocation = map(enumeration, ("DataType", "TensorIOMode", "TensorLocation"))
BuilderFlag = enumeration("BuilderFlag")
NetworkDefinitionCreationFlag = enumeration("NetworkDefinitionCreationFlag")
_TYPES = {
    1: DataType.FLOAT, 2: DataType.UINT8, 3: DataType.INT8, 6: DataType.INT32, 7: DataType.INT64, 9: DataType.BOOL,
    10: DataType.HALF,
}  # fmt: skip
_NUMPY = {DataType.FLOAT: np.float32, DataType.HALF: np.float16, DataType.INT8: np.int8, DataType.INT32: np.int32}


def nptype(trt_type: Any) -> type:
    if trt_type not in _NUMPY:
        raise TypeError("Could not resolve TensorRT datatype to an equivalent numpy datatype.")
    return _NUMPY[trt_type]


class ILogger(Surface):
    Severity = enumeration("ILogger")
    ERROR, INTERNAL_ERROR, WARNING = Severity.ERROR, Severity.INTERNAL_ERROR, Severity.WARNING


class IProgressMonitor(Surface):
    pass


class IHostMemory(bytes):
    pass


class ITensor(Surface):
    def __init__(self, value: Any):
        kind = value.type.tensor_type
        self.name, self.dtype = value.name, _TYPES[kind.elem_type]
        self.shape = tuple(size.dim_value if size.HasField("dim_value") else -1 for size in kind.shape.dim)


class INetworkDefinition(Surface):
    def __init__(self, flags: int):
        self._flags, self._model = flags, None

    @property
    def num_inputs(self) -> int:
        return len(self._model.graph.input)

    def get_input(self, index: int) -> ITensor:
        return ITensor(self._model.graph.input[index])


class ParserError(Surface):
    def desc(self) -> str:
        return "no operator like that"


class OnnxParser(Surface):
    def __init__(self, network: INetworkDefinition, logger: ILogger):
        self._network, self._errors = network, []

    def parse(self, model: bytes) -> bool:
        import onnx  # slow, as is ONNX Runtime, and not every test comes as far

        try:
            self._network._model = onnx.load_from_string(model)
        except Exception:
            self._errors = [ParserError()]
        if failing("parse"):
            self._errors = [ParserError()]
        return not self._errors

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> ParserError:
        return self._errors[index]


class ITimingCache(Surface):
    def __init__(self, content: bytes):
        self._content = content

    def serialize(self) -> IHostMemory:
        return IHostMemory(self._content + b"+")


class IBuilderConfig(Surface):
    progress_monitor: Any = None

    def __init__(self) -> None:
        self._tf32, self._cache = True, None

    def clear_flag(self, flag: Any) -> None:
        self._tf32 = self._tf32 and flag is not BuilderFlag.TF32

    def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache | None:
        return None if failing("create_timing_cache") else ITimingCache(bytes(serialized_timing_cache))

    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
        if cache._content.strip(b"+"):  # of another device
            return False
        self._cache = cache
        return True

    def get_timing_cache(self) -> ITimingCache | None:
        return self._cache


class Builder(Surface):
    def __init__(self, logger: ILogger):
        if not isinstance(logger, ILogger) or failing("Builder"):
            raise TypeError("pybind11::init(): factory function returned nullptr")
        self._logger = logger

    def create_network(self, flags: int = 0) -> INetworkDefinition | None:
        return None if failing("create_network") else INetworkDefinition(flags)

    def create_builder_config(self) -> IBuilderConfig | None:
        return None if failing("create_builder_config") else IBuilderConfig()

    def build_serialized_network(self, network: INetworkDefinition, config: IBuilderConfig) -> IHostMemory | None:
        print("native code prints, too", flush=True)
        for name in ("SIGSEGV", "SIGKILL"):
            if failing(name):
                os.kill(os.getpid(), signal.Signals[name])
        if failing("exit"):
            sys.exit("terminate called after throwing an instance of 'std::bad_alloc'")
        if failing("build_serialized_network"):
            self._logger.log(ILogger.ERROR, "no implementation for node 7")
            return None
        if config.progress_monitor and not self._count(config.progress_monitor):
            return None
        how = {"version": __version__, "flags": network._flags, "tf32": config._tf32, "wrong": failing("wrong")}
        return IHostMemory(b"plan" + json.dumps(how).encode() + b"\n" + network._model.SerializeToString())

    @staticmethod
    def _count(monitor: IProgressMonitor) -> bool:
        monitor.phase_start("building", None, 2)
        monitor.phase_start("timing", "building", 4)
        for step in range(4):
            if not monitor.step_complete("timing", step):
                return False
            if failing("slow"):
                time.sleep(60)
        monitor.phase_finish("timing")
        for step in range(2):
            if not monitor.step_complete("building", step):
                return False
        monitor.phase_finish("building")
        return True


class Runtime(Surface):
    def __init__(self, logger: ILogger):
        if not isinstance(logger, ILogger) or failing("Runtime"):
            raise TypeError("pybind11::init(): factory function returned nullptr")
        self._logger = logger

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> "ICudaEngine | None":
        assert cuda is not None, "TensorRT ends a process that has no driver"
        if failing("out of memory"):
            self._logger.log(ILogger.ERROR, "Error Code 2: OutOfMemory (Requested size was 4096 bytes.)")
            return None
        head, _, model = bytes(serialized_engine).partition(b"\n")
        how = json.loads(head[4:]) if head.startswith(b"plan") else {}
        if how.get("version") != __version__ or failing("deserialize_cuda_engine"):
            self._logger.log(ILogger.ERROR, "the plan was made by another version")
            return None
        return ICudaEngine(model, how)


class ICudaEngine(Surface):
    def __init__(self, model: bytes, how: dict[str, Any]):
        import onnx
        import onnxruntime

        graph = onnx.load_from_string(model).graph
        self._inputs, self._outputs = ([ITensor(value) for value in values] for values in (graph.input, graph.output))
        self._tensors = {tensor.name: tensor for tensor in (*self._inputs, *self._outputs)}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._how = how

    @property
    def num_io_tensors(self) -> int:
        return len(self._tensors)

    def get_tensor_name(self, index: int) -> str:
        return list(self._tensors)[index]

    def get_tensor_mode(self, name: str) -> Any:
        return TensorIOMode.INPUT if self._tensors[name] in self._inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> Any:
        return self._tensors[name].dtype

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self._tensors[name].shape

    def get_tensor_location(self, name: str) -> Any:
        return TensorLocation.DEVICE

    def create_execution_context(self) -> "IExecutionContext | None":
        return None if failing("create_execution_context") else IExecutionContext(self)


class IExecutionContext(Surface):
    def __init__(self, engine: ICudaEngine):
        self._engine, self._addresses, self._prepared = engine, {}, False

    def set_tensor_address(self, name: str, memory: int) -> bool:
        if failing("set_tensor_address") or memory % 256:
            return False
        self._addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        stream = cuda.stream(stream_handle)
        if self._addresses.keys() != self._engine._tensors.keys() or failing("execute_async_v3"):
            return False
        if stream.captured is not None and (failing("capture") or not self._prepared):
            stream.spoiled = True
            return False
        # The addresses are those of now: a graph keeps what it recorded.
        stream.add(lambda addresses=dict(self._addresses): self._compute(addresses))
        self._prepared = True
        return True

    def _compute(self, addresses: dict[str, int]) -> None:
        arrays = {t.name: self._array(t, addresses[t.name]) for t in self._engine._tensors.values()}
        inputs = {tensor.name: arrays[tensor.name] for tensor in self._engine._inputs}
        for tensor, value in zip(self._engine._outputs, self._engine._session.run(None, inputs), strict=True):
            arrays[tensor.name][...] = value + (1 if self._engine._how["wrong"] else 0)

    @staticmethod
    def _array(tensor: ITensor, address: int) -> np.ndarray:
        return cuda.memory.array(address, tensor.shape, nptype(tensor.dtype))


for _name in [name for name in globals() if not name.startswith("_") and name != "cuda" and name not in NAMES[""]]:
    if getattr(globals()[_name], "__module__", "") == __name__:
        del globals()[_name]
