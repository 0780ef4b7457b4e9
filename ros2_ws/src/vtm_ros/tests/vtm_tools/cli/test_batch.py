"""`vtm batch` on a small archive: what becomes of each video, interrupted, and gone on with."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from distributed import LocalCluster
from pyarrow import parquet

from tests.vtm_trt.sources import films
from vtm.files.motion_file import MotionClip
from vtm_tools.cli import batch as command
from vtm_tools.cli.app import main

USUAL = "--threads 1 --pose-model lite --bvh"
HERE = ("--workers", "1")


@pytest.fixture
def archive(tmp_path, brief_clip, empty_clip):
    (tmp_path / "videos/deep").mkdir(parents=True)
    for name in ("clip.mp4", "clip.mov"):
        shutil.copy(brief_clip, tmp_path / "videos/deep" / name)
    (tmp_path / "videos/nobody.mp4").symlink_to(empty_clip)
    (tmp_path / "videos/damaged.mp4").write_bytes(b"\0" * 100)
    return tmp_path


def test_an_archive(archive, brief_clip, monkeypatch, capfd):
    monkeypatch.chdir(archive)

    def run(*options: str, workers: tuple[str, str] = HERE) -> tuple[int, str]:
        code = main(["batch", "videos", "--out", "motion", *USUAL.split(), *workers, *options])
        shown = capfd.readouterr()
        return code, shown.out + shown.err

    def rows() -> dict[str, dict]:
        table = parquet.read_table(archive / "motion/index.parquet").to_pylist()
        return {row["file"].removeprefix(f"{archive}/videos/"): row for row in table}

    code, told = run("--retries", "1")
    assert code == 1 and "4 videos: 4 to capture" in told
    assert f"failed: {archive}/videos/damaged.mp4: {archive}/videos/damaged.mp4 cannot be read as a video" in told
    assert "3 of 4 videos done, 1 of them without anybody" in told and "1 failed; try them again" in told
    found = rows()
    assert {name: (row["status"], row["attempts"]) for name, row in found.items()} == {
        "deep/clip.mp4": ("done", 1), "deep/clip.mov": ("done", 1),
        "nobody.mp4": ("nobody", 1), "damaged.mp4": ("failed", 2),
    }  # fmt: skip
    row = found["deep/clip.mov"]
    assert row["outputs"] == ["deep/clip.mov.npz", "deep/clip.mov.bvh"] and row["people"] == 1
    assert (row["frames"], row["tracked"]) == (10, 1.0) and row["seconds"] == pytest.approx(10 / 30)
    assert 0 <= row["quality"] <= 1 and 0.5 < row["confidence"] < 1 and row["took_s"] > 0 and len(row["sha256"]) == 64
    written = {path: path.stat().st_mtime_ns for path in archive.glob("motion/*/*")}
    assert sorted(path.name for path in written) == ["clip.mov.bvh", "clip.mov.npz", "clip.mp4.bvh", "clip.mp4.npz"]
    first, second = (MotionClip.load(archive / f"motion/deep/clip.{suffix}.npz") for suffix in ("mov", "mp4"))
    np.testing.assert_array_equal(first.joints_cam, second.joints_cam)
    assert main(["capture", str(brief_clip), "--out", "alone.npz", "--pose-model", "lite"]) == 0
    np.testing.assert_allclose(first.joints_cam, MotionClip.load("alone.npz").joints_cam, atol=1e-3)

    code, told = run()
    assert code == 2 and "has results already; add --resume to do what is missing, or choose another folder" in told

    (archive / "videos/damaged.mp4").unlink()
    for name in ("mov", "mp4"):
        os.utime(f"videos/deep/clip.{name}", (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(command, "Progress", Interrupted)
        code, told = run("--resume")
    assert code == 130 and "3 videos: 1 are done, 2 to capture" in told
    assert "interrupted: 1 are left; go on with the same command and --resume" in told and rows() == found
    with elsewhere() as scheduler:
        code, told = run("--resume", workers=("--scheduler", scheduler))
    assert code == 0 and "3 videos: 2 are done, 1 to capture" in told and rows() == found
    assert {path: path.stat().st_mtime_ns for path in archive.glob("motion/*/*")} == written
    assert run("--resume") == (0, "3 videos: 3 are done, 0 to capture\n")


def test_a_long_video_in_pieces(archive, brief_clip, monkeypatch, capfd):
    monkeypatch.chdir(archive)
    (archive / "videos/deep/clip.mov").unlink()
    pieces, options = archive / "motion/clip.pieces", [*USUAL.split(), *HERE, "--hands", "lite"]

    def run(*more: str) -> tuple[int, str]:
        code = main(["batch", "videos/deep", "--out", "motion", *options, "--piece", "0.002", *more])
        shown = capfd.readouterr()
        return code, shown.out + shown.err

    with monkeypatch.context() as patch:
        patch.setattr(command, "Progress", InterruptedByAPiece)
        code, told = run()
    assert code == 130 and "interrupted: 1 are left" in told
    (first,) = pieces.iterdir()
    (begun := pieces / ".0002_0123-0123abcd.npz").touch()
    first_written = first.stat().st_mtime_ns

    with monkeypatch.context() as patch:
        patch.setattr(command, "Progress", InterruptedByAllPieces)
        code, told = run("--resume")
    assert code == 130 and len(list(pieces.iterdir())) == 3 and not begun.exists()
    assert first.stat().st_mtime_ns == first_written
    sorted(pieces.iterdir())[1].write_bytes(b"damaged")

    code, told = run("--resume")
    assert code == 0 and "1 of 1 videos done" in told and not pieces.exists()
    (row,) = parquet.read_table(archive / "motion/index.parquet").to_pylist()
    assert (row["status"], row["frames"], row["attempts"], len(row["sha256"])) == ("done", 10, 2, 64)
    assert run("--resume") == (0, "1 videos: 1 are done, 0 to capture\n")
    assert main(["capture", str(brief_clip), "--out", "alone.npz", "--pose-model", "lite", "--hands", "lite"]) == 0
    found, alone = MotionClip.load(archive / "motion/clip.npz"), MotionClip.load("alone.npz")
    np.testing.assert_array_equal(found.stamps, alone.stamps)
    np.testing.assert_allclose(found.joints_cam, alone.joints_cam, atol=1e-3)
    np.testing.assert_allclose(found.hand_angles, alone.hand_angles, atol=1e-3)


class InterruptedByAPiece(command.Progress):
    """Ctrl-C after the first piece."""

    enough = 1

    def refresh(self, workers: int) -> None:
        super().refresh(workers)
        if self.pieces.ended == self.enough:
            raise KeyboardInterrupt


class InterruptedByAllPieces(InterruptedByAPiece):
    """Ctrl-C before they are joined."""

    enough = 3


@contextmanager
def elsewhere() -> Iterator[str]:
    """A scheduler with a worker that are reached through the network of this machine."""
    pages = {"dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", **pages) as cluster:
        yield cluster.scheduler_address


class Interrupted(command.Progress):
    """Ctrl-C after the first video."""

    def add(self, one) -> None:
        super().add(one)
        raise KeyboardInterrupt


@pytest.mark.parametrize("piece", ["0", "0.01"])
def test_frames_that_cannot_be_read_are_in_the_index(clip, tmp_path, piece):
    video = tmp_path / "clip.mp4"
    shutil.copy(clip, video)
    options = ["--out", str(tmp_path / "out"), "--workers", "1", "--piece", piece, "--pose-model", "lite", "--once"]
    assert main(["batch", str(films.damage(video)), *options]) == 0
    (row,) = parquet.read_table(tmp_path / "out/index.parquet").to_pylist()
    assert row["status"] == "done" and row["lost"] > 0 and row["frames"] + row["lost"] == 40
    assert row["faults"].startswith(f"{row['lost']} of its frames could not be read: is the file damaged?")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--scheduler tcp://127.0.0.1:1 --workers 2", "leave out one of them"),
        ("--workers 1 --gpus 2", "give at least --workers 2"),
        ("--fov 60 --intrinsics camera.yaml", "leave out --fov"),
        ("missing", "there is no video or folder missing; check the path"),
        ("--out videos/nobody.mp4", "cannot make the folder"),
    ],
)
def test_mistakes(archive, monkeypatch, capfd, options, message):
    monkeypatch.chdir(archive)
    assert main(["batch", "videos", "--out", "motion", *options.split()]) == 2
    assert message in capfd.readouterr().err and not list(archive.glob("motion/*.*"))
