"""Every rule of the lint has a network that breaks it."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vtm_trt.engine.models import networks
from vtm_trt.engine.onnx_lint import lint, lint_model
from vtm_trt.engine.tensorrt_operators import INSTEAD, OPERATORS

FLOAT, HALF, INT64, BOOL = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.BOOL


def network(
    nodes: list[onnx.NodeProto],
    shape: tuple = (1, 4, 8, 8),
    result: tuple = (1, 4, 8, 8),
    kinds: tuple[int, int] = (FLOAT, FLOAT),
    opset: int = 18,
    **constants,
) -> onnx.ModelProto:
    """x -> nodes -> y, with `constants` as initializers."""
    x = helper.make_tensor_value_info("x", kinds[0], shape)
    y = helper.make_tensor_value_info("y", kinds[1], result)
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "test", [x], [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def node(operator: str, inputs: str, outputs: str = "y", **attributes) -> onnx.NodeProto:
    return helper.make_node(
        operator, inputs.split(" ") if inputs else [], outputs.split(" "), name=f"the_{operator}", **attributes
    )


def half(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float16)


def single(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


ONE = np.array([1], np.int64)
PLAIN = {
    "elementwise": network([node("Add", "x c")], c=single(1, 4, 1, 1)),
    "reshape": network([node("Reshape", "x s")], result=(4, 64), s=np.array([4, 64])),
    "axes": network([node("ReduceMean", "x a", keepdims=1)], result=(1, 1, 8, 8), a=ONE),
    "mask": network([node("Greater", "x z", "more"), node("Cast", "more", to=FLOAT)], z=np.float32(0)),
    "weights behind a cast": network([node("Cast", "h", "w", to=FLOAT), node("Conv", "x w")], h=half(4, 4, 1, 1)),
    "constant node": network([node("Constant", "", "c", value=numpy_helper.from_array(single(1))), node("Mul", "x c")]),
    "half inside": network([node("Cast", "x", "h", to=HALF), node("Mul", "h h", "hh"), node("Cast", "hh", to=FLOAT)]),
    "resize": network(
        [node("Resize", "x  s", mode="linear", coordinate_transformation_mode="half_pixel")],
        result=(1, 4, 16, 16), s=np.array([1, 1, 2, 2], np.float32),
    ),
    "quantised": network(
        [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z")], s=np.float32(0.1), z=np.int8(0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("model", PLAIN.values(), ids=list(PLAIN))
def test_plain_networks_pass(model):
    assert lint_model(model) == []


QUANTISE = [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z")]
BROKEN = {
    "old opset": (network([node("Relu", "x")], opset=12), "opset 12; export it with 13 to 18"),
    "new opset": (network([node("Relu", "x")], opset=23), "opset 23; export it with 13 to 18"),
    "unknown operator": (network([node("Acosh", "x")]), "Acosh is not allowed"),
    "operator with advice": (network([node("Einsum", "x x", equation="...ij,...ij->...ij")]), "write it as MatMul"),
    "open shape": (network([node("Relu", "x")], shape=("n", 4), result=("n", 4)), "shape of x is open"),
    "too many dimensions": (network([node("Relu", "x")], shape=(1,) * 9, result=(1,) * 9), "9 dimensions"),
    "integer input": (
        network([node("Cast", "x", to=FLOAT)], kinds=(INT64, FLOAT)), "x is int64; give and take float32",
    ),
    "integer output": (network([node("Cast", "x", to=INT64)], kinds=(FLOAT, INT64)), "y is int64"),
    "half input": (network([node("Cast", "x", to=FLOAT)], kinds=(HALF, FLOAT)), "x is float16; give and take float32"),
    "integers inside": (
        network([node("Cast", "x", "i", to=INT64), node("Cast", "i", to=FLOAT)]), "i is int64; compute in floats",
    ),
    "double inside": (
        network([node("Cast", "x", "d", to=TensorProto.DOUBLE), node("Cast", "d", to=FLOAT)]), "d is double",
    ),
    "booleans that stay": (
        network([node("Greater", "x z", "m"), node("Cast", "m", "f", to=FLOAT), node("Expand", "m s", "n"),
                 node("Cast", "n", to=FLOAT)], z=np.float32(0), s=np.array([1, 4, 8, 8])),
        "m is bool; compute in floats, with 0.0 and 1.0 for masks",
    ),
    "computed places": (
        network([node("Cast", "x", "i", to=INT64), node("GatherND", "c i")], shape=(1,), result=(), c=single(3)),
        "i is int64; compute in floats",
    ),
    "computed weights without their size": (
        network([node("Mul", "x w", "v"), node("Conv", "c v")], shape=(4, 4, 1, 1), c=single(1, 4, 8, 8),
                w=single(1)), "kernel_shape; add that attribute",
    ),
    "computed bias": (
        network([node("Relu", "x", "b"), node("Conv", "c w b")], shape=(4,), c=single(1, 4, 8, 8),
                w=single(4, 4, 1, 1)),
        "bias is computed; add it afterwards",
    ),
    "pooling of a line": (
        network([node("MaxPool", "x", kernel_shape=[1])], shape=(1, 4, 8), result=(1, 4, 8)), "pools 1 dimensions",
    ),
    "pooling with places": (
        network([node("MaxPool", "x", "y places", kernel_shape=[1, 1])]), "gives indices",
    ),
    "pooling with dilation": (
        network([node("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 2])], result=(1, 4, 6, 6)), "with dilation",
    ),
    "mean of the normalisation": (
        network([node("LayerNormalization", "x w b", "y mean")], w=single(8), b=single(8)), "gives mean",
    ),
    "cubic resize": (
        network([node("Resize", "x  s", mode="cubic")], result=(1, 4, 16, 16), s=np.array([1, 1, 2, 2], np.float32)),
        "cubic interpolation; use linear",
    ),
    "resize by another rule": (
        network([node("Resize", "x  s", mode="linear", coordinate_transformation_mode="half_pixel_symmetric")],
                result=(1, 4, 16, 16), s=np.array([1, 1, 2, 2], np.float32), opset=18),
        "half_pixel_symmetric",
    ),
    "resize with antialias": (
        network([node("Resize", "x  s", mode="linear", antialias=1)], result=(1, 4, 16, 16),
                s=np.array([1, 1, 2, 2], np.float32)), "antialias; blur first",
    ),
    "power of another type": (network([node("Pow", "x e")], e=np.float16(2)), "differ in type"),
    "integer exponent": (network([node("Pow", "x e")], e=np.int64(2)), "reads e, which is int64; make it a float"),
    "double weights": (
        network([node("Cast", "d", "w", to=FLOAT), node("Add", "x w")], d=np.ones(8)), "d, which is double; make it",
    ),
    "asymmetric rounding": (network(QUANTISE, s=np.float32(0.1), z=np.int8(3)), "zero point is not 0"),
    "unsigned rounding": (network(QUANTISE, s=np.float32(0.1), z=np.uint8(0)), "quantise to int8"),
    "scale of zero": (network(QUANTISE, s=np.float32(0), z=np.int8(0)), "not a positive constant"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "said"), BROKEN.values(), ids=list(BROKEN))
def test_what_breaks_a_rule_is_said(model, said):
    faults = lint_model(model)
    assert any(said in fault for fault in faults), faults
    assert all("; " in fault or ": " in fault for fault in faults), "no remedy"


def test_operators_are_named_once(tmp_path):
    model = network([node("Acosh", "x", "a"), node("Acosh", "a")])
    onnx.save(model, tmp_path / "n.onnx")
    assert len(lint(tmp_path / "n.onnx")) == 1


def test_weights_in_another_file(tmp_path):
    model = network([node("Add", "x c")], c=single(1, 4, 8, 8))
    onnx.save(model, tmp_path / "n.onnx", save_as_external_data=True, size_threshold=0, location="n.data")
    (tmp_path / "n.data").unlink()
    assert "external_data=False" in "".join(lint(tmp_path / "n.onnx"))


def test_foreign_operators_and_functions():
    model = network([helper.make_node("FusedConv", ["x"], ["y"], domain="com.microsoft")])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    assert any("com.microsoft" in fault for fault in lint_model(model))
    model = network([node("Relu", "x")])
    model.functions.append(onnx.FunctionProto(name="mine"))
    assert any("inlined" in fault for fault in lint_model(model))


def test_newest_format_is_refused():
    model = network([node("Relu", "x")])
    model.ir_version = 11
    assert any("IR 11" in fault for fault in lint_model(model))


@pytest.mark.parametrize("content", [b"", b"not a network"])
def test_what_is_no_network(tmp_path, content):
    path = tmp_path / "n.onnx"
    path.write_bytes(content)
    assert lint(path)


def test_no_operator_is_both_allowed_and_advised_against():
    assert not OPERATORS & INSTEAD.keys()


@pytest.mark.parametrize("path", networks(), ids=lambda path: path.stem)
def test_shipped_networks_keep_the_rules(path):
    assert lint(path) == []
