"""Robots to try: one of our own, always there, and those that scripts/fetch_robots.py fetches."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_robot.small_robot import handed_robot, small_robot
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm_robot.model.tree import Tree
from vtm_robot.model.urdf import read_urdf
from vtm_robot.profile.model import RobotModel, draft_robot
from vtm_robot.retarget.person import PersonPose, joints

ROBOTS = Path(sys.prefix) / "share/vtm/robots"
FETCHED = ("jvrc1", "g1", "g1_hands", "talos", "gr1t1", "gr3", "romeo", "simple_humanoid", "baxter", "panda")
OURS = ("small", "handed")
HUMANOIDS = ("small", "jvrc1", "g1", "talos", "gr1t1", "gr3")


@pytest.fixture(scope="session")
def urdf_path(tmp_path_factory):
    """The URDF of a robot by name; the test is skipped where it has not been fetched."""
    folder = tmp_path_factory.mktemp("robots")
    (folder / "small.urdf").write_text(small_robot())
    (folder / "handed.urdf").write_text(handed_robot())

    def path(name: str) -> Path:
        file = (folder if name in OURS else ROBOTS) / f"{name}.urdf"
        if not file.is_file():
            pytest.skip(f"{file} is missing; scripts/fetch_robots.py fetches it")
        return file

    return path


@pytest.fixture(scope="session")
def tree(urdf_path):
    def read(name: str) -> Tree:
        return read_urdf(urdf_path(name))

    return read


@pytest.fixture(scope="session")
def robot(urdf_path):
    """The drafted robot of a name."""
    drafted: dict[str, RobotModel] = {}

    def model(name: str) -> RobotModel:
        if name not in drafted:
            drafted[name] = draft_robot(urdf_path(name))[0]
        return drafted[name]

    return model


def standing(**bends: tuple[float, float, float]) -> PersonPose:
    """A person who stands in the T-pose but for these joints: degrees about x forward, y left and z up."""
    local = np.tile(np.eye(3), (22, 1, 1))
    for joint, degrees in bends.items():
        local[JOINT_INDEX[joint]] = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
    return PersonPose(*joints(local, VIRTUAL_OFFSETS, np.array([0.0, 0.0, 0.95])), np.ones(22))


HANGING = {"left_shoulder": (-80.0, 0.0, 0.0), "right_shoulder": (80.0, 0.0, 0.0)}
