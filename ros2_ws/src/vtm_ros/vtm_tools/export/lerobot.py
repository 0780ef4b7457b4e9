"""A LeRobot dataset: episodes of a robot's commands in a folder.

The files of an episode take their places one after the other, `info.json` last. Until then readers see the dataset as
it was, and what an interrupted command left is overwritten by the next episode.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_tools.export.alone import alone
from vtm_tools.export.episode import Episode
from vtm_tools.export.lerobot_files import DATA, INFO, VERSION, features_of, info_without, write_episode

FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
STAGE = ".part"
"""Where files wait. Not beside the others: LeRobot takes any .parquet there for one of them."""


class LeRobotDataset:
    """A folder that holds a LeRobot dataset, or will.

    Args:
        path: The folder; one that is not there is made with the first episode.

    Raises:
        VtmError: The folder holds something else, or cannot be made.
    """

    def __init__(self, path: Path):
        self.path = path
        if not path.parent.is_dir():
            raise VtmError(f"cannot write {path}: there is no folder {path.parent}; create it first")
        if path.exists() and not path.is_dir():
            raise VtmError(f"cannot write {path}: it is a file; give a new folder, or a name that ends in .npz")
        self._info()

    def fps(self, robot: str, joint_names: tuple[str, ...]) -> int | None:
        """The rate that its next episode must have, None where any will do.

        Args:
            robot: Its name.
            joint_names: Of the robot.

        Raises:
            VtmError: Its episodes are of another robot.
        """
        info = self._info()
        if info is None:
            return None
        if info["features"] != features_of(joint_names) or info.get("robot_type") != robot:
            raise VtmError(
                f"the episodes in {self.path} are of the robot {info.get('robot_type')}, not of {robot}, or of another "
                "program; give a new folder"
            )
        return int(info["fps"])

    def add(self, episode: Episode) -> int:
        """Add an episode, whole or not at all.

        Returns:
            How many episodes there are now.

        Raises:
            VtmError: It has another rate than the others or other joints, another program is adding one, or the folder
                cannot be written.
        """
        try:
            self.path.mkdir(exist_ok=True)
            try:
                with alone(self.path), self._staged() as stage:
                    if self.fps(episode.robot, episode.joint_names) not in (None, episode.fps):
                        raise VtmError(
                            f"the episodes in {self.path} have another rate than {episode.fps}/s; give a new folder"
                        )
                    info = self._info() or info_without(episode)
                    for name in write_episode(stage, self.path, episode, info):
                        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
                        os.replace(stage / name, self.path / name)
            finally:
                with suppress(OSError):  # it holds a dataset, as it should
                    self.path.rmdir()
        except OSError as error:
            remedy = "choose a folder you may write to" if error.errno in FORBIDDEN else "free some space"
            raise VtmError(f"cannot write {self.path}: {error.strerror or error}; {remedy}") from error
        return int(info["total_episodes"]) + 1

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """A folder for files that wait. Where there is no dataset at the end, there is nothing of one."""
        stage = self.path / STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
            if not (self.path / INFO).exists():
                for folder in (DATA, "meta"):
                    shutil.rmtree(self.path / folder, ignore_errors=True)

    def _info(self) -> dict[str, Any] | None:
        """What `info.json` says, None where there is no dataset yet."""
        try:
            if not (self.path / INFO).exists():
                if self.path.exists() and any(path.name != STAGE for path in self.path.iterdir()):
                    raise VtmError(f"{self.path} is a folder without a LeRobot dataset; give a new one for a dataset, "
                                   f"or a file name, such as {self.path / 'commands.npz'}")  # fmt: skip
                return None
            info: dict[str, Any] = json.loads((self.path / INFO).read_text(encoding="utf-8"))
            version = info["codebase_version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VtmError(f"cannot read the dataset {self.path} ({error}); repair it, or give a new folder") from error
        if version != VERSION:
            raise VtmError(f"{self.path} is a LeRobot dataset {version}; convert it to {VERSION}, or give a new folder")
        return info
