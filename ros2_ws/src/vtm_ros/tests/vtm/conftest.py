"""Procedural clips in the format of the mocap archive: nobody's recording, so they can live in the tests."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import JOINT_NAMES, PARENTS, VIRTUAL_OFFSETS
from vtm.files.shared import share_folder
from vtm.samples.augment import Variety
from vtm.train.config import TrainConfig


@pytest.fixture(scope="session")
def variety() -> Variety:
    return TrainConfig.load(share_folder() / "config/train.yaml").variety


@pytest.fixture(scope="session")
def clips_file(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    arrays = {"joint_names": np.array(JOINT_NAMES), "parents": np.array(PARENTS)}
    rows = []
    for name, split, frames in (("a", "train", 400), ("b", "train", 300), ("short", "train", 20), ("c", "val", 300)):
        time = np.arange(frames)[:, None, None] / 60
        swing = rng.normal(0, 0.3, (22, 3)) * np.sin(
            2 * np.pi * (rng.uniform(0.2, 1, (22, 3)) * time + rng.random((22, 3)))
        )
        quat = Rotation.from_rotvec(swing.reshape(-1, 3)).as_quat().reshape(frames, 22, 4)
        arrays[f"{name}/quat"] = (quat * 32767).astype(np.int16)
        arrays[f"{name}/root"] = np.column_stack([time[:, 0] * 0.8, 0 * time[:, 0], 0 * time[:, 0] + 0.95]).astype("f4")
        arrays[f"{name}/offsets"] = (VIRTUAL_OFFSETS * rng.uniform(0.9, 1.1)).astype(np.float32)
        arrays[f"{name}/fps"] = np.float32(60)
        rows.append({"clip": name, "split": split})
    np.savez(folder / "clips.npz", **arrays)
    with (folder / "index.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["clip", "split"])
        writer.writeheader()
        writer.writerows(rows)
    return folder / "clips.npz"
