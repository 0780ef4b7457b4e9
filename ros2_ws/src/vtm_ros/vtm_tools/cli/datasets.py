"""Datasets of a robot's commands, to which `vtm retarget` adds episodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vtm.errors import VtmError

if TYPE_CHECKING:
    from vtm_tools.export.lerobot import LeRobotDataset


def dataset_at(out: Path) -> LeRobotDataset | None:
    """The dataset that `out` is or will be, None where its name is that of another file.

    Raises:
        VtmError: pyarrow is not installed, or `out` holds something else.
    """
    if out.suffix and not out.is_dir():
        return None
    try:
        from vtm_tools.export.lerobot import LeRobotDataset
    except ImportError as error:
        raise VtmError(
            f"{out} would be a LeRobot dataset, which needs the package pyarrow; install it: "
            "python -m pip install pyarrow, or give a file name that ends in .npz"
        ) from error
    return LeRobotDataset(out)


def dataset_rate(dataset: LeRobotDataset, joint_names: tuple[str, ...], asked: float | None, fps: float) -> int:
    """Steps per second of an episode: a whole number, and that of the others.

    Args:
        dataset: The dataset.
        joint_names: Of the robot.
        asked: What the user wants, None for the best.
        fps: Of the motion.

    Raises:
        VtmError: The user wants another rate, or the dataset has other joints.
    """
    others = dataset.fps(joint_names)
    if others and asked not in (None, others):
        raise VtmError(
            f"the episodes in {dataset.root} have {others} steps a second; leave out --rate, or give a new folder"
        )
    rate = asked or others or max(1, round(fps))
    if rate != round(rate):
        raise VtmError(f"a LeRobot dataset has whole steps per second; give --rate {round(rate)}")
    return round(rate)
