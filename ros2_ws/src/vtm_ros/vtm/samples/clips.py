"""Motion clips on the canonical skeleton, held as one flat table so that a batch of windows is one gather."""

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import LIMB_BONES, NUM_BONES, VIRTUAL_OFFSETS, bone_lengths
from vtm.errors import VtmError
from vtm.mocap.clip_file import INDEX, Clip, read_clips, read_index


class Clips:
    """All C clips of one split, of one clip file or of several, as N rows.

    Args:
        files: One clip file or several.
        split: "train" or "val".
        virtual_skeleton: Whether windows of them bring every body to the size of the virtual skeleton, as they should,
            or leave it at its own.

    Attributes:
        names: C of them.
        local: (N, 22, 3, 3) rotations relative to the parent, the pelvis in world axes (z up).
        root: (N, 3) m.
        first: (C,) first row of each clip.
        length: (C,) number of its rows.
        fps: (C,) frames/s.
        limb_ratio: (C, 21) bone lengths over the virtual skeleton's, torso bones set to 1.

    Raises:
        VtmError: No clip is of that split, or a file is missing or damaged.
    """

    def __init__(self, files: Path | Sequence[Path], split: str, virtual_skeleton: bool = True):
        self.virtual_skeleton = virtual_skeleton
        files = [files] if isinstance(files, Path) else list(files)
        self.names: list[str] = []
        clips: list[Clip] = []
        for file in files:
            names = sorted(row["clip"] for row in read_index(file) if row["split"] == split)
            self.names += names
            clips += read_clips(file, names)
        if not clips:
            raise VtmError(
                f"{', '.join(map(str, files))}: no clip of the split {split}; the column split of {INDEX} says which "
                "clip belongs to which"
            )
        quats, offsets = [clip.quat for clip in clips], np.stack([clip.offsets for clip in clips])
        self.fps = torch.tensor([clip.fps for clip in clips])
        self.local = matrix_from_quat(torch.from_numpy(np.concatenate(quats)))
        self.root = torch.from_numpy(np.concatenate([clip.root for clip in clips]))
        self.length = torch.tensor([len(quat) for quat in quats])
        self.first = self.length.cumsum(0) - self.length
        ratio = np.ones((len(clips), NUM_BONES), dtype=np.float32)
        ratio[:, LIMB_BONES] = (bone_lengths(offsets) / bone_lengths(VIRTUAL_OFFSETS))[:, LIMB_BONES]
        self.limb_ratio = torch.from_numpy(ratio.clip(0.7, 1.4))

    def __len__(self) -> int:
        return len(self.length)

    def to(self, device: str) -> "Clips":
        """The same on `device`."""
        there = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(there, name, value.to(device))
        return there

    def single(self, clip: int) -> "Clips":
        """Only that clip."""
        one = copy.copy(self)
        rows, own = slice(int(self.first[clip]), int(self.first[clip] + self.length[clip])), slice(clip, clip + 1)
        one.names, one.local, one.root = self.names[own], self.local[rows], self.root[rows]
        one.length, one.fps, one.limb_ratio = self.length[own], self.fps[own], self.limb_ratio[own]
        one.first = torch.zeros_like(one.length)
        return one

    def minutes(self) -> float:
        """Length of all clips in minutes."""
        return float((self.length / self.fps).sum() / 60)

    def rows(self, clip: Tensor, start: Tensor, steps: Tensor) -> Tensor:
        """Rows of the table, which run through each clip back and forth.

        Args:
            clip: (B,) index of the clip.
            start: (B,) frame in it.
            steps: (B, T) frames by which to advance.

        Returns:
            (B, T).
        """
        last = (self.length[clip] - 1)[:, None]
        position = (start[:, None] + steps.cumsum(1)) % (2 * last)
        return self.first[clip][:, None] + torch.where(position > last, 2 * last - position, position)
