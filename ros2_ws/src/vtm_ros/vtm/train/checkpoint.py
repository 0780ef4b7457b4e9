"""A training run on disk: weights, optimiser and random numbers, each a safetensors file that replaces the last one."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.nets.vtm import VTM, VtmConfig
from vtm.train.optimizer import Optimizer

WEIGHTS, OPTIMIZER = "checkpoint.safetensors", "optimizer.safetensors"
UNREADABLE = (OSError, RuntimeError, SafetensorError, KeyError)


def save(
    out: Path, net: VTM, optimizer: Optimizer, generator: torch.Generator, step: int, passes: Sequence[str]
) -> None:
    """Keep a run as it is before a step.

    Args:
        out: The folder of the run.
        net: The network.
        optimizer: Its optimiser.
        generator: Of the random numbers.
        step: The next step.
        passes: What the weights have been through, a sentence for each training.
    """
    with atomic_file(out / OPTIMIZER) as draft:
        save_file({"generator": generator.get_state(), **optimizer.tensors()}, draft, {"step": str(step)})
    with atomic_file(out / WEIGHTS) as draft:
        save_file(net.state_dict(), draft, {"passes": json.dumps(passes)})


def passes(weights: Path) -> list[str]:
    """What these weights have been through, a sentence for each training.

    Raises:
        VtmError: The file is no checkpoint.
    """
    try:
        with safe_open(weights, "pt") as file:
            return json.loads((file.metadata() or {}).get("passes", "[]"))
    except UNREADABLE as error:
        raise VtmError(f"{weights} is no checkpoint: {error}") from error


def restore(out: Path, net: VTM, optimizer: Optimizer, generator: torch.Generator) -> int:
    """Bring a run back from a folder, in place.

    Args:
        out: The folder of the run.
        net: The network.
        optimizer: Its optimiser.
        generator: Of the random numbers.

    Returns:
        The step to go on with.

    Raises:
        VtmError: There is no run, or it was started with another configuration.
    """
    if not ((out / WEIGHTS).is_file() and (out / OPTIMIZER).is_file()):
        raise VtmError(f"nothing to resume in {out}: leave --resume out to start a new run")
    try:
        net.load_state_dict(load_file(out / WEIGHTS))
        tensors = load_file(out / OPTIMIZER)
        generator.set_state(tensors.pop("generator"))
        optimizer.load_tensors(tensors)
        with safe_open(out / OPTIMIZER, "pt") as file:
            return int(file.metadata()["step"])
    except UNREADABLE as error:
        raise VtmError(f"cannot resume from {out}; use the configuration it was started with: {error}") from error


def start_from(weights: Path, net: VTM) -> None:
    """Begin with the `weights` of another run; layers that it lacks stay as initialised.

    Raises:
        VtmError: They are no checkpoint, or have layers that `net` lacks.
    """
    try:
        unknown = net.load_state_dict(load_file(weights), strict=False).unexpected_keys
    except UNREADABLE as error:
        raise VtmError(f"cannot start from {weights}; give a {WEIGHTS} of these sizes: {error}") from error
    if unknown:
        raise VtmError(f"cannot start from {weights}: this network has no {unknown[0]}")


def load_checkpoint(path: Path, config: VtmConfig) -> VTM:
    """The network of a training run's checkpoint.safetensors.

    Raises:
        VtmError: It is missing, or of another configuration.
    """
    net = VTM(config)
    try:
        net.load_state_dict(load_file(path))
    except UNREADABLE as error:
        raise VtmError(
            f"{path} is no checkpoint of this configuration; export with the run's own one: {error}"
        ) from error
    return net.eval()
