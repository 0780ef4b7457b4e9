"""Datasets of a robot's commands, to which `vtm retarget` adds episodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vtm.errors import VtmError

if TYPE_CHECKING:
    from vtm_tools.export.lerobot import LeRobotDataset
    from vtm_tools.export.robomimic import RobomimicFile

HDF5 = (".hdf5", ".h5")


def dataset_at(out: Path) -> LeRobotDataset | RobomimicFile | None:
    """The dataset that `out` is or will be, None where its name is that of another file.

    Raises:
        VtmError: What it needs is not installed, or `out` holds something else.
    """
    try:
        if out.suffix.lower() in HDF5:
            from vtm_tools.export.robomimic import RobomimicFile

            return RobomimicFile(out)
        if not out.suffix or out.is_dir():
            from vtm_tools.export.lerobot import LeRobotDataset

            return LeRobotDataset(out)
    except ImportError as error:
        kind = "a .hdf5 file" if out.suffix else f"{out}, a folder and therefore a LeRobot dataset,"
        package = "h5py" if out.suffix else "pyarrow"
        raise VtmError(
            f"{kind} needs the package {package}; install it: python -m pip install {package}, or write a .npz"
        ) from error
    return None


def dataset_rate(
    dataset: LeRobotDataset | RobomimicFile, robot: str, joint_names: tuple[str, ...], asked: float | None, fps: float
) -> int:
    """Steps per second of an episode: a whole number, and that of the others.

    Args:
        dataset: The dataset.
        robot: Its name.
        joint_names: Of the robot.
        asked: What the user wants, None for the best.
        fps: Of the motion.

    Raises:
        VtmError: The user wants another rate, or the dataset is of another robot.
    """
    others = dataset.fps(robot, joint_names)
    if others and asked not in (None, others):
        raise VtmError(
            f"the episodes in {dataset.path} have {others} steps a second; leave out --rate, or write somewhere else"
        )
    rate = asked or others or max(1, round(fps))
    if rate != round(rate):
        raise VtmError(f"a dataset has whole steps per second; give --rate {round(rate)}")
    return round(rate)
