"""Training windows of rendered people: what the 2D network really found, and what it said of the body in space."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from vtm.body.keypoints import MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.body.skeleton import MIRROR, PARENTS
from vtm.errors import VtmError
from vtm.nets.body import keypoints_on_body
from vtm.samples.renders.filmed import Filmed
from vtm.samples.virtual_camera import angular_velocity, by_gyroscope
from vtm.samples.windows import FEET, Windows, body_size, foot_contact

WITHOUT_IMAGE = 0.3
"""Share of the training windows whose image features are set to zero, so that the network works without them."""
CONSTANT_NOISE, FRAME_NOISE = 0.015, 0.005
"""Added to image features in training: one value for a whole window, and one for each frame (metres)."""
_LEFT_RIGHT_FEET = [2, 3, 0, 1]


@dataclass
class Seen:
    """T frames of S clips, lengths in virtual-skeleton metres.

    Attributes:
        rays: (S, T, 23, 2).
        confidence: (S, T, 23).
        image: (S, T, 70) features of the picture.
        camera: (S, T, 3, 3) from world to camera axes.
        rotations: (S, T, 22, 3, 3) in camera axes.
        joints: (S, T, 22, 3) in camera axes.
        feet: (S, T, 4, 3), the keypoints `FEET` in the world.
    """

    rays: Tensor
    confidence: Tensor
    image: Tensor
    camera: Tensor
    rotations: Tensor
    joints: Tensor
    feet: Tensor

    def mirrored(self) -> "Seen":
        """Through a mirror on the camera's y-z plane: pictures left to right, and left exchanged with right."""
        x, y = torch.tensor([-1.0, 1.0, 1.0]), torch.tensor([1.0, -1.0, 1.0])
        keypoints, joints = list(MIRROR_KEYPOINTS), list(MIRROR)
        points = self.image[..., :-1].unflatten(-1, (NUM_KEYPOINTS, 3))[..., keypoints, :] * x
        return Seen(
            self.rays[..., keypoints, :] * x[:2],
            self.confidence[..., keypoints],
            torch.cat([points.flatten(-2), self.image[..., -1:]], -1),
            x[:, None] * self.camera * x,
            (x[:, None] * self.rotations * y)[..., joints, :, :],
            self.joints[..., joints, :] * x,
            self.feet[..., _LEFT_RIGHT_FEET, :] * x,
        )


class Renders:
    """Clips of rendered people, all equally long.

    Args:
        files: Those that `scripts/measure_pose2d.py render` writes.
        virtual_skeleton: As in `Clips`.

    Raises:
        VtmError: A file is none of these.
    """

    def __init__(self, files: Sequence[Path], virtual_skeleton: bool = True):
        try:
            filmed = Filmed.joined([Filmed.load(path) for path in files])
        except (OSError, KeyError, ValueError, BadZipFile) as error:
            raise VtmError(
                f"{', '.join(map(str, files))}: no rendered clips of equal length ({error}); "
                "make them with scripts/measure_pose2d.py render"
            ) from error
        self.ratio = torch.from_numpy(filmed.ratio).float()
        self.fps = torch.from_numpy(filmed.fps).float()
        size = body_size(self.ratio)
        if virtual_skeleton:
            self.ratio = self.ratio / size
        metres = size[..., None, None] if virtual_skeleton else 1.0
        lens = filmed.camera[:, None, None]
        found = filmed.confidence > 0
        rays = np.where(found[..., None], (filmed.pixels - lens[..., 4:]) / lens[..., 2:4], 0)
        to_world = torch.from_numpy(filmed.rotation).float().mT[:, :, None]
        centre = torch.from_numpy(filmed.centre).float()[:, :, None]
        rotations, joints = torch.from_numpy(filmed.rotations).float(), torch.from_numpy(filmed.joints).float()
        in_world = (to_world @ joints[..., None])[..., 0] + centre
        self.seen = Seen(
            torch.from_numpy(rays).float(),
            torch.from_numpy(filmed.confidence).float(),
            torch.from_numpy(filmed.image).float(),
            torch.from_numpy(filmed.rotation).float(),
            rotations,
            joints / metres,
            keypoints_on_body(to_world @ rotations, in_world / metres)[..., FEET, :],
        )

    def __len__(self) -> int:
        return len(self.fps)

    def to(self, device: str) -> "Renders":
        """The same on `device`."""
        there = copy.copy(self)
        there.ratio, there.fps = self.ratio.to(device), self.fps.to(device)
        there.seen = Seen(*(x.to(device) for x in vars(self.seen).values()))
        return there

    def whole(self) -> Windows:
        """Every clip as it was found, from its first frame to its last."""
        return self._windows(self.seen, (1 / self.fps)[:, None].expand(self.seen.rays.shape[:2]), self.ratio)

    def sample(self, batch: int, frames: int, generator: torch.Generator) -> Windows:
        """Draw windows for training.

        Each runs from a random frame on, forth and back, at the clip's frame rate or half of it; half are mirrored.

        Args:
            batch: Number of windows.
            frames: Of each window.
            generator: Of the random numbers.
        """
        clip = torch.randint(len(self), (batch,), generator=generator)
        last = self.seen.rays.shape[1] - 1
        start = torch.randint(2 * last, (batch, 1), generator=generator)
        stride = torch.randint(1, 3, (batch, 1), generator=generator)
        frame = (start + stride * torch.arange(frames)) % (2 * last)
        frame = torch.where(frame > last, 2 * last - frame, frame)
        straight = Seen(*(x[clip[:, None], frame] for x in vars(self.seen).values()))
        flip = torch.rand(batch, generator=generator) < 0.5
        pairs = zip(vars(straight).values(), vars(straight.mirrored()).values(), strict=True)
        seen = Seen(*(torch.where(flip.reshape(-1, *[1] * (x.dim() - 1)), other, x) for x, other in pairs))
        seen.image = _uncertain(seen.image, generator)
        windows = self._windows(seen, (stride / self.fps[clip][:, None]).expand(-1, frames), self.ratio[clip])
        return replace(windows, camera_rate=by_gyroscope(windows.camera_rate, generator))

    @staticmethod
    def _windows(seen: Seen, interval: Tensor, ratio: Tensor) -> Windows:
        local = seen.rotations[:, :, [0, *PARENTS[1:]]].mT @ seen.rotations
        local[:, :, 0] = seen.rotations[:, :, 0]
        contact = foot_contact(seen.feet, interval)
        found = (seen.rays, seen.confidence, seen.image)
        camera_rate = angular_velocity(seen.camera, interval)
        motion = (local, seen.rotations, seen.joints, ratio, contact)
        return Windows.of(*found, interval, camera_rate, *motion, torch.ones_like(interval))


def _uncertain(image: Tensor, generator: torch.Generator) -> Tensor:
    """Image features (B, T, C) with noise, and none at all in some windows."""
    batch, frames, channels = image.shape
    points, there = image[..., :-1], image[..., -1:]
    constant = torch.randn(batch, 1, channels - 1, generator=generator) * CONSTANT_NOISE
    quick = torch.randn(batch, frames, channels - 1, generator=generator) * FRAME_NOISE
    kept = (torch.rand(batch, 1, 1, generator=generator) >= WITHOUT_IMAGE).float()
    return torch.cat([points + (constant + quick) * there, there], -1) * kept
