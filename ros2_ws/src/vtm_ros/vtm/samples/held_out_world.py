"""Held-out recordings for `vtm eval --world`, by cameras whose pose is known. PyTorch is imported only when it runs."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vtm.metrics.example import Example
from vtm.samples.held_out import clips_of, example_of, generator_of, spread
from vtm.types import CameraPose

if TYPE_CHECKING:
    from torch import Generator, Tensor

FRAMES = 300
"""Ten seconds: shorter recordings are run through back and forth."""
SEED = 11
NEAREST_M, FARTHEST_M = 2.5, 8.0
LOWEST_M, HIGHEST_M = 0.5, 2.5
AIM_M = (0.3, 0.3, 0.2)
"""The camera aims so far beside the middle of the way, standard deviation."""
ROLL = 0.07
SWAY = (0.12, 0.12, 0.04, 0.25, 0.25, 0.08)
"""How far a camera in somebody's hands turns (rad) and moves (m), amplitude."""
SLOWEST_SWAY, FASTEST_SWAY = 0.3, 1.2
"""rad/s."""


def held_out_recordings(
    clips_file: Path, count: int, moving: bool, split: Literal["train", "val"] = "val"
) -> list[Example]:
    """Recordings of FRAMES frames, spread evenly over a split, with the measured 2D errors kept for validation.

    Every observation carries the camera's pose, in a world whose floor is z = 0. Always the same ones for the same
    arguments.

    Args:
        clips_file: The clip file.
        count: Number of recordings.
        moving: The camera sways and turns smoothly, instead of standing.
        split: Of the clip file.

    Raises:
        VtmError: PyTorch is missing, or the file is.
    """
    clips = clips_of(clips_file, split)
    from vtm.samples.windows import sample

    generator, examples = generator_of(SEED), []
    for clip in spread(clips, count):
        camera = _Camera(moving)
        drawn = sample(clips.single(int(clip)), 1, FRAMES, generator, varied=None, measured=1.0, look=camera)
        examples.append(example_of(clips.names[clip], drawn, 0, camera.poses))
    return examples


class _Camera:
    """A `Look` that remembers where it was."""

    def __init__(self, moving: bool):
        self.moving, self.poses = moving, list[CameraPose]()

    def __call__(self, pelvis: "Tensor", seconds: "Tensor", generator: "Generator") -> "tuple[Tensor, Tensor]":
        import torch
        import torch.nn.functional as F

        from vtm.body.rotations import matrix_from_rotvec

        def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
            return low + (high - low) * torch.rand(len(pelvis), *shape, generator=generator)

        def normal(scale: tuple[float, ...]) -> torch.Tensor:
            return torch.randn(len(pelvis), len(scale), generator=generator) * torch.tensor(scale)

        bearing, height = uniform(0, 2 * math.pi), uniform(LOWEST_M, HIGHEST_M)
        distance = torch.exp(uniform(math.log(NEAREST_M), math.log(FARTHEST_M)))
        target = pelvis.mean(1) + normal(AIM_M)
        ground = target[:, :2] + torch.stack([bearing.cos(), bearing.sin()], -1) * distance[:, None]
        centre = torch.cat([ground, height[:, None]], -1)
        forward = F.normalize(target - centre, dim=-1)
        up = torch.tensor([0.0, 0.0, 1.0]) + normal((ROLL, ROLL, 0.0))
        right = F.normalize(torch.linalg.cross(forward, up), dim=-1)
        at_rest = torch.stack([right, torch.linalg.cross(forward, right), forward], -2)
        amplitude = torch.tensor(SWAY) * uniform(0.5, 1.2, 1, 6) * float(self.moving)
        wave = torch.sin(seconds[..., None] * uniform(SLOWEST_SWAY, FASTEST_SWAY, 1, 6) + uniform(0, 2 * math.pi, 1, 6))
        sway = amplitude * wave
        rotation = matrix_from_rotvec(sway[..., :3]) @ at_rest[:, None]
        place = centre[:, None] + sway[..., 3:]
        self.poses = [
            CameraPose(turn.T.copy(), at, source="truth")
            for turn, at in zip(rotation[0].double().numpy(), place[0].double().numpy(), strict=True)
        ]
        return rotation, place
