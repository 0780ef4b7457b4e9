"""Who turns round and round: quaternions go on from frame to frame, for those who interpolate or learn from them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm_tools.export.angle_table import COLUMNS, write_angles
from vtm_tools.export.retargeting import write_bodies
from vtm_tools.export.usd import _stage
from vtm_tools.export.world import in_the_world


@pytest.fixture(scope="module")
def turning(clip):
    motion = in_the_world(clip)
    turns = Rotation.from_euler("z", np.linspace(0, 4 * np.pi, len(motion.local))).as_matrix()
    return replace(motion, local=np.concatenate([turns[:, None], motion.local[:, 1:]], 1))


def goes_on(quats) -> bool:
    quats = np.asarray(quats, float)
    return bool(((quats[1:] * quats[:-1]).sum(-1) > 0).all())


def test_tables_and_bodies(turning, tmp_path):
    write_angles(tmp_path / "a.csv", turning)
    rows = np.loadtxt(tmp_path / "a.csv", delimiter=",", skiprows=1)
    assert goes_on(rows[:, COLUMNS.index("root_qx") : COLUMNS.index("root_qw") + 1])
    write_bodies(tmp_path / "a.npz", turning)
    assert goes_on(np.load(tmp_path / "a.npz")["left_foot/quaternion"])


def test_usd(turning):
    lines = "\n".join(_stage(turning)).split("rotations.timeSamples")[1].split("translations")[0].splitlines()
    pelvis = [line.split("(")[1].split(")")[0].split(",") for line in lines if "[" in line and ": " in line]
    assert len(pelvis) == len(turning.local) and goes_on(np.array(pelvis, float))


def test_parquet(turning, clip, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs pyarrow: requirements/batch.txt")
    from vtm_tools.export.parquet import write_parquet

    write_parquet(tmp_path / "a.parquet", turning, clip)
    table = parquet.read_table(tmp_path / "a.parquet")
    for name, first in (
        ("observation.state", 3),
        ("observation.body_rotations", 28),
        ("observation.local_rotations", 0),
    ):
        assert goes_on(np.array(table[name].to_pylist())[:, first : first + 4]), name
