"""Half precision as a GPU computes it. ONNX Runtime's CPU has few half kernels: it computes in single precision and
rounds now and then, which is too good. Here every half-precision tensor is rounded, one by one."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from vtm_trt.engine.backends import Memory, State

HALF = TensorProto.FLOAT16


def rounding(content: bytes) -> bytes:
    """A half-precision network as one that computes in single precision and rounds each result to half."""
    model = onnx.shape_inference.infer_shapes(onnx.load_from_string(content), strict_mode=True)
    graph = model.graph
    halves = {value.name for value in graph.value_info if value.type.tensor_type.elem_type == HALF}
    del graph.value_info[:]
    for tensor in graph.initializer:
        if tensor.data_type == HALF:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
    nodes = []
    for node in map(onnx.NodeProto.FromString, [node.SerializeToString() for node in graph.node]):
        if node.op_type == "Cast":
            node.attribute[0].i = TensorProto.FLOAT
        made = halves.intersection(node.output)
        node.output[:] = [f"{name}_exact" if name in made else name for name in node.output]
        nodes.append(node)
        for name in made:
            nodes.append(helper.make_node("Cast", [f"{name}_exact"], [f"{name}_rounded"], to=HALF))
            nodes.append(helper.make_node("Cast", [f"{name}_rounded"], [name], to=TensorProto.FLOAT))
    del graph.node[:]
    graph.node.extend(nodes)
    return model.SerializeToString()


class ExactRunner:
    """A Runner that does what the file says, without optimising anything."""

    def __init__(self, content: bytes, memory: Memory | None = None):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._memory = memory or {}
        shapes = {tensor.name: tuple(tensor.shape) for tensor in self._session.get_inputs()}
        self._blank = {name: np.zeros(shapes.pop(name), np.float32) for name in self._memory}
        self.input_shapes = shapes

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return self.step(inputs, {})[0]

    def step(self, inputs: dict[str, np.ndarray], state: State) -> tuple[dict[str, np.ndarray], State]:
        names = [output.name for output in self._session.get_outputs()]
        outputs = dict(zip(names, self._session.run(names, inputs | state), strict=True))
        return outputs, {name: outputs.pop(output) for name, output in self._memory.items()}

    def blank_state(self) -> State:
        return self._blank

    def describe(self) -> str:
        return "ONNX Runtime, to the letter"
