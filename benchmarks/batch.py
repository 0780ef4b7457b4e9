#!/usr/bin/env python3
"""What archives cost, and what becomes of them when processes are killed: `vtm batch` on many short clips.

    .venv/bin/python benchmarks/batch.py                       # an hour on two slow cores
    .venv/bin/python benchmarks/batch.py --parts scaling       # one part; the figures of the others stay

scaling: the same clips with one worker and with two, in turn, one thread for each.
overhead: many short clips with one worker; what is not spent in the process that captures.
kills: many short clips with two workers, whose processes are killed at random.
cluster: the same with a Dask scheduler and two workers of their own, of which one is killed.
pieces: one long video whole, and in pieces with one worker, with two, and with two that are killed.

The clips are cut from the sample clip, at half its size for scaling, else at a quarter. The machine may be in use by
others: each run says its load.
"""

import argparse
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import psutil
from long_video import write_to_and_fro
from program import keep, start
from pyarrow import parquet
from rich.console import Console
from rich.table import Table

from vtm.files.motion_file import MotionClip
from vtm_tools.bench.clip import sample_clip
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_trt.sources.video import Video

RESULT = Path(__file__).parent / "results/batch.json"
PARTS = ("scaling", "overhead", "kills", "cluster", "pieces")
CHILD = "vtm_tools.batch.child"
QUICK = ("--pose-model", "lite", "--once")
"""Of all parts but scaling: they are about what is around the capture."""
SEED = 7


def cut_clips(folder: Path, count: int, frames: int, size: float = 0.25) -> Path:
    """So many clips of so many frames, each from another place of the sample clip, or with another first frame."""
    film = Video(sample_clip())
    images = []
    while (image := film.read()) is not None:
        images.append(cv2.resize(image, None, fx=size, fy=size, interpolation=cv2.INTER_AREA))
    film.close()
    for number in range(count):
        path = folder / f"{number // 100}/clip_{number:04}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        first = number * 7 % (len(images) - frames + 1)
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 60.0, images[0].shape[1::-1])
        for image in images[first : first + frames]:
            writer.write(cv2.putText(image.copy(), str(number), (4, 24), cv2.FONT_HERSHEY_PLAIN, 1.5, (255, 255, 255)))
        writer.release()
    return folder


def batch(videos: Path, out: Path, *options: str, meanwhile: Callable[[int], None] | None = None) -> dict:
    """Run `vtm batch`; seconds, exit code, load and the rows of the index."""
    load, used = os.getloadavg()[0], cpu_s()
    command = [sys.executable, "-m", "vtm_tools.cli.app", "batch", str(videos), "--out", str(out), *options]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        if meanwhile:
            while program.poll() is None:
                meanwhile(program.pid)
        told = program.communicate()[0]
    took_s = time.perf_counter() - began
    if program.returncode not in (0, 1):
        raise SystemExit(told)
    rows = parquet.read_table(out / "index.parquet").to_pylist()
    told = {"seconds": took_s, "cpu_s": cpu_s() - used, "load_before": round(load, 2)}
    return told | {"code": program.returncode, "rows": rows}


def cpu_s() -> float:
    """Seconds of the processor that ended processes have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def scaling(folder: Path, arguments: argparse.Namespace) -> dict:
    """One worker and two, in turn."""
    videos = cut_clips(folder / "videos", arguments.scaling_clips, arguments.scaling_frames, 0.5)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    used: dict[int, list[float]] = {1: [], 2: []}
    each: dict[int, list[float]] = {1: [], 2: []}
    loads = []
    for turn in range(arguments.rounds):
        for workers in (1, 2) if turn % 2 == 0 else (2, 1):
            out = folder / f"out_{turn}_{workers}"
            run = batch(videos, out, "--workers", str(workers), "--threads", "1")
            seconds[workers].append(run["seconds"])
            used[workers].append(run["cpu_s"])
            each[workers].append(median(row["took_s"] for row in run["rows"]))
            loads.append(run["load_before"])
    pairs = [one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
    steady = [2 * one / two for one, two in zip(each[1], each[2], strict=True)]
    return {
        "clips": arguments.scaling_clips, "frames": arguments.scaling_frames, "load_before": loads,
        "seconds_1": [round(one, 1) for one in seconds[1]], "seconds_2": [round(one, 1) for one in seconds[2]],
        "cpu_s_1": [round(one, 1) for one in used[1]], "cpu_s_2": [round(one, 1) for one in used[2]],
        "ratios": [round(one, 2) for one in pairs], "ratio": round(median(pairs), 2),
        "ratios_without_start": [round(one, 2) for one in steady], "ratio_without_start": round(median(steady), 2),
    }  # fmt: skip


def overhead(folder: Path, arguments: argparse.Namespace) -> dict:
    """What is not spent on capturing."""
    videos = cut_clips(folder / "videos", arguments.clips, arguments.frames)
    run = batch(videos, folder / "out", "--workers", "1", "--threads", "1", *QUICK)
    took = [row["took_s"] for row in run["rows"]]
    beside = run["seconds"] - sum(took)
    began = time.perf_counter()
    again = batch(videos, folder / "out", "--workers", "1", "--resume", *QUICK)
    return {
        "clips": len(took), "frames": arguments.frames, "load_before": run["load_before"], "code": run["code"],
        "seconds": round(run["seconds"], 1), "capture_ms_median": round(1000 * median(took), 1),
        "beside_ms_per_video": round(1000 * beside / len(took), 1),
        "resume_all_done_s": round(time.perf_counter() - began, 2), "resume_code": again["code"],
    }  # fmt: skip


class Killer:
    """Kills a process of those that capture, now and then.

    Args:
        every_s: Seconds between two kills, mean.
        marker: In the command of those who may be killed.
    """

    def __init__(self, every_s: float, marker: str = CHILD):
        self._random, self._every_s, self._marker = random.Random(SEED), every_s, marker
        self.killed = 0

    def __call__(self, pid: int) -> None:
        time.sleep(self._random.uniform(0.2, 2 * self._every_s - 0.2))
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(pid).children(recursive=True)
            able = [one for one in children if self._marker in " ".join(one.cmdline())]
            if able:
                self._random.choice(able).send_signal(signal.SIGKILL)
                self.killed += 1


def outcome(run: dict, out: Path, videos: Path, killed: int) -> dict:
    """Whether all is there and whole."""
    rows, files = run["rows"], sorted(videos.rglob("*.mp4"))
    whole = sum(MotionClip.load(out / row["outputs"][0]).valid.any() for row in rows if row["status"] == "done")
    remains = [path for path in out.rglob("*") if path.is_file() and path.name.startswith(".") and path.name != ".lock"]
    return {
        "clips": len(files), "load_before": run["load_before"], "seconds": round(run["seconds"], 1), "killed": killed,
        "code": run["code"], "whole": int(whole), "lost": len(files) - int(whole),
        "tried_again": sum(row["attempts"] > 1 for row in rows), "half_files": len(remains),
    }  # fmt: skip


def kills(folder: Path, arguments: argparse.Namespace) -> dict:
    """Processes that capture are killed at random."""
    videos, killer = cut_clips(folder / "videos", arguments.clips, arguments.frames), Killer(arguments.kill_every)
    run = batch(videos, folder / "out", "--workers", "2", "--threads", "1", *QUICK, meanwhile=killer)
    return outcome(run, folder / "out", videos, killer.killed)


@contextmanager
def dask_cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A scheduler and workers as programs of their own."""
    dask = [sys.executable, "-m", "dask"]
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    programs = [subprocess.Popen(scheduler, stderr=subprocess.PIPE, text=True)]
    try:
        lines = iter(programs[0].stderr.readline, "")
        address = next(found[0] for line in lines if (found := re.search(r"tcp://127\.0\.0\.1:\d+", line)))
        options = ["--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
        programs += [
            subprocess.Popen([*dask, "worker", address, *options], stderr=subprocess.DEVNULL) for _ in range(workers)
        ]
        yield address, programs
    finally:
        for program in reversed(programs):
            program.terminate()
        for program in programs:
            program.wait()


def cluster(folder: Path, arguments: argparse.Namespace) -> dict:
    """The same over the network interface of this machine; a worker is killed, and its keeper starts another one."""
    videos = cut_clips(folder / "videos", arguments.clips, arguments.frames)
    with dask_cluster(2) as (address, programs):
        killer = Killer(arguments.kill_every * 3, "")
        keepers = [program.pid for program in programs[1:]]

        def kill_one(_: int) -> None:
            killer(keepers[killer.killed % len(keepers)])

        run = batch(videos, folder / "out", "--scheduler", address, *QUICK, meanwhile=kill_one)
    return outcome(run, folder / "out", videos, killer.killed)


def pieces(folder: Path, arguments: argparse.Namespace) -> dict:
    """One long video in pieces, against the whole."""
    video = folder / "videos/long.mp4"
    video.parent.mkdir()
    frames = write_to_and_fro(sample_clip(), video, arguments.long_minutes)
    found: dict = {"minutes": arguments.long_minutes, "frames": frames, "pieces": arguments.long_pieces}
    piece = arguments.long_minutes / arguments.long_pieces

    def motion(name: str, workers: int, piece: float, *options: str, meanwhile: Killer | None = None) -> MotionClip:
        given = ("--piece", str(piece), "--workers", str(workers), "--threads", "1", *options)
        run = batch(video.parent, folder / name, *given, meanwhile=meanwhile)
        found[name] = {"seconds": round(run["seconds"], 1), "cpu_s": round(run["cpu_s"], 1)}
        found[name] |= {"load_before": run["load_before"], "attempts": run["rows"][0]["attempts"]}
        return MotionClip.load(folder / name / "long.npz")

    whole, shared = motion("whole", 1, 0), motion("two_workers", 2, piece)
    motion("one_worker", 1, piece)
    killer = Killer(arguments.kill_every * 6)
    quick, killed = motion("quick", 2, piece, *QUICK), motion("killed", 2, piece, *QUICK, meanwhile=killer)
    apart = _apart_mm(whole.joints_cam, shared.joints_cam)
    posed = _apart_mm(*(clip.joints_cam - clip.joints_cam[:, :1] for clip in (whole, shared)))
    return found | {
        "same_frames": np.array_equal(whole.stamps, shared.stamps),
        "left_out_by_one_alone": int((whole.valid != shared.valid).sum()),
        "apart_mm_mean": round(float(apart.mean()), 2), "apart_mm_p99": round(float(np.percentile(apart, 99)), 2),
        "posed_mm_mean": round(float(posed.mean()), 2), "times_killed": killer.killed,
        "killed_mm_max": round(float(_apart_mm(quick.joints_cam, killed.joints_cam).max()), 3),
        "ratio_two_workers": round(found["one_worker"]["seconds"] / found["two_workers"]["seconds"], 2),
    }  # fmt: skip


def _apart_mm(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distances of all joints that both have."""
    apart = np.linalg.norm(one - other, axis=-1)
    return 1e3 * apart[np.isfinite(apart)]


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="(default: all)")
    parser.add_argument("--clips", type=int, default=500, help="of overhead, kills and cluster (default: %(default)s)")
    parser.add_argument("--frames", type=int, default=5, help="of each of these (default: %(default)s)")
    parser.add_argument("--scaling-clips", type=int, default=12, help="(default: %(default)s)")
    parser.add_argument("--scaling-frames", type=int, default=100, help="(default: %(default)s)")
    parser.add_argument("--long-minutes", type=float, default=2.0, help="of pieces (default: %(default)s)")
    parser.add_argument("--long-pieces", type=int, default=4, help="of pieces (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of scaling (default: %(default)s)")
    parser.add_argument("--kill-every", type=float, default=5.0, help="seconds, mean (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default: %(default)s)")
    arguments = parser.parse_args()
    found = json.loads(arguments.out.read_text())["parts"] if arguments.out.exists() else {}
    for name in arguments.parts:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = {"date": today(), **globals()[name](Path(folder), arguments)}
        of = versions("vtm_ros", "numpy", "onnxruntime", "distributed")
        result = {"date": today(), "machine": machine(usable_cores()), "versions": of, "parts": found}
        keep(result, arguments.out)
        table = Table("", name)
        for key, value in found[name].items():
            table.add_row(key, str(value))
        Console().print(table)


if __name__ == "__main__":
    start(main)
