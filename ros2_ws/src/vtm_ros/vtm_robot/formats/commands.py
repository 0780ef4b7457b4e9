"""Our own files of commands: .npz with everything, .csv for people and spreadsheets."""

from pathlib import Path

import numpy as np

from vtm_robot.retarget.recording import Recording


def write_npz(path: Path, recording: Recording) -> None:
    """Write all arrays of a recording, compressed, under the names of its fields.

    Args:
        path: The .npz file.
        recording: What the robot did.
    """
    arrays = {
        "joint_names": np.array(recording.joint_names),
        "positions": recording.positions,
        "velocities": recording.velocities,
        "stamps": recording.stamps,
        "valid": recording.valid,
        "followed": recording.followed,
        "root_position": recording.root_position,
        "root_quat": recording.root_quat,
        "segments": np.array(recording.segments),
        "direction_deg": recording.direction_deg.astype(np.float32),
        "limited": recording.limited,
        "hurried": recording.hurried,
        "clearance": recording.clearance.astype(np.float32),
    }
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def write_csv(path: Path, recording: Recording) -> None:
    """Write a line for each command: stamp (s), valid, position (m) and quaternion of the root, all joint angles (rad).

    Args:
        path: The .csv file.
        recording: What the robot did.
    """
    root = [f"root_{axis}" for axis in ("x", "y", "z", "qx", "qy", "qz", "qw")]
    rows = np.column_stack(
        [recording.stamps, recording.valid, recording.root_position, recording.root_quat, recording.positions]
    )
    head = ",".join(["stamp", "valid", *root, *recording.joint_names])
    formats = ["%.6f", "%d", *["%.6g"] * (rows.shape[1] - 2)]
    np.savetxt(path, rows, formats, ",", header=head, comments="")
