"""Bone ratios of random adults, as the body model Anny knows them."""

from functools import cache
from importlib.resources import files

import numpy as np
import torch
from torch import Tensor

from vtm.body.skeleton import MIRROR


@cache
def _anny() -> tuple[Tensor, Tensor]:
    """Mean (21,) and factors (21, K) of adults' log bone ratios at the virtual skeleton's size: covariance = F F^T.

    Written by scripts/measure_proportions.py.
    """
    with files("vtm.samples").joinpath("proportions.npz").open("rb") as file, np.load(file) as archive:
        return torch.from_numpy(archive["mean"]), torch.from_numpy(archive["factors"])


def adults(ratio: Tensor, spread: float, generator: torch.Generator) -> Tensor:
    """Random bone ratios about given ones, left like right.

    Each person varies as Anny's adults do, about a mean somewhere between the virtual skeleton's and Anny's: the two
    measure some bones, feet above all, between different points. On top of that each bone, or pair of bones, varies by
    itself.

    Args:
        ratio: (B, 21) bone lengths over the virtual skeleton's.
        spread: Standard deviation of the logarithm of each bone by itself.
        generator: Of the random numbers.

    Returns:
        (B, 21).
    """
    mean, factors = (part.to(ratio) for part in _anny())

    def randn(columns: int) -> Tensor:
        return torch.randn(len(ratio), columns, generator=generator, device=ratio.device, dtype=ratio.dtype)

    share = torch.rand(len(ratio), 1, generator=generator, device=ratio.device, dtype=ratio.dtype)
    alone = randn(len(mean))
    left_of_pair = [min(joint, other) - 1 for joint, other in enumerate(MIRROR)][1:]
    return ratio * torch.exp(share * mean + randn(factors.shape[1]) @ factors.T + spread * alone[:, left_of_pair])
