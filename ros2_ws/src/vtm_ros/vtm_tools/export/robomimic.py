"""An HDF5 file of a robot's commands, in the layout of robomimic, which many trainers read.

Source, read in November 2026: `robomimic/utils/dataset.py` of github.com/ARISE-Initiative/robomimic.
"""

import io
import json
import re
from pathlib import Path

import h5py
import numpy as np

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_tools.export.alone import alone
from vtm_tools.export.episode import Episode

GYM = 2
"""The kind of environment, for robomimic; to roll policies out it has to be one's own."""


class RobomimicFile:
    """A file that holds demonstrations, or will.

    Args:
        path: The .hdf5 file.
    """

    def __init__(self, path: Path):
        self.path = path

    def fps(self, robot: str, joint_names: tuple[str, ...]) -> int | None:
        """The rate that its next episode must have, None where any will do.

        Args:
            robot: Its name.
            joint_names: Of the robot.

        Raises:
            VtmError: The file holds something else than episodes of this robot.
        """
        if not self.path.exists():
            return None
        try:
            with h5py.File(self.path) as file:
                said = dict(file["data"].attrs)
            names, fps = tuple(json.loads(said["joint_names"])), int(said["fps"])
        except (OSError, ValueError, KeyError) as error:
            raise VtmError(f"{self.path} holds no episodes of vtm retarget ({error}); give a new file") from error
        if (said.get("robot"), names) != (robot, joint_names):
            raise VtmError(
                f"the episodes in {self.path} are of the robot {said.get('robot')}, not of {robot}, or of other "
                "joints; give a new file"
            )
        return fps

    def add(self, episode: Episode) -> int:
        """Add an episode, whole or not at all.

        Returns:
            The number of the next episode: as many as there are now, where none was taken out.

        Raises:
            VtmError: It has other joints than the others or another rate, another program is adding one, or the file
                cannot be written.
        """
        with alone(self.path.parent):
            return self._add(episode)

    def _add(self, episode: Episode) -> int:
        if self.fps(episode.robot, episode.joint_names) not in (None, episode.fps):
            raise VtmError(f"the episodes in {self.path} have another rate than {episode.fps}/s; give a new file")
        there = self.path.exists()
        written = io.BytesIO(self.path.read_bytes() if there else b"")  # HDF5 takes a full disk badly
        with h5py.File(written, "r+" if there else "w") as file:
            data = file.require_group("data")
            count = 1 + max((int(name[5:]) for name in data if re.fullmatch(r"demo_\d+", name)), default=-1)
            steps = len(episode.valid) + sum(int(demo.attrs.get("num_samples", 0)) for demo in data.values())
            args = {"env_name": episode.robot, "type": GYM, "env_kwargs": {}}
            data.attrs.update(
                robot=episode.robot, fps=episode.fps, joint_names=json.dumps(episode.joint_names),
                env_args=json.dumps(args), total=steps,
            )  # fmt: skip
            demo = data.create_group(f"demo_{count}")
            demo.attrs.update(num_samples=len(episode.valid), task=episode.task)
            ends = np.arange(len(episode.valid)) == len(episode.valid) - 1
            joints, root = episode.positions.astype(np.float32), episode.root.astype(np.float32)
            for name, values in {
                "actions": joints[1:], "obs/joint_pos": joints[:-1], "obs/root_pose": root[:-1],
                "next_obs/joint_pos": joints[1:], "next_obs/root_pose": root[1:],
                "rewards": np.zeros(len(ends), np.float32), "dones": ends.astype(np.int64),
                "valid": episode.valid, "confidence": episode.confidence.astype(np.float32),
            }.items():  # fmt: skip
                demo.create_dataset(name, data=values, compression="gzip")
        with atomic_file(self.path) as part:
            part.write_bytes(written.getbuffer())
        return count + 1
