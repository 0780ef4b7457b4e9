"""The trained network as ONNX: one streaming step, with its whole memory as an explicit input and output."""

import copy
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxscript import opset18 as op
from torch import Tensor, nn

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.nets.encoders.tcn import HallucinatingConv
from vtm.nets.history import History
from vtm.nets.layers import CausalConv, PerFrame, as_matrix
from vtm.nets.vtm import VTM, VtmConfig
from vtm.train.half_weights import store_half

INPUTS = (
    "rays", "confidence", "box", "interval", "turning", "arrived", "select", "horizon", "definition", "state", "image",
)  # fmt: skip
"""As files name them: `turning` is the angular velocity of the camera, `definition` the keypoint convention.

The last one only where the network has an image branch."""
OUTPUTS = ("rot6d", "log_depth", "velocity", "bone_ratio", "contact", "error_m", "turn_ahead", "way_ahead", "state_out")
OPSET = 18
TOLERANCE = 1e-4


class Step(nn.Module):
    """One frame in, one motion out; the batch is 1.

    Inputs: rays (1, 23, 2), confidence (1, 23), box (1, 3), interval (1, 1), turning (1, 3), arrived (1, 1),
    select (1, TAPS, TAPS), horizon (1, 1), definition (1, 1), state (1, S), and image (1, C) where the network has an
    image branch. Outputs: rot6d (1, 22, 6), log_depth (1, 1), velocity (1, 1), bone_ratio (1, 21), contact (1, 4),
    error_m (1, 22), turn_ahead (1, 22, 3), way_ahead (1, 3), state.
    """

    def __init__(self, net: VTM):
        super().__init__()
        self.net = copy.deepcopy(net)
        for layer in self.net.modules():
            if isinstance(layer, (PerFrame, CausalConv)) and not isinstance(layer, HallucinatingConv):
                layer.weight = nn.Parameter(as_matrix(layer.weight))  # the file holds the weights as they are used
        history = History()
        rays, confidence, box, interval, camera_rate, arrived, select, horizon, convention = net.blank_frame()
        self.net.run(
            rays[:, 0], confidence[:, 0], box[:, 0], interval[:, 0], camera_rate[:, 0], arrived[:, 0], select,
            horizon[:, 0], convention[:, 0], history,
        )  # fmt: skip
        self.sizes = history.sizes

    def forward(
        self, rays, confidence, box, interval, turning, arrived, select, horizon, convention, state, image=None
    ) -> tuple[Tensor, ...]:
        """Run one step; the arguments are named as the file's inputs."""
        history = History(state, self.sizes)
        out = self.net.run(
            rays,
            confidence,
            box,
            interval,
            turning,
            arrived,
            select,
            horizon[:, 0],
            convention[:, 0],
            history,
            image,
        )
        motion = out.motion
        return (
            motion.rot6d,
            motion.log_depth[:, None],
            motion.velocity[:, None],
            out.log_bone_ratio.exp(),
            out.contact.sigmoid(),
            out.log_error.exp(),
            out.turn_ahead,
            out.way_ahead,
            history.state,
        )


def load_shipped(path: Path, config: VtmConfig) -> VTM:
    """The network inside an exported ONNX file: everything that runs; the motion encoders E^M stay as initialised.

    Args:
        path: The ONNX file.
        config: Its sizes.

    Raises:
        VtmError: The file was exported from another configuration.
    """
    net = VTM(config)
    stored = {tensor.name.removeprefix("net."): tensor for tensor in onnx.load(path).graph.initializer}
    state = net.state_dict()
    running = [name for name in state if not name.startswith("tpmae.encode")]
    absent = [name for name in running if name not in stored]
    if absent:
        raise VtmError(f"{path} was exported from another configuration: it lacks {absent[0]}")
    net.load_state_dict(
        state | {name: _as_trained(onnx.numpy_helper.to_array(stored[name]), state[name]) for name in running}
    )
    return net.eval()


def _as_trained(stored: np.ndarray, like: Tensor) -> Tensor:
    """Weights of the file in the layout of training: the inverse of `as_matrix`."""
    values = torch.tensor(stored).float()
    if values.dim() == 2 and like.dim() == 3:
        values = values.unflatten(1, (like.shape[2], -1)).transpose(1, 2)
    return values


def _gelu(x, approximate="none"):
    """The exact form, in the order that ONNX Runtime recognises and computes as one operation."""
    return op.Mul(op.Mul(x, op.Add(op.Erf(op.Div(x, math.sqrt(2.0))), 1.0)), 0.5)


def example(net: VTM) -> tuple[Tensor, ...]:
    """Inputs of `Step` for one random frame."""
    generator = torch.Generator().manual_seed(0)
    select = net.blank_frame()[6]
    state = torch.randn(1, net.state_size(), generator=generator) * 0.1
    box = torch.tensor([[0.1, 0.0, 0.5]])
    rays = torch.randn(1, NUM_KEYPOINTS, 2, generator=generator) * 0.2
    interval, camera_rate, arrived = torch.full((1, 1), 0.033), torch.full((1, 3), 0.1), torch.ones(1, 1)
    horizon, convention = torch.full((1, 1), 0.1), torch.full((1, 1), 0.5)
    confidence, channels = torch.rand(1, NUM_KEYPOINTS, generator=generator), net.config.image_channels
    image = (torch.randn(1, channels, generator=generator) * 0.3,) if channels else ()
    return rays, confidence, box, interval, camera_rate, arrived, select, horizon, convention, state, *image


def export(net: VTM, path: Path) -> float:
    """Write the step network of `net` to `path`.

    Returns:
        The largest difference from torch, relative to outputs above 1.

    Raises:
        VtmError: It is above TOLERANCE.
    """
    step, inputs = Step(net.eval()).eval(), example(net)
    names = INPUTS[: len(inputs)]
    with atomic_file(path) as draft, torch.no_grad():
        torch.onnx.export(
            step,
            inputs,
            draft,
            input_names=list(names),
            output_names=list(OUTPUTS),
            opset_version=OPSET,
            dynamo=True,
            custom_translation_table={torch.ops.aten.gelu.default: _gelu},
            external_data=False,
            verbose=False,
        )
        model = onnx.load(draft)
        store_half(model)
        forget_origin(model)
        onnx.save(model, draft)
        session = onnxruntime.InferenceSession(str(draft), providers=["CPUExecutionProvider"])
        values = session.run(list(OUTPUTS), dict(zip(names, (x.numpy() for x in inputs), strict=True)))
        pairs = [(value, wanted.numpy()) for value, wanted in zip(values, step(*inputs), strict=True)]
        worst = max(float(np.abs(a - b).max() / max(1.0, np.abs(b).max())) for a, b in pairs)
        if worst > TOLERANCE:
            raise VtmError(f"the exported network differs from the trained one by {worst:.2g}; update torch and onnx")
    return worst


def forget_origin(model: onnx.ModelProto) -> None:
    """Remove the exporter's notes, which hold the paths of the machine it ran on."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    for tensor in (*model.graph.input, *model.graph.output):
        del tensor.metadata_props[:]
