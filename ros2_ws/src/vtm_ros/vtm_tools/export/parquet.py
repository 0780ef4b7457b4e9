"""Parquet: a row for every frame, for those who learn from motion with pandas, Polars, datasets or LeRobot.

Columns are named as LeRobot names them where it has a name. The schema's metadata tells what the numbers in a list are.
"""

import json
from pathlib import Path

import numpy as np

from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.rotations import continuous_quats, geodesic_angle, quat_from_matrix
from vtm.body.skeleton import NUM_JOINTS, stature
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.export.world import WorldMotion
from vtm_trt.session_log.session import even_rows

KEY = b"vtm"
"""Of the metadata."""
_CONTACTS = ["left_heel", "left_toe", "right_heel", "right_toe"]


def write_parquet(path: Path, motion: WorldMotion, clip: MotionClip) -> None:
    """Write a motion at a steady rate; where nobody was seen the last pose is held, and `valid` is false.

    Args:
        path: The .parquet file.
        motion: In the world.
        clip: The same motion as its file has it.

    Raises:
        VtmError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise VtmError(
            "a .parquet file needs the package pyarrow; install it: python -m pip install pyarrow"
        ) from error
    even = motion.evenly()
    rows = even_rows(motion.stamps, motion.fps)
    turned, places = even.joints()
    local = continuous_quats(quat_from_matrix(even.local))
    angles, before = np.empty((len(local), len(ANGLE_NAMES))), None
    for frame, quats in enumerate(local[:, :NUM_JOINTS]):
        before = angles[frame] = angles_from_quats(quats, before)
    names = list(even.skeleton.names)
    each = [f"{name}.{axis}" for name in names for axis in "xyz"]
    turns = [f"{name}.{axis}" for name in names for axis in "xyzw"]
    lists = {
        "observation.state": (np.concatenate([even.root, local[:, 0], angles], 1),
                              ["root.x", "root.y", "root.z", "root.qx", "root.qy", "root.qz", "root.qw", *ANGLE_NAMES]),
        "observation.state.velocity": (_velocity(even, angles), [
            *(f"root.v{axis}" for axis in "xyz"), *(f"root.w{axis}" for axis in "xyz"), *ANGLE_NAMES]),
        "observation.body_positions": (places.reshape(len(places), -1), each),
        "observation.body_rotations": (continuous_quats(quat_from_matrix(turned)).reshape(len(turned), -1), turns),
        "observation.local_rotations": (local.reshape(len(local), -1), turns),
        "observation.contacts": (np.nan_to_num(clip.contacts[rows]), _CONTACTS),
        "observation.confidence": (np.nan_to_num(clip.confidence[rows]), names[:NUM_JOINTS]),
    }  # fmt: skip
    count = len(even.stamps)
    columns = {
        "timestamp": pyarrow.array(np.arange(count) / even.fps, pyarrow.float32()),
        "stamp": pyarrow.array(even.stamps, pyarrow.float64()),
        "frame_index": pyarrow.array(np.arange(count), pyarrow.int64()),
        "episode_index": pyarrow.array(np.zeros(count), pyarrow.int64()),
        "index": pyarrow.array(np.arange(count), pyarrow.int64()),
        "task_index": pyarrow.array(np.zeros(count), pyarrow.int64()),
        "valid": pyarrow.array(even.valid),
    }
    for name, (values, entries) in lists.items():
        flat = pyarrow.array(np.ascontiguousarray(values, np.float32).ravel())
        columns[name] = pyarrow.FixedSizeListArray.from_arrays(flat, len(entries))
    said = {
        "fps": even.fps, "height_m": round(stature(even.offsets), 4), "units": "m, rad, s; quaternions x, y, z, w",
        "world": "z up, the ground at z = 0", "offsets_m": even.offsets.round(6).tolist(), "body_names": names,
        "parents": list(even.skeleton.parents),
        "names": {name: entries for name, (_, entries) in lists.items()},
    }  # fmt: skip
    table = pyarrow.table(columns).replace_schema_metadata({KEY: json.dumps(said)})
    parquet.write_table(table, path, compression="zstd")


def _velocity(motion: WorldMotion, angles: np.ndarray) -> np.ndarray:
    """Of the root in the world, m/s and rad/s, and of the angles, rad/s, to the next frame; the last is held."""
    if len(angles) < 2:
        return np.zeros((len(angles), 6 + angles.shape[1]))
    turn = motion.local[1:, 0] @ np.swapaxes(motion.local[:-1, 0], -1, -2)
    angle = geodesic_angle(motion.local[1:, 0], motion.local[:-1, 0])
    axis = np.stack([turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], 1)
    axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-12)
    steps = np.concatenate([np.diff(motion.root, axis=0), angle[:, None] * axis, np.diff(angles, axis=0)], 1)
    return motion.fps * np.concatenate([steps, steps[-1:]])
