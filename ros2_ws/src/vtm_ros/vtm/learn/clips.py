"""Motion clips on the canonical skeleton, held as one flat table so that a batch of windows is one gather."""

import copy
import csv
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, LIMB_BONES, NUM_JOINTS, VIRTUAL_OFFSETS, bone_lengths
from vtm.errors import VtmError


class Clips:
    """All clips of one split.

    names: C of them.  local (N, 22, 3, 3) parent-relative rotations, pelvis in world axes (z up); root (N, 3) metres;
    first, length (C,) rows of each clip; fps (C,); limb_ratio (C, 21), bone lengths over the virtual skeleton's, torso
    bones set to 1; virtual_skeleton: whether windows of them bring every body to the size of the virtual skeleton, as
    they should, or leave it at its own.
    """

    def __init__(self, path: Path, split: str, virtual_skeleton: bool = True):
        self.virtual_skeleton = virtual_skeleton
        index = path.with_name("index.csv")
        for needed in (path, index):
            if not needed.is_file():
                raise VtmError(f"{needed} is missing: give --clips the cmu_clips.npz that lies beside its index.csv")
        with index.open(newline="") as file:
            self.names = names = sorted(row["clip"] for row in csv.DictReader(file) if row["split"] == split)
        if not names:
            raise VtmError(
                f"{index} has no clip of the split {split}; its column split says which clip belongs to which"
            )
        with np.load(path, allow_pickle=False) as archive:
            if tuple(archive["joint_names"]) != JOINT_NAMES:
                raise VtmError(f"{path} is on another skeleton: its joint_names must be {', '.join(JOINT_NAMES)}")
            quats = [archive[f"{name}/quat"].astype(np.float32) / 32767 for name in names]
            roots = [archive[f"{name}/root"].astype(np.float32) for name in names]
            offsets = np.stack([archive[f"{name}/offsets"] for name in names])
            self.fps = torch.tensor([float(archive[f"{name}/fps"]) for name in names])
        quat = torch.from_numpy(np.concatenate(quats))
        self.local = matrix_from_quat(quat / quat.norm(dim=-1, keepdim=True))
        self.root = torch.from_numpy(np.concatenate(roots))
        self.length = torch.tensor([len(quat) for quat in quats])
        self.first = self.length.cumsum(0) - self.length
        ratio = np.ones((len(names), NUM_JOINTS - 1), dtype=np.float32)
        ratio[:, LIMB_BONES] = (bone_lengths(offsets) / bone_lengths(VIRTUAL_OFFSETS))[:, LIMB_BONES]
        self.limb_ratio = torch.from_numpy(ratio.clip(0.7, 1.4))

    def __len__(self) -> int:
        return len(self.length)

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
        """Rows (B, T) of `clip` (B,) from frame `start` (B,), advancing by `steps` (B, T), back and forth."""
        last = (self.length[clip] - 1)[:, None]
        position = (start[:, None] + steps.cumsum(1)) % (2 * last)
        return self.first[clip][:, None] + torch.where(position > last, 2 * last - position, position)
