#!/usr/bin/env python3
"""Everything that training needs in one file, for a machine without a network.

    scripts/pack_training.py clips/clips.npz --out out/training.tar.xz

Run by scripts/train_on_gpu.sh, which says how to go on there. Motion compresses better as differences between
frames, by a quarter, than as clip files do.
"""

import argparse
import lzma
import sys
import tarfile
import tempfile
from pathlib import Path

import array_api_compat
import numpy as np

from vtm.body.skeleton import NUM_JOINTS
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.mocap.clip_file import INDEX, read_index
from vtm.train.checkpoint import passes

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ros2_ws/src/vtm_ros"
CODE = [PACKAGE / name for name in ("vtm", "vtm_trt", "vtm_tools", "config", "setup.py", "package.xml")]
SHIPPED = PACKAGE / "models/vtm.safetensors"
FRAME_BYTES = NUM_JOINTS * 4 * 2
"""Of one frame's rotations in a clip file."""
SMALLER = [
    {"id": lzma.FILTER_DELTA, "dist": FRAME_BYTES},
    {"id": lzma.FILTER_LZMA2, "preset": 6},
]


def unpacked(clips: Path, copy: Path) -> Path:
    """A copy of a clip file that is not compressed."""
    with np.load(clips, allow_pickle=False) as archive:
        np.savez(copy, **archive)
    return copy


def no_cache(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uname = member.gname = ""
    return None if "__pycache__" in member.name or member.name.endswith(".egg-info") else member


def pack(clips: list[Path], start: Path, out: Path) -> None:
    """Write the archive: code, clip files, and the weights to begin with."""
    passes(start)  # that it is a checkpoint
    with (
        atomic_file(out) as draft,
        lzma.open(draft, "wb", filters=SMALLER) as stream,
        tarfile.open(fileobj=stream, mode="w|") as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        for path in [*CODE, ROOT / "scripts/train_on_gpu.sh"]:
            archive.add(path, Path("training") / path.relative_to(ROOT), filter=no_cache)
        archive.add(Path(array_api_compat.__file__).parent, "training/packages/array_api_compat", filter=no_cache)
        archive.add(start, "training/start.safetensors", filter=no_cache)
        for number, file in enumerate(clips, 1):
            read_index(file)
            there = f"training/clips/{number}"
            archive.add(unpacked(file, Path(folder) / "clips.npz"), f"{there}/clips.npz", filter=no_cache)
            archive.add(file.with_name(INDEX), f"{there}/{INDEX}", filter=no_cache)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="+", help="clip files, each beside its index.csv")
    parser.add_argument("--start", type=Path, default=SHIPPED, help="weights to begin with, a checkpoint.safetensors")
    parser.add_argument("--out", type=Path, default=ROOT / "out/training.tar.xz")
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        pack(given.clips, given.start, given.out)
    except VtmError as fault:
        sys.exit(f"error: {fault}")
    print(f"{given.out}, {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
