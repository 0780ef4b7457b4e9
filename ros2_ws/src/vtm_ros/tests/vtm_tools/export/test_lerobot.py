"""LeRobot datasets as LeRobot reads them: all tables of a folder one after the other, by what `info.json` says."""

import errno
import fcntl
import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_tools.export.episodes import JOINTS, episode
from vtm.errors import VtmError

parquet = pytest.importorskip("pyarrow.parquet", reason="LeRobot datasets need pyarrow: requirements/batch.txt")
from vtm_tools.export.episode_stats import joined, stats_of  # noqa: E402
from vtm_tools.export.lerobot import LeRobotDataset  # noqa: E402

FILES = 5
"""That change with an episode."""


def rows(root: Path, kind: str) -> list[dict]:
    return [row for path in sorted(root.glob(f"{kind}/*/*.parquet")) for row in parquet.read_table(path).to_pylist()]


def said(root: Path) -> dict:
    return json.loads((root / "meta/info.json").read_text())


def seen(root: Path) -> list[tuple]:
    """What a reader has of each episode: its task and its frames, by the table of episodes."""
    info, frames, tasks = said(root), rows(root, "data"), parquet.read_table(root / "meta/tasks.parquet")
    words = dict(zip(tasks["task_index"].to_pylist(), tasks["task"].to_pylist(), strict=True))
    found = []
    for number, row in enumerate(rows(root, "meta/episodes")[: info["total_episodes"]]):
        own = frames[row["dataset_from_index"] : row["dataset_to_index"]]
        assert row["episode_index"] == number and row["length"] == len(own)
        assert {frame["episode_index"] for frame in own} == {number}
        assert row["tasks"] == [words[own[0]["task_index"]]]
        found.append((row["tasks"][0], np.array([frame["action"] for frame in own])))
    return found


@pytest.fixture
def dataset(tmp_path) -> LeRobotDataset:
    return LeRobotDataset(tmp_path / "demos")


def test_episodes_come_one_after_the_other(dataset):
    given = [episode(0), episode(1, 7, "bow"), episode(2, 12)]
    assert [dataset.add(one) for one in given] == [1, 2, 3]
    info, frames = said(dataset.path), rows(dataset.path, "data")
    assert info["total_frames"] == 39 and info["total_tasks"] == 2 and info["splits"] == {"train": "0:3"}
    assert [frame["index"] for frame in frames] == list(range(39))
    assert list(frames[0]) == list(info["features"]) and info["features"]["action"]["names"] == list(JOINTS)
    for name, feature in info["features"].items():
        values = np.array([frame[name] for frame in frames])
        assert values.shape[1:] == (() if feature["shape"] == [1] else tuple(feature["shape"])), name
    for (task, action), one in zip(seen(dataset.path), given, strict=True):
        assert task == one.task
        np.testing.assert_allclose(action, one.action, atol=1e-6)
    assert [frame["timestamp"] for frame in frames[20:27]] == pytest.approx(np.arange(7) / 30, abs=1e-6)
    assert [frame["valid"] for frame in frames[:20]] == given[0].valid.tolist()


def test_pandas_takes_the_tasks_for_an_index(dataset):
    dataset.add(episode(0))
    told = json.loads(parquet.read_schema(dataset.path / "meta/tasks.parquet").metadata[b"pandas"])
    assert told["index_columns"] == ["task"] and [c["name"] for c in told["columns"]] == ["task_index", "task"]


def test_statistics_of_all_episodes(dataset):
    one, other = episode(0), episode(1, 50)
    dataset.add(one), dataset.add(other)
    stats = json.loads((dataset.path / "meta/stats.json").read_text())
    whole = stats_of(np.concatenate([one.action, other.action]).astype(np.float32))
    for key in ("min", "max", "mean", "std", "count"):
        np.testing.assert_allclose(stats["action"][key], whole[key], atol=1e-6)
    assert stats["valid"]["min"] == [False] and stats["valid"]["count"] == [70]
    row = rows(dataset.path, "meta/episodes")[1]
    assert row["stats/action/q50"] == pytest.approx(np.median(other.action.astype(np.float32), axis=0))
    same = stats_of(one.action)
    assert joined(same, same)["q90"] == pytest.approx(same["q90"])


@pytest.mark.parametrize("moved", range(FILES))
def test_an_interruption_leaves_the_dataset_as_it_was(dataset, monkeypatch, moved):
    """Between any two files: readers have the old episodes, and the next command adds its own."""
    dataset.add(episode(0))
    replace, left = os.replace, iter(range(moved))

    def killed(*paths):
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace(*paths)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        dataset.add(episode(1, 9, "bow"))
    monkeypatch.undo()
    assert [task for task, _ in seen(dataset.path)] == ["wave"]
    assert dataset.add(episode(2, 5, "turn")) == 2
    (_, first), (task, last) = seen(dataset.path)
    assert task == "turn" and len(rows(dataset.path, "data")) == 25
    np.testing.assert_allclose(last, episode(2, 5).action, atol=1e-6)
    np.testing.assert_allclose(first, episode(0).action, atol=1e-6)


def test_a_first_episode_that_fails_leaves_nothing(dataset, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(VtmError, match="No space left on device; free some space"):
        dataset.add(episode(0))
    assert not dataset.path.exists()


def test_one_program_at_a_time(dataset):
    dataset.add(episode(0))
    handle = os.open(dataset.path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(VtmError, match="another program is adding"):
        dataset.add(episode(1))
    os.close(handle)
    assert dataset.add(episode(1)) == 2


def test_other_robots_rates_versions_and_folders_are_refused(dataset, tmp_path):
    dataset.add(episode(0))
    assert dataset.fps("small", JOINTS) == 30
    with pytest.raises(VtmError, match="of the robot small, not of small, or of another program"):
        dataset.fps("small", ("a", "b"))
    with pytest.raises(VtmError, match="of the robot small, not of large"):
        dataset.add(episode(1, robot="large"))
    with pytest.raises(VtmError, match="another rate than 50"):
        dataset.add(episode(1, fps=50))
    info = dataset.path / "meta/info.json"
    info.write_text(info.read_text().replace("v3.0", "v2.1"))
    with pytest.raises(VtmError, match="dataset v2.1; convert it to v3.0"):
        LeRobotDataset(dataset.path)
    info.write_text("{")
    with pytest.raises(VtmError, match="cannot read the dataset"):
        LeRobotDataset(dataset.path)
    with pytest.raises(VtmError, match="without a LeRobot dataset"):
        LeRobotDataset(tmp_path)
    with pytest.raises(VtmError, match="there is no folder"):
        LeRobotDataset(tmp_path / "no/such")
    (tmp_path / "notes").write_text("of a meeting")
    with pytest.raises(VtmError, match="it is a file; give a new folder"):
        LeRobotDataset(tmp_path / "notes")


def test_a_folder_that_may_not_be_written_is_named_so(dataset, monkeypatch):
    def forbidden(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(VtmError, match="Read-only file system; choose a folder you may write to"):
        dataset.add(episode(0))


def test_a_damaged_dataset_is_named(dataset):
    dataset.add(episode(0))
    (dataset.path / "meta/episodes/chunk-000/file-000.parquet").unlink()
    with pytest.raises(VtmError, match="is damaged"):
        dataset.add(episode(1))
