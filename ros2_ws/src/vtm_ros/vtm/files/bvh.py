"""BVH files of the canonical skeleton, with fingers or without, in metres and degrees.

The file's world is y up: x right, y up, z towards the camera, which is the camera's optical frame turned by 180° about
x, with the camera at its origin. Its rest pose is the T-pose facing +z, with the left arm along +x. Every joint has the
channels Zrotation Xrotation Yrotation, R = Rz Rx Ry; the pelvis also has its position. Where the person is missing the
last valid pose is held, before the first valid pose the first.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vtm.body.hand_skeleton import FINGER_TIPS, WITH_HANDS
from vtm.body.rotations import joint_angles_from_matrix, matrix_from_joint_angles, matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import BODY, HEAD_TOP, JOINT_NAMES, Skeleton
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file

_WORLD = np.diag([1.0, -1.0, -1.0])
"""Optical axes to the file's world."""
_BODY = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
"""Body axes (x forward, y left, z up) to the file's (x left, y up, z forward)."""
_ORDER = "zxy"
_ROTATIONS = tuple(f"{axis.upper()}rotation" for axis in _ORDER)
_POSITIONS = ("Xposition", "Yposition", "Zposition")
TIPS = {
    "head": (0.0, 0.0, HEAD_TOP), "left_wrist": (0.0, 0.18, 0.0), "right_wrist": (0.0, -0.18, 0.0),
    "left_foot": (0.07, 0.0, 0.0), "right_foot": (0.07, 0.0, 0.0), **FINGER_TIPS,
}  # fmt: skip
"""End sites, metres in body axes: they give the last bones a length in viewers and carry no data. A wrist has one where
there are no fingers."""


class BvhMotion(NamedTuple):
    """What a BVH file holds of J joints: 22, or 52 with fingers.

    Attributes:
        quat_local: (T, J, 4) xyzw relative to the parent, the pelvis in optical axes.
        root: (T, 3) m in optical axes.
        offsets: (J, 3) m.
        fps: Frames/s.
    """

    quat_local: np.ndarray
    root: np.ndarray
    offsets: np.ndarray
    fps: float


def write_bvh(
    path: str | Path,
    quat_local,
    root,
    offsets,
    fps: float,
    names: Sequence[str] | None = None,
    skeleton: Skeleton = BODY,
    axes: np.ndarray | None = None,
    unit: float = 1.0,
) -> None:
    """Write a clip; frames with NaN are held (see above).

    Args:
        path: The file.
        quat_local: (T, J, 4) xyzw, the pelvis relative to the camera's optical axes.
        root: (T, 3) m in optical axes.
        offsets: (J, 3) m.
        fps: Frames/s.
        names: What the file calls the J joints; None for the skeleton's own names.
        skeleton: BODY or WITH_HANDS.
        axes: (J, 3, 3) those of each joint in the file, as columns in body axes; None for the file's own, as above.
        unit: Of the file, per metre.

    Raises:
        VtmError: No frame has a person, or the file cannot be written.
    """
    held = held_frames(np.isfinite(quat_local).all((1, 2)) & np.isfinite(root).all(1))
    local = matrix_from_quat(np.asarray(quat_local, dtype=np.float64)[held])
    axes = np.broadcast_to(_BODY.T, (skeleton.count, 3, 3)) if axes is None else axes
    above = np.stack([_WORLD.T, *(axes[parent] for parent, _ in skeleton.bones)])
    local = np.swapaxes(above, -1, -2) @ local @ axes
    position = unit * np.asarray(root, dtype=np.float64)[held] @ _WORLD.T
    order = _depth_first(skeleton)
    bones = unit * np.einsum("jik,ji->jk", above, np.asarray(offsets, dtype=np.float64))
    tips = {name: unit * axes[joint].T @ TIPS[name] for name, joint in skeleton.index.items() if name in TIPS}
    shape = _hierarchy(skeleton, bones, tips, names or skeleton.names)
    angles = np.degrees(_continuous_angles(local))[:, order].reshape(len(held), -1)
    with atomic_file(path) as temporary, temporary.open("w", encoding="ascii", newline="\n") as file:
        file.write("HIERARCHY\n" + shape)
        file.write(f"MOTION\nFrames: {len(held)}\nFrame Time: {1 / fps:.9f}\n")
        np.savetxt(file, np.concatenate([position, angles], axis=1), fmt="%.6f")


def held_frames(valid: np.ndarray) -> np.ndarray:
    """For each frame the index (T,) of the last valid one, or of the first before there is any.

    Raises:
        VtmError: No frame is valid.
    """
    if not valid.any():
        raise VtmError("no frame shows a person, so there is no motion to write; use a video that shows one")
    last = np.maximum.accumulate(np.where(valid, np.arange(len(valid)), -1))
    return np.where(last < 0, valid.argmax(), last)


def _continuous_angles(local: np.ndarray) -> np.ndarray:
    angles = [joint_angles_from_matrix(local[0], _ORDER)]
    for matrices in local[1:]:
        angles.append(joint_angles_from_matrix(matrices, _ORDER, angles[-1]))
    return np.stack(angles)


def _depth_first(skeleton: Skeleton, joint: int = 0) -> list[int]:
    return [joint] + [index for child in skeleton.children(joint) for index in _depth_first(skeleton, child)]


def _hierarchy(
    skeleton: Skeleton,
    offsets: np.ndarray,
    tips: Mapping[str, np.ndarray],
    names: Sequence[str],
    joint: int = 0,
    indent: str = "",
) -> str:
    children = skeleton.children(joint)
    channels = _ROTATIONS if joint else _POSITIONS + _ROTATIONS
    lines = [
        f"{'JOINT' if joint else 'ROOT'} {names[joint]}",
        "{",
        f"\tOFFSET {_numbers(offsets[joint])}",
        f"\tCHANNELS {len(channels)} {' '.join(channels)}",
    ]
    text = "".join(f"{indent}{line}\n" for line in lines)
    text += "".join(_hierarchy(skeleton, offsets, tips, names, child, indent + "\t") for child in children)
    if not children:
        tip = _numbers(tips[skeleton.names[joint]])
        text += "".join(f"{indent}\t{line}\n" for line in ("End Site", "{", f"\tOFFSET {tip}", "}"))
    return text + indent + "}\n"


def _numbers(values) -> str:
    return " ".join(f"{value:.6f}" for value in values)


def read_bvh(path: str | Path) -> BvhMotion:
    """Read a clip that `write_bvh` wrote, or one with the same joints and axes in any channel order.

    Raises:
        VtmError: The file is missing, damaged or has another skeleton.
    """
    try:
        tokens = Path(path).read_text(encoding="utf-8").split()
        offsets, channels, motion = _parse_hierarchy(tokens)
        frames, fps = int(tokens[motion + 2]), 1 / float(tokens[motion + 5])
        columns = [(name, channel) for name, of_joint in channels.items() for channel in of_joint]
        values = np.array(tokens[motion + 6 :], dtype=np.float64).reshape(frames, len(columns))
    except OSError as error:
        raise VtmError(f"cannot read {path}: {error.strerror}; check the path") from error
    except (ValueError, IndexError, ZeroDivisionError, KeyError) as error:
        raise VtmError(f"{path} is not a complete BVH file ({error}); export it again") from error
    skeleton = WITH_HANDS if set(offsets) == set(WITH_HANDS.names) else BODY
    needed = {name: set(_ROTATIONS if joint else _POSITIONS + _ROTATIONS) for name, joint in skeleton.index.items()}
    if set(offsets) != set(needed) or any(not needed[name] <= set(channels[name]) for name in needed):
        known = ", ".join(JOINT_NAMES)
        raise VtmError(f"{path} has another skeleton; only the joints {known}, and SMPL-X's fingers, can be read")
    column = {key: index for index, key in enumerate(columns)}
    local = np.empty((frames, skeleton.count, 3, 3))
    for name, joint in skeleton.index.items():
        turns = [channel for channel in channels[name] if channel.endswith("rotation")]
        angles = np.radians(values[:, [column[name, turn] for turn in turns]])
        local[:, joint] = matrix_from_joint_angles(angles, "".join(turn[0].lower() for turn in turns))
    position = values[:, [column["pelvis", channel] for channel in _POSITIONS]]
    change = np.stack([_WORLD] + [_BODY.T] * len(skeleton.bones))
    quat_local = quat_from_matrix(change @ local @ _BODY)
    return BvhMotion(quat_local, position @ _WORLD, np.stack([offsets[name] for name in skeleton.names]) @ _BODY, fps)


def _parse_hierarchy(tokens: list[str]) -> tuple[dict[str, np.ndarray], dict[str, list[str]], int]:
    """Offsets and channels by joint in the file's order, and the index of the token MOTION."""
    offsets: dict[str, np.ndarray] = {}
    channels: dict[str, list[str]] = {}
    name = ""
    end = tokens.index("MOTION")
    for index, token in enumerate(tokens[:end]):
        if token in ("ROOT", "JOINT"):
            name = tokens[index + 1]
        elif token == "End":
            name = ""
        elif token == "OFFSET" and name:
            offsets[name] = np.array(tokens[index + 1 : index + 4], dtype=np.float64)
        elif token == "CHANNELS":
            channels[name] = tokens[index + 2 : index + 2 + int(tokens[index + 1])]
    return offsets, channels, end
