"""Recordings of any kind become one clip file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from zlib import crc32

import numpy as np

from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import stature
from vtm.errors import VtmError
from vtm.files.git_lfs import check_pulled
from vtm.mocap import clean
from vtm.mocap.clip_file import Clip, Entry, read_clips, read_index, unique_names
from vtm.mocap.cmu_thorax import with_thorax
from vtm.mocap.duplicates import duplicates
from vtm.mocap.recording import Recording
from vtm.mocap.recording_files import ARCHIVE, read_recordings
from vtm.mocap.retarget import Skeleton, retarget
from vtm.mocap.standing import NoStanding, Standing
from vtm.mocap.straighten import Straightened, straighten
from vtm.mocap.subjects import plain_subject, subject_of

MOSTLY = 0.8
"""Of recordings of which less is kept, the reason is said."""
_AMC_FPS = 120.0


@dataclass(frozen=True)
class Wishes:
    """What the user says about the recordings; None where the files are to be asked.

    Attributes:
        fps: Frames/s of every recording.
        metres: Per unit of length of every recording.
        rest_frame: The frame of every recording in which the person stands in T- or A-pose.
        subject: Who moves in every recording.
        source: The name of the source in the index.
        val_subjects: Exactly those held out.
        val_share: Without `val_subjects`, the share of all subjects that is held out, always the same ones.
        as_recorded: Leave legs and necks as they are.
        keep_duplicates: Also keep what an earlier file holds.
        names: Our joint -> that of the files, where names do not tell.
    """

    fps: float | None = None
    metres: float | None = None
    rest_frame: int | None = None
    subject: str | None = None
    source: str | None = None
    val_subjects: frozenset[str] | None = None
    val_share: float = 0.1
    as_recorded: bool = False
    keep_duplicates: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Imported:
    """What an import gave.

    Attributes:
        clips: Each with its line of the index.
        left_out: Each file, or recording of one, that gave none, and why.
        duplicates: For each clip that is there already, which it is.
        remarks: What was changed in others, a sentence each.
    """

    clips: list[tuple[Entry, Clip]] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def import_recordings(files: Iterable[Path], wishes: Wishes) -> Imported:
    """Read all files; one that cannot be read is left out, and said so.

    Once all are read, each person's legs are made right from all their clips together (vtm/mocap/straighten.py), and of
    clips that show the same motion the first stays.

    Args:
        files: Recordings and clip files.
        wishes: What the user says about them.

    Raises:
        VtmError: No file can be read.
    """
    reading = _Reading(wishes)
    for file in files:
        reading.read(file)
    reading.take_late()
    result = reading.result
    if not result.clips:
        file, why = result.left_out[0]
        raise VtmError(f"none of the files can be used. {why if str(file) in why else f'{file}: {why}'}")
    if reading.mended:
        result.remarks.append(f"the thorax bone, which CMU's BVH lacks, was put back in {reading.mended} recordings")
    if not wishes.as_recorded:
        _straighten(result)
    held_out = {entry.subject for entry, _ in result.clips if entry.split == "val" and entry.subject}
    result.clips = [
        (replace(entry, clip=name, split="val" if entry.subject in held_out else entry.split), clip)
        for name, (entry, clip) in zip(unique_names([e.clip for e, _ in result.clips]), result.clips, strict=True)
    ]
    if not wishes.keep_duplicates:
        _drop_duplicates(result)
    return result


class _Reading:
    """Takes the clips of file after file, or the reason why there are none.

    Attributes:
        result: So far.
        mended: How many recordings lacked a bone that was put back.
    """

    def __init__(self, wishes: Wishes):
        self.result, self.mended = Imported(), 0
        self._wishes = wishes
        self._known: dict[Skeleton, Standing] = {}
        self._late: list[tuple[Path, Recording]] = []

    def read(self, file: Path) -> None:
        try:
            if file.suffix.lower() == ARCHIVE:
                self.result.clips += _archived(file, self._wishes)
                return
            for recording in read_recordings(file):
                try:
                    self._take(file, recording)
                except NoStanding:
                    self._late.append((file, recording))
        except VtmError as fault:
            self.result.left_out.append((file, str(fault)))

    def take_late(self) -> None:
        """Once others have told how their skeleton stands."""
        for file, recording in self._late:
            try:
                self._take(file, recording)
            except NoStanding as fault:
                self._leave_out(file, recording, fault)

    def _take(self, file: Path, read: Recording) -> None:
        """Add the clips of a recording, or the reason why there are none.

        Raises:
            NoStanding: Nobody stands in it, nor in one on the same skeleton that was read before.
        """
        try:
            recording = with_thorax(read)
            clips, remarks = self._clips(file, recording)
        except NoStanding:
            raise
        except VtmError as fault:
            self._leave_out(file, read, fault)
            return
        self.mended += recording is not read
        self.result.remarks += [f"{file}: {remark}" for remark in remarks]
        self.result.clips += clips

    def _clips(self, file: Path, recording: Recording) -> tuple[list[tuple[Entry, Clip]], list[str]]:
        """The good stretches of a recording, and what is to be said of them."""
        wishes = self._wishes
        motion = clean.on_the_ground(retarget(recording, wishes.metres, wishes.rest_frame, wishes.names, self._known))
        fps = wishes.fps or recording.fps or (_AMC_FPS if file.suffix.lower() == ".amc" else None)
        if fps is None:
            raise VtmError("its Frame Time is missing, or no person was ever filmed at that rate; give --fps")
        quat, root = clean.resample(motion.local, motion.root, fps)
        whole = Clip(quat, root, motion.offsets, clean.FPS)
        name = f"{file.stem}_{recording.title}" if recording.title else file.stem
        subject = wishes.subject or subject_of(file)
        split = split_of(subject, wishes)
        clips = _cut(name, whole, wishes.source or file.parent.name, subject, split, motion.metres)
        if not clips:
            raise VtmError(f"not half a second is whole: {clean.reason(quat, root, motion.offsets)}")
        remarks = [*recording.remarks, *motion.remarks]
        kept = sum(clip.quat.shape[0] for _, clip in clips) / len(quat)
        if kept < MOSTLY:
            remarks.append(f"{100 * kept:.0f} % of it is kept: {clean.reason(quat, root, motion.offsets)}")
        return clips, remarks

    def _leave_out(self, file: Path, recording: Recording, fault: VtmError) -> None:
        self.result.left_out.append((file, f"{recording.title}: {fault}" if recording.title else str(fault)))


def _straighten(result: Imported) -> None:
    """Make legs and necks right, but for clips in which that was done before; cut where a kick has become too quick."""
    judged = [(entry, clip) for entry, clip in result.clips if entry.legs is None]
    right = straighten([(entry.source, entry.subject) for entry, _ in judged], [clip for _, clip in judged])
    changed = iter(right.clips)
    clips: list[tuple[Entry, Clip]] = []
    for entry, clip in result.clips:
        if entry.legs is not None:
            clips.append((entry, clip))
            continue
        legs, new = round(right.legs[entry.source, entry.subject], 4), next(changed)
        again = (entry.clip, new, entry.source, entry.subject, entry.split, entry.scale)
        parts = [(entry, clip)] if new is clip else _cut(*again)
        clips += [(replace(part, legs=legs), whole) for part, whole in parts]
    result.clips = clips
    result.remarks += _what_changed(right)


def _what_changed(right: Straightened) -> list[str]:
    shorter = [100 * (1 - factor) for factor in right.legs.values() if factor < 1]
    remarks = []
    if shorter:
        much = "-".join(dict.fromkeys(f"{share:.1f}" for share in (min(shorter), max(shorter))))
        feet = 1000 * np.percentile(right.feet, 95)
        remarks.append(
            f"legs of {len(shorter)} of {len(right.legs)} subjects shortened by {much} %, so that they stand straight "
            f"(ankles moved by less than {feet:.0f} mm in 95 % of frames)"
        )
    for source, lean in right.necks.items():
        remarks.append(f"necks of {source or 'unknown'} leaned forward by {lean:.0f} degrees, and were set upright")
    return remarks


def _drop_duplicates(result: Imported) -> None:
    again = duplicates([clip for _, clip in result.clips])
    names = [entry.clip for entry, _ in result.clips]
    result.duplicates = [f"{names[later]}: the same motion as {names[first]}" for later, first in again.items()]
    result.clips = [clip for index, clip in enumerate(result.clips) if index not in again]


def _archived(file: Path, wishes: Wishes) -> list[tuple[Entry, Clip]]:
    """The clips of a clip file; they stay on their side of the split, but for subjects that are to be held out."""
    check_pulled(file)
    rows = read_index(file)
    clips = []
    for row, clip in zip(rows, read_clips(file, [row["clip"] for row in rows]), strict=True):
        if abs(clip.fps - clean.FPS) > 1e-3:
            clip = Clip(*clean.resample(matrix_from_quat(clip.quat), clip.root, clip.fps), clip.offsets, clean.FPS)
        subject = wishes.subject or plain_subject(row.get("subject") or row.get("cmu_subject") or "")
        held_out = wishes.val_subjects is not None and subject in wishes.val_subjects
        source, split = wishes.source or row.get("source") or file.stem, "val" if held_out else row["split"]
        legs = float(row["legs"]) if row.get("legs") else None
        parts = _cut(row["clip"], clip, source, subject, split, float(row.get("scale") or 1))
        clips += [(replace(entry, legs=legs), part) for entry, part in parts]
    if not clips:
        raise VtmError("no clip of it has half a second that is whole; import the recordings again")
    return clips


def _cut(name: str, whole: Clip, source: str, subject: str, split: str, metres: float) -> list[tuple[Entry, Clip]]:
    """The good stretches of a clip at 60 frames/s, with their lines of the index."""
    stretches = clean.pieces(whole.quat, whole.root, whole.offsets)
    name = re.sub(r"[^\w.-]+", "_", name)
    clips = []
    for number, part in enumerate(stretches, 1):
        quat, root, offsets = (x.astype(np.float32) for x in (whole.quat[part], whole.root[part], whole.offsets))
        entry = Entry(
            name if len(stretches) == 1 else f"{name}_s{number}", source, subject, len(quat),
            round(len(quat) / whole.fps, 2), split, float(f"{metres:.6g}"), round(stature(offsets), 3),
        )  # fmt: skip
        clips.append((entry, Clip(quat, root, offsets, whole.fps)))
    return clips


def split_of(subject: str, wishes: Wishes) -> str:
    """Whether a subject is of "train" or "val".

    Without named subjects a number drawn from the name decides, so that new data moves nobody.
    """
    if wishes.val_subjects is not None:
        return "val" if subject in wishes.val_subjects else "train"
    return "val" if crc32(subject.encode()) / 2**32 < wishes.val_share else "train"
