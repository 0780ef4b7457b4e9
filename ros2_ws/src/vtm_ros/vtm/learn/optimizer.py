"""Muon for the hidden matrices, AdamW for everything else [Jordan et al. 2024]."""

import torch
from torch import Tensor, nn

SMALLEST_SIDE = 16
OUTPUTS = ("aggregate.", "root_out.", "contact.", "log_error.", "leave.", "bones.head.2.")
"""Layers that speak in units of the body rather than in features; Muon would give all of these the same speed."""


class Optimizer:
    """Both optimisers as one. Muon sees each convolution as a matrix: output channels by everything else."""

    def __init__(self, net: nn.Module, rate: float, weight_decay: float):
        self._hidden: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for name, parameter in net.named_parameters():
            matrix = parameter.dim() > 1 and min(parameter.flatten(1).shape) >= SMALLEST_SIDE
            speaks = any(f".{layer}" in f".{name}" for layer in OUTPUTS)
            (self._hidden if matrix and not speaks else rest).append(parameter)
        self._matrices = [nn.Parameter(parameter.data.flatten(1)) for parameter in self._hidden]
        self._parts = (
            torch.optim.Muon(self._matrices, rate, weight_decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, rate, weight_decay=weight_decay),
        )
        self._parameters = [*self._hidden, *rest]

    def step(self, loss: Tensor, rate: float, clip: float = 1.0) -> None:
        """Go one step down the gradient of `loss`, at learning rate `rate`; gradients longer than `clip` are cut."""
        for parameter in self._parameters:
            parameter.grad = None
        loss.backward()
        nn.utils.clip_grad_norm_(self._parameters, clip)
        for matrix, parameter in zip(self._matrices, self._hidden, strict=True):
            matrix.grad = None if parameter.grad is None else parameter.grad.flatten(1)
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()

    def tensors(self) -> dict[str, Tensor]:
        """The state of both, flat."""
        return {
            f"{part}.{index}.{name}": value
            for part, optimizer in enumerate(self._parts)
            for index, state in optimizer.state_dict()["state"].items()
            for name, value in state.items()
        }

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Go on from where `tensors` were taken. Raises KeyError or RuntimeError when they are another network's."""
        states: tuple[dict, ...] = tuple({} for _ in self._parts)
        for key, value in tensors.items():
            part, index, name = key.split(".")
            states[int(part)].setdefault(int(index), {})[name] = value
        for optimizer, state in zip(self._parts, states, strict=True):
            if state and len(state) != sum(len(group["params"]) for group in optimizer.param_groups):
                raise KeyError("another number of weights")
            optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
