"""The motion of one person over a clip, and its file `motion.npz` (docs/formats.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, NUM_BONES, NUM_JOINTS, person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.types import Motion, Observation

_SHAPES: dict[str, tuple[int | str, ...]] = {
    "stamps": ("T",), "valid": ("T",), "quat_local": ("T", NUM_JOINTS, 4), "root_cam": ("T", 3),
    "joints_cam": ("T", NUM_JOINTS, 3), "offsets": (NUM_JOINTS, 3), "bone_ratio": (NUM_BONES,),
    "keypoints": ("T", NUM_KEYPOINTS, 3), "confidence": ("T", NUM_JOINTS), "contacts": ("T", 4),
    "joint_names": (NUM_JOINTS,), "fps": (), "K": (3, 3), "distortion": ("D",), "image_size": (2,), "definition": (),
    "adjusted": ("T",), "exchanged": ("T",), "person": ("T",), "person_bones": ("D", NUM_BONES),
}  # fmt: skip
_OPTIONAL = {"adjusted": bool, "exchanged": np.uint8, "person": np.int32}
"""Keys that older files lack, zero where they do, and their types."""


@dataclass(frozen=True, eq=False)
class MotionClip:
    """The motion of one person in T frames; frames without the person have `valid` False and NaN.

    Attributes:
        stamps: (T,) float64 s.
        valid: (T,) bool.
        quat_local: (T, 22, 4) xyzw, the pelvis in optical camera axes.
        root_cam: (T, 3) m, optical axes.
        joints_cam: (T, 22, 3) m, optical axes.
        offsets: (22, 3) m in the parent's frame, of the person who is seen longest.
        bone_ratio: (21,) lengths over the virtual skeleton's, of the same person.
        keypoints: (T, 23, 3) pixels x, y and confidence.
        confidence: (T, 22) of the joints.
        contacts: (T, 4) of left heel, left toe, right heel, right toe.
        joint_names: (22,) str.
        fps: () frames/s.
        K: (3, 3) pixels.
        distortion: (D,) as OpenCV's.
        image_size: (2,) width, height.
        definition: () where the keypoints lie, as in `Observation`.
        adjusted: (T,) bool, as in `Motion`.
        exchanged: (T,) uint8, as in `Observation`.
        person: (T,) int32, whose motion it is, from 0 in the order of coming, -1 where nobody is seen.
        person_bones: (P, 21) the bone ratios of each, which `joints_cam` has.
    """

    stamps: np.ndarray
    valid: np.ndarray
    quat_local: np.ndarray
    root_cam: np.ndarray
    joints_cam: np.ndarray
    offsets: np.ndarray
    bone_ratio: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray
    contacts: np.ndarray
    joint_names: np.ndarray
    fps: np.ndarray
    K: np.ndarray
    distortion: np.ndarray
    image_size: np.ndarray
    definition: np.ndarray
    adjusted: np.ndarray
    exchanged: np.ndarray
    person: np.ndarray
    person_bones: np.ndarray

    @property
    def intrinsics(self) -> Intrinsics:
        """The camera of the clip."""
        width, height = (int(size) for size in self.image_size)
        (fx, _, cx), (_, fy, cy), _ = self.K.tolist()
        return Intrinsics(width, height, fx, fy, cx, cy, tuple(self.distortion.tolist()))

    def motions(self) -> list[Motion]:
        """The motion of every valid frame: what `assemble` puts together, taken apart."""
        camera = self.intrinsics
        taken = []
        for frame in np.flatnonzero(self.valid):
            stamp_ns = round(float(self.stamps[frame]) * 1e9)
            points, confidence = self.keypoints[frame, :, :2], self.keypoints[frame, :, 2]
            seen = Observation(
                stamp_ns, camera, points, confidence,
                definition=float(self.definition), exchanged=int(self.exchanged[frame]),
            )  # fmt: skip
            taken.append(Motion(
                stamp_ns, self.quat_local[frame], self.root_cam[frame], self.person_bones[self.person[frame]],
                self.confidence[frame], self.contacts[frame], seen, adjusted=bool(self.adjusted[frame]),
                person=int(self.person[frame]),
            ))  # fmt: skip
        return taken

    def save(self, path: str | Path) -> None:
        """Write the clip as a compressed .npz whose keys are the names of the fields.

        Raises:
            VtmError: It cannot be written.
        """
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "MotionClip":
        """Read a file that `save` wrote.

        Raises:
            VtmError: The file is missing, damaged or something else.
        """
        try:
            with open(path, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
        except OSError as error:
            raise VtmError(f"cannot read {path}: {error.strerror or error}; check the path") from error
        except (BadZipFile, ZlibError, ValueError, EOFError, NotImplementedError) as error:
            raise VtmError(f"{path} is not a motion file, or is damaged; capture the video again") from error
        frames = len(np.atleast_1d(arrays.get("stamps", ())))
        arrays = {**{key: np.zeros(frames, kind) for key, kind in _OPTIONAL.items()}, **arrays}
        if "bone_ratio" in arrays:
            arrays = {"person_bones": arrays["bone_ratio"][None], **arrays}
        missing = [key for key in _SHAPES if key not in arrays]
        if missing:
            raise VtmError(f"{path} is not a motion file: it lacks {', '.join(missing)}; see docs/formats.md")
        for key, shape in _SHAPES.items():
            want = tuple(frames if size == "T" else size for size in shape)
            have = arrays[key].shape
            if len(have) != len(want) or any(w not in (h, "D") for h, w in zip(have, want, strict=True)):
                raise VtmError(f"{path} is not a motion file: {key} has shape {have}, not {want}; see docs/formats.md")
        return cls(**{key: arrays[key] for key in _SHAPES})


def assemble(
    motions: Iterable[Motion | None], stamps_ns: Sequence[int], fps: float, intrinsics: Intrinsics
) -> MotionClip:
    """One clip of what a stream delivered.

    Each person has one skeleton: the bones that most of the person's motions have, or of equals the last, the best
    informed. Because depth in an image scales with the person's size, the root of every frame is rescaled from the size
    assumed then to the final one.

    Args:
        motions: In any order; each belongs to the frame of its stamp. None is skipped.
        stamps_ns: Of the T frames, nanoseconds.
        fps: Frames/s.
        intrinsics: Of every frame.
    """
    index = {stamp: frame for frame, stamp in enumerate(stamps_ns)}
    seen = {index[motion.stamp_ns]: motion for motion in motions if motion is not None}
    count, frames = len(stamps_ns), sorted(seen)
    in_time = [seen[frame] for frame in frames]
    people = list(dict.fromkeys(motion.person for motion in in_time))
    whose = np.array([people.index(motion.person) for motion in in_time], np.int32)
    bones = np.full((max(len(people), 1), NUM_BONES), np.nan, np.float32)
    for number in range(len(people)):
        bones[number] = _bones_of_most([motion for motion, his in zip(in_time, whose, strict=True) if his == number])
    person = np.full(count, -1, np.int32)
    person[frames] = whose
    ratio = bones[np.bincount(whose, minlength=1).argmax()]
    scales = person_scale(bones)

    def filled(rows: list[np.ndarray], *shape: int) -> np.ndarray:
        array = np.full((count, *shape), np.nan, np.float32)
        if rows:
            array[frames] = rows
        return array

    evidence = [motion.observation for motion in in_time]
    exchanged = np.zeros(count, np.uint8)
    exchanged[frames] = [seen.exchanged for seen in evidence]
    quat_local = filled([motion.quat_local for motion in in_time], NUM_JOINTS, 4)
    root_cam = filled(
        [m.root_cam * scales[his] / person_scale(m.bone_ratio) for m, his in zip(in_time, whose, strict=True)], 3
    )
    return MotionClip(
        stamps=np.asarray(stamps_ns, dtype=np.int64) / 1e9,
        valid=np.isin(np.arange(count), frames),
        quat_local=quat_local,
        root_cam=root_cam,
        joints_cam=forward_kinematics(
            matrix_from_quat(quat_local), scaled_offsets(bones).astype(np.float32)[person], root_cam
        )[1],
        offsets=scaled_offsets(ratio).astype(np.float32),
        bone_ratio=ratio,
        keypoints=filled([np.column_stack([seen.keypoints, seen.confidence]) for seen in evidence], NUM_KEYPOINTS, 3),
        confidence=filled([motion.confidence for motion in in_time], NUM_JOINTS),
        contacts=filled([motion.contacts for motion in in_time], 4),
        joint_names=np.array(JOINT_NAMES),
        fps=np.array(float(fps)),
        K=intrinsics.matrix,
        distortion=np.array(intrinsics.distortion, dtype=np.float64),
        image_size=np.array([intrinsics.width, intrinsics.height]),
        definition=np.array(evidence[-1].definition if evidence else 0.0),
        adjusted=np.isin(np.arange(count), [frame for frame in frames if seen[frame].adjusted]),
        exchanged=exchanged,
        person=person,
        person_bones=bones,
    )


def _bones_of_most(motions: list[Motion]) -> np.ndarray:
    """Bone ratio (21,) that the most of `motions` have, the last of equals."""
    kinds, first, number = np.unique(
        np.stack([motion.bone_ratio for motion in reversed(motions)]), axis=0, return_index=True, return_counts=True
    )
    return kinds[np.lexsort((first, -number))[0]]
