"""The operators of the shipped networks in PyTorch, as https://onnx.ai/onnx/operators defines them (opsets 17 and 18).

An operator is one row of OPERATORS: a function of the inputs, None for one left out, and the attributes by name.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from vtm.errors import VtmError

_DTYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float16, 11: torch.float64}
"""TensorProto.DataType."""


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise VtmError(f"the backend torch does not know {what}; choose another backend")


def _cast(x: Tensor, *, to: int, saturate: int = 1) -> Tensor:
    return x.to(_DTYPES[to])


def _clip(x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    return x if low is None and high is None else torch.clamp(x, low, high)


def _concat(*parts: Tensor, axis: int) -> Tensor:
    return torch.cat(parts, axis)


def _conv(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, *, strides: Sequence[int] = (1, 1), pads: Sequence[int] = (),
    dilations: Sequence[int] = (1, 1), group: int = 1, auto_pad: str = "NOTSET", kernel_shape: Sequence[int] = (),
) -> Tensor:  # fmt: skip
    _require(auto_pad == "NOTSET", f"Conv with auto_pad {auto_pad}")
    sides = x.ndim - 2
    _require(sides in (1, 2), f"Conv in {sides} dimensions")
    convolve = (F.conv1d, F.conv2d)[sides - 1]
    return convolve(_padded(x, pads), weight, bias, tuple(strides[:sides]), 0, tuple(dilations[:sides]), group)


def _padded(x: Tensor, pads: Sequence[int], value: float = 0.0) -> Tensor:
    """`pads`: at the begin of each of the last dimensions, then at the end of each."""
    if not any(pads):
        return x
    sides = len(pads) // 2
    pairs = [pads[side + end] for side in reversed(range(sides)) for end in (0, sides)]
    return F.pad(x, pairs, value=value)


def _depth_to_space(x: Tensor, *, blocksize: int, mode: str = "DCR") -> Tensor:
    _require(mode == "DCR", f"DepthToSpace with mode {mode}")
    batch, depth, height, width = x.shape
    blocks = x.reshape(batch, blocksize, blocksize, depth // blocksize**2, height, width)
    return blocks.permute(0, 3, 4, 1, 5, 2).reshape(batch, -1, height * blocksize, width * blocksize)


def _gather(x: Tensor, index: Tensor, *, axis: int = 0) -> Tensor:
    parts: list[slice | Tensor] = [slice(None)] * (axis % x.ndim)
    return x[tuple([*parts, index])]


def _gather_nd(x: Tensor, index: Tensor, *, batch_dims: int = 0) -> Tensor:
    _require(batch_dims == 0, "GatherND with batch_dims")
    return x[index.unbind(-1)]


def _gemm(
    a: Tensor, b: Tensor, c: Tensor | None = None, *, alpha: float = 1.0, beta: float = 1.0, transA: int = 0,
    transB: int = 0,
) -> Tensor:  # fmt: skip
    product = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    return product if c is None else product + beta * c


def _layer_norm(
    x: Tensor, scale: Tensor, bias: Tensor | None = None, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> Tensor:
    return F.layer_norm(x, x.shape[axis:], scale, bias, epsilon)


def _max_pool(
    x: Tensor, *, kernel_shape: Sequence[int], strides: Sequence[int] = (1, 1), pads: Sequence[int] = (),
    dilations: Sequence[int] = (1, 1), auto_pad: str = "NOTSET", ceil_mode: int = 0, storage_order: int = 0,
) -> Tensor:  # fmt: skip
    _require(x.ndim == 4 and auto_pad == "NOTSET" and not ceil_mode, "this kind of MaxPool")
    return F.max_pool2d(_padded(x, pads, -torch.inf), tuple(kernel_shape), tuple(strides), 0, tuple(dilations))


def _pad(x: Tensor, pads: Tensor, value: Tensor | None = None, *, mode: str = "constant") -> Tensor:
    _require(mode == "constant", f"Pad with mode {mode}")
    return _padded(x, pads.tolist(), 0.0 if value is None else value.item())


def _reduce(
    function: Callable, x: Tensor, axes: Tensor | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> Tensor:
    if axes is None and noop_with_empty_axes:
        return x
    return function(x, list(range(x.ndim)) if axes is None else axes.tolist(), bool(keepdims))


def _reshape(x: Tensor, shape: Tensor, *, allowzero: int = 0) -> Tensor:
    sizes = shape.tolist()
    return x.reshape([x.shape[i] if size == 0 and not allowzero else size for i, size in enumerate(sizes)])


def _resize(
    x: Tensor, roi: Tensor | None = None, scales: Tensor | None = None, sizes: Tensor | None = None, *,
    mode: str = "nearest", coordinate_transformation_mode: str = "half_pixel", **_: object,
) -> Tensor:  # fmt: skip
    known = x.ndim == 4 and mode == "linear" and coordinate_transformation_mode == "half_pixel"
    _require(known, f"Resize with mode {mode}, {coordinate_transformation_mode}")
    if sizes is not None:
        shape = sizes.tolist()
    else:
        assert scales is not None
        shape = [int(size * scale) for size, scale in zip(x.shape, scales.tolist(), strict=True)]
    return F.interpolate(x, shape[2:], mode="bilinear", align_corners=False)


def _slice(x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor | None = None, steps: Tensor | None = None) -> Tensor:
    count = len(starts)
    parts = [slice(None)] * x.ndim
    rows = (starts.tolist(), ends.tolist(), [1] * count if steps is None else steps.tolist())
    for axis, *part in zip(range(count) if axes is None else axes.tolist(), *rows, strict=True):
        _require(part[2] > 0, "Slice with a step backwards")
        parts[axis] = slice(*part)
    return x[tuple(parts)]


def _split(x: Tensor, sizes: Tensor | None = None, *, axis: int = 0, num_outputs: int = 0) -> tuple[Tensor, ...]:
    return x.split(-(-x.shape[axis] // num_outputs) if sizes is None else sizes.tolist(), axis)


def _squeeze(x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.squeeze() if axes is None else x.squeeze(axes.tolist())


def _transpose(x: Tensor, *, perm: Sequence[int]) -> Tensor:
    return x.permute(*perm)


def _unsqueeze(x: Tensor, axes: Tensor) -> Tensor:
    ndim = x.ndim + len(axes)
    for axis in sorted(axis % ndim for axis in axes.tolist()):
        x = x.unsqueeze(axis)
    return x


OPERATORS: dict[str, Callable] = {
    "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div, "Pow": torch.pow, "MatMul": torch.matmul,
    "Neg": torch.neg, "Exp": torch.exp, "Log": torch.log, "Sqrt": torch.sqrt, "Erf": torch.erf,
    "Sigmoid": torch.sigmoid, "Tanh": torch.tanh, "Greater": torch.gt, "Cast": _cast, "Clip": _clip,
    "Concat": _concat, "Conv": _conv, "GlobalAveragePool": partial(F.adaptive_avg_pool2d, output_size=1),
    "DepthToSpace": _depth_to_space, "Gather": _gather, "GatherND": _gather_nd, "Gemm": _gemm,
    "LayerNormalization": _layer_norm,
    "MaxPool": _max_pool, "Pad": _pad, "ReduceMean": partial(_reduce, torch.mean),
    "ReduceSum": partial(_reduce, torch.sum), "Reshape": _reshape, "Resize": _resize, "Slice": _slice,
    "Softmax": lambda x, axis=-1: x.softmax(axis), "Split": _split, "Squeeze": _squeeze, "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}  # fmt: skip
