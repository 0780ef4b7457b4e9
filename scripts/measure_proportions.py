"""Writes vtm/samples/proportions.npz: how the bone ratios of adults vary, measured on 2000 bodies of the model Anny."""

from pathlib import Path

import numpy as np
import torch

from vtm.body.skeleton import JOINT_NAMES, person_scale
from vtm.files.atomic_file import atomic_file
from vtm.samples.renders.anny_body import random_phenotypes, rest_bodies

PEOPLE, BATCH = 2000, 100
KEPT = 0.995
"""Share of the variance that the kept factors explain."""
TARGET = Path(__file__).resolve().parent.parent / "ros2_ws/src/vtm_ros/vtm/samples/proportions.npz"


def main() -> None:
    torch.set_num_threads(1)
    ratios = []
    for seed in range(PEOPLE // BATCH):
        ratios += [rig.ratio for rig in rest_bodies(random_phenotypes(BATCH, seed, children=0.0))[1]]
    ratio = np.array(ratios)
    log_ratio = np.log(ratio / person_scale(ratio)[:, None])
    variance, axes = np.linalg.eigh(np.cov(log_ratio.T))
    order = np.argsort(-variance)
    kept = 1 + int(np.searchsorted(variance[order].cumsum() / variance.sum(), KEPT))
    factors = axes[:, order[:kept]] * np.sqrt(variance[order[:kept]])
    with atomic_file(TARGET) as part, part.open("wb") as file:
        np.savez(file, mean=log_ratio.mean(0).astype(np.float32), factors=factors.astype(np.float32))
    print(f"{kept} factors")
    for name, mean, spread in zip(JOINT_NAMES[1:], log_ratio.mean(0), log_ratio.std(0), strict=True):
        print(f"{name:15} {np.exp(mean):.3f}  {spread:.3f}")


if __name__ == "__main__":
    main()
