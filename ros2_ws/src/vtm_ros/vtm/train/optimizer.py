"""Muon for the hidden matrices, AdamW for everything else [Jordan et al. 2024]."""

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.775, 2.0315)
MOMENTUM = 0.95
SMALLEST_SIDE = 16
OUTPUTS = ("aggregate.", "root_out.", "contact.", "log_error.", "leave.", "bones.head.2.")
"""Layers whose outputs are in units of the body; AdamW trains them, for Muon would change all at the same rate."""


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are made orthogonal, with steps as large as AdamW's.

    As torch.optim.Muon, but in single precision on processors, most of which compute half precision many times slower.
    """

    def __init__(self, matrices: list[nn.Parameter], rate: float, weight_decay: float):
        super().__init__(matrices, {"lr": rate, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None) -> None:  # type: ignore[override]
        """Go one step down the gradients that the matrices hold."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                momentum = self.state[matrix].setdefault("momentum_buffer", torch.zeros_like(matrix))
                momentum.lerp_(matrix.grad, 1 - MOMENTUM)
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                size = 0.2 * max(matrix.shape) ** 0.5
                matrix.sub_(orthogonal(matrix.grad.lerp(momentum, MOMENTUM)), alpha=group["lr"] * size)


def orthogonal(matrix: Tensor) -> Tensor:
    """`matrix` (A, B) with all singular values near 1, by five steps of Newton and Schulz."""
    a, b, c = NEWTON_SCHULZ
    x = matrix.bfloat16() if matrix.is_cuda else matrix
    x = x.T if x.shape[0] > x.shape[1] else x
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.T if matrix.shape[0] > matrix.shape[1] else x).to(matrix.dtype)


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
            Muon(self._matrices, rate, weight_decay),
            torch.optim.AdamW(rest, rate, weight_decay=weight_decay),
        )
        self._parameters = [*self._hidden, *rest]

    def step(self, loss: Tensor, rate: float, clip: float = 1.0) -> None:
        """Go one step down the gradient of a loss.

        Args:
            loss: A scalar.
            rate: The learning rate.
            clip: Longer gradients are cut to this length.
        """
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
        """Go on from where `tensors` were taken.

        Raises:
            KeyError: They are another network's, and so for RuntimeError.
        """
        states: tuple[dict, ...] = tuple({} for _ in self._parts)
        for key, value in tensors.items():
            part, index, name = key.split(".")
            states[int(part)].setdefault(int(index), {})[name] = value
        for optimizer, state in zip(self._parts, states, strict=True):
            if state and len(state) != sum(len(group["params"]) for group in optimizer.param_groups):
                raise KeyError("another number of weights")
            optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
