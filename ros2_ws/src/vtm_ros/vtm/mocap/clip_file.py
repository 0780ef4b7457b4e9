"""The file of motion clips that networks learn from, `clips.npz`, and its `index.csv` (docs/formats.md)."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from vtm.body.rotations import quat_normalize
from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS, PARENTS
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file

_FULL = 32767
INDEX = "index.csv"


@dataclass(frozen=True)
class Entry:
    """One line of the index: where a clip comes from, how long it is, and on which side of the split it lies.

    Attributes:
        split: "train" or "val".
        scale: Metres per unit of the source.
        height_m: The person's stature.
        legs: By what the recorded leg bones were multiplied; None where nobody has judged them.
    """

    clip: str
    source: str
    subject: str
    frames: int
    seconds: float
    split: str
    scale: float
    height_m: float
    legs: float | None = None


@dataclass(frozen=True, eq=False)
class Clip:
    """A motion on our skeleton.

    Attributes:
        quat: (T, 22, 4) xyzw relative to the parent, the pelvis in world axes (z up).
        root: (T, 3) m.
        offsets: (22, 3) m.
        fps: Frames/s.
    """

    quat: np.ndarray
    root: np.ndarray
    offsets: np.ndarray
    fps: float


def read_index(path: Path) -> list[dict[str, str]]:
    """The lines of the index beside a clip file, each with at least the columns clip and split.

    Raises:
        VtmError: A file is missing, or a line lacks its clip or its split.
    """
    index = path.with_name(INDEX)
    for needed in (path, index):
        if not needed.is_file():
            raise VtmError(f"{needed} is missing: give a clip file (cmu_clips.npz) that lies beside its {INDEX}")
    try:
        with index.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise VtmError(f"cannot read {index}: {error}; import the clips again") from error
    for number, row in enumerate(rows, 2):
        if not row.get("clip") or row.get("split") not in ("train", "val"):
            raise VtmError(f"{index}, line {number}: a clip and its split, train or val, are needed; correct the line")
    return rows


def read_clips(path: Path, names: Sequence[str]) -> list[Clip]:
    """Read clips by name.

    Args:
        path: The clip file.
        names: Of the clips.

    Raises:
        VtmError: One is missing, damaged or on another skeleton.
    """
    clips = []
    try:
        with np.load(path, allow_pickle=False) as archive:
            if tuple(archive["joint_names"]) != JOINT_NAMES:
                raise VtmError(f"{path} is on another skeleton: its joint_names must be {', '.join(JOINT_NAMES)}")
            for name in names:
                quat, root, offsets, fps = (archive[f"{name}/{key}"] for key in ("quat", "root", "offsets", "fps"))
                shapes = (quat.shape[1:], root.shape, offsets.shape, fps.shape)
                if shapes != ((NUM_JOINTS, 4), (len(quat), 3), (NUM_JOINTS, 3), ()) or not (len(quat) and fps > 0):
                    raise VtmError(f"{path}: clip {name} is damaged; import it again")
                if not (np.isfinite(root).all() and np.isfinite(offsets).all()):
                    raise VtmError(f"{path}: clip {name} has numbers that are not finite; import it again")
                clips.append(
                    Clip(quat_normalize(quat.astype(np.float32) / _FULL), root.astype(np.float32), offsets, float(fps))
                )
    except KeyError as error:
        raise VtmError(f"{path} lacks {error.args[0]}, which its {INDEX} lists; import the clips again") from error
    except (OSError, ValueError, BadZipFile, ZlibError, EOFError) as error:
        raise VtmError(f"{path} is not a clip file ({error}); import the clips again") from error
    return clips


def check_place(path: Path) -> None:
    """Make sure that a clip file can be written: it needs the suffix .npz and a folder of its own.

    Raises:
        VtmError: It cannot.
    """
    index = path.with_name(INDEX)
    if path.suffix != ".npz":
        raise VtmError(f"{path} is no name for a clip file; end it in .npz")
    if not path.parent.is_dir():
        raise VtmError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    if index.exists() and not path.exists():
        raise VtmError(f"{index} belongs to other clips; give --out a folder of its own")


def write_clips(path: Path, clips: Sequence[tuple[Entry, Clip]]) -> None:
    """Write a clip file and the index beside it, which must not be that of another clip file.

    Args:
        path: The clip file.
        clips: Each with its line of the index.

    Raises:
        VtmError: As of `check_place`.
    """
    check_place(path)
    index = path.with_name(INDEX)
    arrays: dict[str, np.ndarray] = {"joint_names": np.array(JOINT_NAMES), "parents": np.array(PARENTS)}
    for entry, clip in clips:
        arrays[f"{entry.clip}/quat"] = np.round(clip.quat * _FULL).astype(np.int16)
        arrays[f"{entry.clip}/root"] = clip.root.astype(np.float32)
        arrays[f"{entry.clip}/offsets"] = clip.offsets.astype(np.float32)
        arrays[f"{entry.clip}/fps"] = np.array(clip.fps, dtype=np.float32)
    with atomic_file(path) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
    with atomic_file(index) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Entry)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(entry) for entry, _ in clips)


def unique_names(names: list[str]) -> list[str]:
    """The names, which are changed in place, with numbers behind those that were there before."""
    taken: set[str] = set()
    for index, name in enumerate(names):
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate)
        names[index] = candidate
    return names
