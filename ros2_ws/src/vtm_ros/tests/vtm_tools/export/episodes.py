"""Episodes of a robot of three joints, of which no step is like another."""

import numpy as np

from vtm_tools.export.episode import Episode

JOINTS = ("shoulder", "elbow", "lift")


def episode(seed: int, steps: int = 20, task: str = "wave", **changed) -> Episode:
    """`changed`: other values of its attributes."""
    rng = np.random.default_rng(seed)
    positions, root = rng.normal(size=(steps + 1, 3)), rng.normal(size=(steps + 1, 7))
    values = dict(robot="small", task=task, fps=30, joint_names=JOINTS, positions=positions, root=root,
                  valid=rng.random(steps) > 0.3, confidence=rng.random(steps))  # fmt: skip
    return Episode(**values | changed)
