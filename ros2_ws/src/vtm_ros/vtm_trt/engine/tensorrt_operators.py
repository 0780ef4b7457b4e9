"""The ONNX operators that our networks may use: known to TensorRT 10.3, with fixed shapes and without integers.

Source of what TensorRT knows: docs/operators.md of github.com/onnx/onnx-tensorrt, release 10.1 (commit 96e7811), with
what docs/Changelog.md names up to release 10.3 (axes of Slice as a tensor; ScatterElements, which is not used here).
"""

OPERATORS = frozenset({
    "Abs", "Add", "AveragePool", "Cast", "Clip", "Concat", "Constant", "Conv", "ConvTranspose", "Cos", "DepthToSpace",
    "DequantizeLinear", "Div", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Gather", "GatherND", "Gemm",
    "GlobalAveragePool", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "LayerNormalization",
    "LeakyRelu", "Less", "LessOrEqual", "Log", "MatMul", "Max", "MaxPool", "Min", "Mul", "Neg", "PRelu", "Pad", "Pow",
    "QuantizeLinear", "Reciprocal", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Reshape",
    "Resize", "Sigmoid", "Sign", "Sin", "Slice", "Softmax", "Softplus", "SpaceToDepth", "Split", "Sqrt", "Squeeze",
    "Sub", "Sum", "Tanh", "Tile", "Transpose", "Unsqueeze",
})  # fmt: skip

INSTEAD = {
    "Attention": "write it as MatMul and Softmax",
    "BatchNormalization": "fold it into the convolution before it: export the network in evaluation mode",
    "ConstantOfShape": "export with fixed shapes",
    "Einsum": "write it as MatMul",
    "GRU": "write the step of one frame, with its memory as an input and an output",
    "Gelu": "write it with Erf",
    "GridSample": "crop before the network",
    "If": "export each case as a network of its own",
    "LSTM": "write the step of one frame, with its memory as an input and an output",
    "Loop": "write the step of one frame, with its memory as an input and an output",
    "NonMaxSuppression": "choose among the boxes after the network",
    "NonZero": "multiply by a 0/1 mask",
    "RMSNormalization": "write it with ReduceMean and Sqrt",
    "Range": "export with fixed shapes",
    "RotaryEmbedding": "write it with Mul and Add",
    "Scan": "write the step of one frame, with its memory as an input and an output",
    "ScatterND": "write it with Concat or a 0/1 mask",
    "Shape": "export with fixed shapes",
    "TopK": "choose after the network",
    "Where": "multiply by a 0/1 mask",
}
"""What to do in place of operators that are left out on purpose or that a first attempt is likely to contain."""

INTEGER_INPUTS = {
    "Expand": (1,), "Gather": (1,), "GatherND": (1,), "Pad": (1, 3), "ReduceL2": (1,), "ReduceMax": (1,),
    "ReduceMean": (1,), "ReduceMin": (1,), "ReduceSum": (1,), "Reshape": (1,), "Resize": (3,), "Slice": (1, 2, 3, 4),
    "Split": (1,), "Squeeze": (1,), "Tile": (1,), "Unsqueeze": (1,),
}  # fmt: skip
"""Inputs that say a shape, an axis or a place: the only integers, and constants of the file."""

COMPARISONS = frozenset({"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"})
"""Their booleans must become 0.0 and 1.0 at once."""

RESIZE_COORDINATES = ("half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn", "asymmetric", "align_corners")
