"""The trained lifter as the file that ships, and the weights of one that goes on learning."""

from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import onnx
import torch

from vtm.errors import VtmError
from vtm.nets.hand_lifter import CHANNELS, INPUTS, OUTPUTS, HandLifter
from vtm.train.export import forget_origin
from vtm.train.half_weights import store_half
from vtm_trt.stream.hand_lifter import hand_network

SHAPES = ((1, 21, 3), (1, 21, 3), (1, 2), (1, 6), (1, 2), (1, 1), (1, CHANNELS))
"""Of INPUTS."""


def weights(net: HandLifter, path: Path) -> dict[str, torch.Tensor]:
    """Those that a run left in a file.

    Raises:
        VtmError: It cannot be read, or holds none of `net`.
    """
    try:
        found = torch.load(path, weights_only=True)
    except OSError as fault:
        raise VtmError(f"cannot read {path}: {fault.strerror}") from fault
    except (ValueError, RuntimeError, UnpicklingError):
        found = None
    if not isinstance(found, dict) or found.keys() != net.state_dict().keys():
        raise VtmError(f"{path} holds no weights of this network; give the hand_lifter.pt of another run")
    return found


def export(net: HandLifter, path: Path) -> float:
    """Write the network; the largest difference between what it says as a file and in torch, over two frames."""
    generator = torch.Generator().manual_seed(0)
    *told, state = (torch.randn(shape, generator=generator) * 0.2 for shape in SHAPES)
    with torch.no_grad():
        torch.onnx.export(net, (*told, state), path, input_names=list(INPUTS), output_names=list(OUTPUTS),
                          opset_version=18, dynamo=True, external_data=False, verbose=False)  # fmt: skip
    model = onnx.load(path)
    store_half(model)
    forget_origin(model)
    onnx.save(model, path)
    runner, off, state = hand_network("onnxruntime", path), 0.0, torch.zeros_like(state)
    inputs, remembered = {name: value.numpy() for name, value in zip(INPUTS, told, strict=False)}, runner.blank_state()
    for _ in range(2):
        with torch.no_grad():
            *wanted, state = net(*told, state)
        said, remembered = runner.step(inputs, remembered)
        off = max(
            off, *(float(np.abs(said[name] - one.numpy()).max()) for name, one in zip(OUTPUTS, wanted, strict=False))
        )
    return off
