"""The motion of one person over a clip, and its file `motion.npz` (docs/formats.md)."""

from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.skeleton import NUM_BONES, NUM_JOINTS
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.files.git_lfs import check_pulled
from vtm.files.hand_arrays import HAND_SHAPES, hand_arrays, hand_poses
from vtm.types import CameraPose, Motion, Observation

FORMAT_VERSION = 2
"""What `save` writes; version 1 had no key `format_version`."""
_SHAPES: dict[str, tuple[int | str, ...]] = {
    "stamps": ("T",), "valid": ("T",), "quat_local": ("T", NUM_JOINTS, 4), "root_cam": ("T", 3),
    "joints_cam": ("T", NUM_JOINTS, 3), "offsets": (NUM_JOINTS, 3), "bone_ratio": (NUM_BONES,),
    "keypoints": ("T", NUM_KEYPOINTS, 3), "confidence": ("T", NUM_JOINTS), "contacts": ("T", 4),
    "joint_names": (NUM_JOINTS,), "fps": (), "K": (3, 3), "distortion": ("D",), "fisheye": (),
    "image_size": (2,),
    "keypoint_convention": (), "adjusted": ("T",), "exchanged": ("T",), "person": ("T",),
    "person_bones": ("P", NUM_BONES), "person_id": ("P",), "camera_id": (), "camera_rotation": ("T", 3, 3),
    "camera_position": ("T", 3), "camera_source": (), **HAND_SHAPES,
}  # fmt: skip


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
        fisheye: () bool, as in `Intrinsics`.
        image_size: (2,) width, height.
        keypoint_convention: () where the keypoints lie, as in `Observation`.
        adjusted: (T,) bool, as in `Motion`.
        exchanged: (T,) uint8, as in `Observation`.
        person: (T,) int32, which of the P people's motion it is, in the order of coming, -1 where nobody is seen.
        person_bones: (P, 21) the bone ratios of each, which `joints_cam` has.
        person_id: (P,) int32, the number of each, as in `Motion`.
        camera_id: () str, as in `Frame`.
        camera_rotation: (T, 3, 3) turns optical axes into those of the world, NaN where nothing told the camera's pose.
        camera_position: (T, 3) m in the world, NaN likewise.
        camera_source: () str, what told the pose, as in `CameraPose`, empty where nothing did.
        hand_angles: (T, H, 21) rad, as in `HandPoses`, of the left and the right hand; H is 0 where nobody looked.
        hand_quat_local: (T, H, 15, 4) xyzw, the finger joints relative to their parents.
        hand_points: (T, H, 21, 3) m from the wrist in its frame, MediaPipe's order.
        hand_confidence: (T, H), 0 for a hand that was not seen.
        hand_joint_names: (H, 15) str.
        hand_angle_names: (21,) str.
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
    fisheye: np.ndarray
    image_size: np.ndarray
    keypoint_convention: np.ndarray
    adjusted: np.ndarray
    exchanged: np.ndarray
    person: np.ndarray
    person_bones: np.ndarray
    person_id: np.ndarray
    camera_id: np.ndarray
    camera_rotation: np.ndarray
    camera_position: np.ndarray
    camera_source: np.ndarray
    hand_angles: np.ndarray
    hand_quat_local: np.ndarray
    hand_points: np.ndarray
    hand_confidence: np.ndarray
    hand_joint_names: np.ndarray
    hand_angle_names: np.ndarray

    @property
    def intrinsics(self) -> Intrinsics:
        """The camera of the clip."""
        width, height = (int(size) for size in self.image_size)
        (fx, _, cx), (_, fy, cy), _ = self.K.tolist()
        return Intrinsics(width, height, fx, fy, cx, cy, tuple(self.distortion.tolist()), bool(self.fisheye))

    def motions(self) -> list[Motion]:
        """The motion of every valid frame: what `assemble` puts together, taken apart."""
        lens, known = self.intrinsics, np.isfinite(self.camera_position).all(-1)
        taken = []
        for frame in np.flatnonzero(self.valid):
            stamp_ns, person = round(float(self.stamps[frame]) * 1e9), int(self.person[frame])
            camera = (
                CameraPose(self.camera_rotation[frame], self.camera_position[frame], source=str(self.camera_source))
                if known[frame]
                else None
            )
            points, confidence = self.keypoints[frame, :, :2], self.keypoints[frame, :, 2]
            seen = Observation(
                stamp_ns, lens, points, confidence, camera=camera, camera_id=str(self.camera_id),
                keypoint_convention=float(self.keypoint_convention), exchanged=int(self.exchanged[frame]),
            )  # fmt: skip
            taken.append(Motion(
                stamp_ns, self.quat_local[frame], self.root_cam[frame], self.person_bones[person],
                self.confidence[frame], self.contacts[frame], seen, camera, adjusted=bool(self.adjusted[frame]),
                person_id=int(self.person_id[person]),
                hands=hand_poses(self.hand_angles[frame], self.hand_confidence[frame]),
            ))  # fmt: skip
        return taken

    def save(self, path: str | Path) -> None:
        """Write the clip as a compressed .npz whose keys are the names of the fields, and `format_version`.

        Raises:
            VtmError: It cannot be written.
        """
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, format_version=np.array(FORMAT_VERSION), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "MotionClip":
        """Read a file that `save` wrote, now or as version 1.

        Raises:
            VtmError: The file is missing, damaged or something else.
        """
        check_pulled(Path(path))
        try:
            with open(path, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
        except OSError as error:
            raise VtmError(f"cannot read {path}: {error.strerror or error}; check the path") from error
        except (BadZipFile, ZlibError, ValueError, EOFError, NotImplementedError) as error:
            raise VtmError(f"{path} is not a motion file, or is damaged; capture the video again") from error
        version = arrays.get("format_version", np.array(1))
        if version.shape or version > FORMAT_VERSION:
            raise VtmError(f"{path} has the format version {version}, newer than {FORMAT_VERSION}; install a newer vtm")
        arrays = _up_to_date(arrays)
        missing = [key for key in _SHAPES if key not in arrays]
        if missing:
            raise VtmError(f"{path} is not a motion file: it lacks {', '.join(missing)}; see docs/formats.md")
        sizes = {
            size: _rows(arrays[key])
            for size, key in (
                ("T", "stamps"),
                ("D", "distortion"),
                ("P", "person_bones"),
                ("H", "hand_joint_names"),
            )  # fmt: skip
        }
        for key, shape in _SHAPES.items():
            want = tuple(sizes[size] if isinstance(size, str) else size for size in shape)
            if arrays[key].shape != want:
                raise VtmError(
                    f"{path} is not a motion file: {key} has shape {arrays[key].shape}, not {want}; see docs/formats.md"
                )
        return cls(**{key: arrays[key] for key in _SHAPES})


def _up_to_date(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The keys of today's version; what older files lack is nobody's, unknown or zero."""
    frames = _rows(arrays.get("stamps", np.zeros(0)))
    added = {
        "adjusted": np.zeros(frames, bool), "exchanged": np.zeros(frames, np.uint8),
        "person": np.zeros(frames, np.int32), "camera_id": np.array(""), "camera_source": np.array(""),
        "fisheye": np.array(False),
        "camera_rotation": np.full((frames, 3, 3), np.nan), "camera_position": np.full((frames, 3), np.nan),
        **hand_arrays(frames, (), ()),
    }  # fmt: skip
    if "bone_ratio" in arrays:
        added["person_bones"] = arrays["bone_ratio"][None]
    if "definition" in arrays:
        added["keypoint_convention"] = arrays["definition"]
    arrays = added | arrays
    people = np.arange(_rows(arrays.get("person_bones", np.zeros(0))), dtype=np.int32)
    return {"person_id": people} | arrays


def _rows(array: np.ndarray) -> int:
    return len(np.atleast_1d(array))
