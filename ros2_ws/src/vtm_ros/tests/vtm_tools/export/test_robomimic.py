"""HDF5 files as robomimic reads them."""

import json

import numpy as np
import pytest

from tests.vtm_tools.export.episodes import JOINTS, episode
from vtm.errors import VtmError

h5py = pytest.importorskip("h5py", reason="the HDF5 of robomimic needs h5py: requirements/export.txt")
from vtm_tools.export.robomimic import RobomimicFile  # noqa: E402


def test_episodes_come_one_after_the_other(tmp_path):
    file, given = RobomimicFile(tmp_path / "demos.hdf5"), [episode(0), episode(1, 7, "bow")]
    assert file.fps("small", JOINTS) is None
    assert [file.add(one) for one in given] == [1, 2] and file.fps("small", JOINTS) == 30
    with h5py.File(file.path) as read:
        assert list(read["data"]) == ["demo_0", "demo_1"] and read["data"].attrs["total"] == 27
        assert json.loads(read["data"].attrs["env_args"])["env_name"] == "small"
        for demo, one in zip(read["data"].values(), given, strict=True):
            assert {
                len(demo[name]) for name in ("actions", "obs/joint_pos", "next_obs/root_pose", "dones", "rewards")
            } == {demo.attrs["num_samples"]}
            np.testing.assert_allclose(demo["actions"], one.action, atol=1e-6)
            np.testing.assert_allclose(demo["obs/joint_pos"][1:], demo["next_obs/joint_pos"][:-1])
            np.testing.assert_allclose(demo["obs/root_pose"], one.root[:-1], atol=1e-6)
            assert demo["valid"][:].tolist() == one.valid.tolist() and demo.attrs["task"] == one.task
            assert demo["dones"][-1] == 1 == demo["dones"][:].sum()


def test_an_episode_comes_after_the_last_where_one_was_taken_out(tmp_path):
    file = RobomimicFile(tmp_path / "demos.hdf5")
    for seed in range(3):
        file.add(episode(seed))
    with h5py.File(file.path, "r+") as there:
        del there["data/demo_0"]
    assert file.add(episode(3)) == 4
    with h5py.File(file.path) as read:
        assert list(read["data"]) == ["demo_1", "demo_2", "demo_3"] and read["data"].attrs["total"] == 60


def test_other_robots_and_other_files_are_refused_and_stay_as_they_are(tmp_path):
    file = RobomimicFile(tmp_path / "demos.hdf5")
    file.add(episode(0))
    with pytest.raises(VtmError, match="of the robot small, not of small, or of other joints"):
        file.fps("small", ("a", "b"))
    with pytest.raises(VtmError, match="of the robot small, not of large"):
        file.add(episode(1, robot="large"))
    with pytest.raises(VtmError, match="another rate than 50"):
        file.add(episode(1, fps=50))
    before = file.path.read_bytes()
    with pytest.raises(ValueError, match="could not convert"):
        file.add(episode(1, confidence=np.array(["half"])))
    assert file.path.read_bytes() == before
    file.path.write_text("no HDF5")
    with pytest.raises(VtmError, match="holds no episodes"):
        file.fps("small", JOINTS)
