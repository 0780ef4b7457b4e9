"""The files of a LeRobot dataset, layout v3.0.

Source, read in November 2026: `lerobot/datasets` of github.com/huggingface/lerobot. As LeRobot does where it goes on
recording, each episode that is added later has files of its own.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from pyarrow import parquet

from vtm.errors import VtmError
from vtm_tools.export.episode import ROOT_NAMES, Episode
from vtm_tools.export.episode_stats import joined, stats_of

VERSION = "v3.0"
INFO, STATS, TASKS = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
DATA, EPISODES = "data", "meta/episodes"
FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
COUNTERS = ("frame_index", "episode_index", "index", "task_index")
_PANDAS = {
    "index_columns": ["task"],
    "column_indexes": [],
    "columns": [{"name": name, "field_name": name, "pandas_type": kind, "numpy_type": dtype, "metadata": None}
                for name, kind, dtype in (("task_index", "int64", "int64"), ("task", "unicode", "object"))],
    "pandas_version": "2.0.0",
}  # fmt: skip
"""Tells pandas that the tasks are the index of their table, where LeRobot looks for them."""


def features_of(joint_names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """What each frame has. To policies LeRobot gives only what begins with `action` or `observation`."""
    joints = list(joint_names)
    lists = {"action": joints, "observation.state": joints, "root_pose": list(ROOT_NAMES)}
    numbers = {"valid": "bool", "confidence": "float32", "timestamp": "float32"} | dict.fromkeys(COUNTERS, "int64")
    return {
        **{name: {"dtype": "float32", "shape": [len(names)], "names": names} for name, names in lists.items()},
        **{name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in numbers.items()},
    }


def info_without(episode: Episode) -> dict[str, Any]:
    """`info.json` of a dataset that is still empty, whose first episode this will be."""
    return {
        "codebase_version": VERSION, "robot_type": episode.robot, "total_episodes": 0, "total_frames": 0,
        "total_tasks": 0, "chunks_size": 1000, "data_files_size_in_mb": 100, "video_files_size_in_mb": 200,
        "fps": episode.fps, "splits": {}, "data_path": f"{DATA}/{FILE}", "video_path": None,
        "features": features_of(episode.joint_names),
    }  # fmt: skip


def write_episode(stage: Path, root: Path, episode: Episode, info: dict[str, Any]) -> list[str]:
    """Write the files by which a dataset has one more episode.

    Args:
        stage: The folder for them.
        root: The dataset as it is.
        episode: The episode.
        info: The dataset's `info.json`.

    Returns:
        Their names in the order in which they have to take their places: what tells of a file after the file.

    Raises:
        VtmError: The dataset lacks files.
    """
    number, count = int(info["total_episodes"]), len(episode.valid)
    last, tasks, stats_before = _before(root, number) if number else (None, [], {})
    start = last["dataset_to_index"] if last else 0
    data, row = (_next_file(last, kind, info["chunks_size"]) for kind in (DATA, EPISODES))
    if episode.task not in tasks:
        tasks.append(episode.task)
    columns = {
        "action": episode.action, "observation.state": episode.state, "root_pose": episode.root[:-1],
        "valid": episode.valid, "confidence": episode.confidence, "timestamp": np.arange(count) / episode.fps,
        "frame_index": np.arange(count), "episode_index": np.full(count, number),
        "index": start + np.arange(count), "task_index": np.full(count, tasks.index(episode.task)),
    }  # fmt: skip
    columns = {name: columns[name].astype(said["dtype"]) for name, said in info["features"].items()}
    stats = {name: stats_of(values) for name, values in columns.items()}
    told = {
        "episode_index": number, "tasks": [episode.task], "length": count,
        **data, "dataset_from_index": start, "dataset_to_index": start + count, **row,
        **{f"stats/{name}/{key}": numbers for name, found in stats.items() for key, numbers in found.items()},
    }  # fmt: skip
    tables = {
        _file(data, DATA): pyarrow.table({name: _column(values) for name, values in columns.items()}),
        TASKS: pyarrow.table(
            {"task_index": range(len(tasks)), "task": tasks}, metadata={"pandas": json.dumps(_PANDAS)}
        ),
        _file(row, EPISODES): pyarrow.Table.from_pylist([told]),
    }
    documents = {
        STATS: {name: joined(stats_before[name], new) if number else new for name, new in stats.items()},
        INFO: info | {"total_episodes": number + 1, "total_frames": start + count, "total_tasks": len(tasks),
                      "splits": {"train": f"0:{number + 1}"}},
    }  # fmt: skip
    for name in (*tables, *documents):
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        parquet.write_table(table, stage / name)
    for name, said in documents.items():
        (stage / name).write_text(json.dumps(said, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*tables, *documents]


def _before(root: Path, number: int) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """What is told of the last of `number` episodes, all tasks, and the statistics."""
    try:
        for path in sorted((root / EPISODES).glob("*/*.parquet"), reverse=True):
            rows = parquet.read_table(path).to_pylist()
            found = next((row for row in rows if row["episode_index"] == number - 1), None)
            if found:
                return found, _tasks(root), json.loads((root / STATS).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, pyarrow.ArrowException) as error:
        raise VtmError(f"the dataset {root} is damaged ({error}); give a new folder") from error
    raise VtmError(f"the dataset {root} is damaged: it does not tell of episode {number - 1}; give a new folder")


def _tasks(root: Path) -> list[str]:
    columns = parquet.read_table(root / TASKS).to_pydict()
    numbers = columns.pop("task_index")
    (words,) = columns.values()
    return [words[numbers.index(number)] for number in range(len(words))]


def _next_file(last: dict[str, Any] | None, kind: str, chunk_size: int) -> dict[str, int]:
    """The place of the file after that of the last episode, as the table of episodes tells it."""
    chunk, file = f"{kind}/chunk_index", f"{kind}/file_index"
    place = last[chunk] * chunk_size + last[file] + 1 if last else 0
    return {chunk: place // chunk_size, file: place % chunk_size}


def _file(place: dict[str, int], kind: str) -> str:
    return f"{kind}/{FILE}".format(**{key.removeprefix(f"{kind}/"): value for key, value in place.items()})


def _column(values: np.ndarray) -> pyarrow.Array:
    flat = pyarrow.array(np.ascontiguousarray(values).ravel())
    return flat if values.ndim == 1 else pyarrow.FixedSizeListArray.from_arrays(flat, values.shape[1])
