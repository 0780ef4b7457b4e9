"""A picture of a robot and a person in the T-pose, to see that what was drafted is right."""

from pathlib import Path

import cv2
import numpy as np

from vtm.body.skeleton import JOINT_NAMES, SOLE, VIRTUAL_OFFSETS
from vtm.files.atomic_file import atomic_file
from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.posture import turn_z
from vtm_robot.retarget.person import PersonPose, joints
from vtm_tools.robot.figure import ABOVE, FRONT, SIDE, Shape, draw, moved, person_shapes, robot_shapes
from vtm_tools.robot.skin import Skin

SIZE = 480
ROOM = 1.15
VIEWS = ((FRONT, "from before"), (SIDE, "from its right"), (ABOVE, "from above"))


def t_pose_person() -> PersonPose:
    """The average person in the T-pose, who looks along x and stands on the ground."""
    turns = np.tile(np.eye(3), (len(JOINT_NAMES), 1, 1))
    rotations, positions = joints(turns, VIRTUAL_OFFSETS, np.zeros(3))
    return PersonPose(rotations, positions + [0, 0, SOLE - positions[:, 2].min()], np.ones(len(JOINT_NAMES)))


def standing_robot(robot: RobotModel, q: np.ndarray, skin: Skin | None = None) -> list[Shape]:
    """The robot in the posture q (m,), looking along x, its lowest part on the ground."""
    shapes = moved(robot_shapes(robot, robot.tree.pose(q), skin), turn_z(-robot.yaw), np.zeros(3))
    lowest = min(float((shape.points[:, 2] - shape.radii).min()) for shape in shapes)
    return moved(shapes, np.eye(3), np.array([0.0, 0.0, -lowest]))


def write_t_pose(path: Path, robot: RobotModel, skin: Skin | None = None) -> None:
    """Person and robot side by side in a .png, from three sides; below, the robot at rest."""
    rows = [
        ("person, T-pose", person_shapes(t_pose_person())),
        (f"{robot.tree.name}, T-pose", standing_robot(robot, robot.t_pose, skin)),
        (f"{robot.tree.name}, at rest", standing_robot(robot, robot.rest, skin)),
    ]
    pictures = np.vstack(
        [np.hstack([_panel(shapes, axes, f"{title}, {view}") for axes, view in VIEWS]) for title, shapes in rows]
    )
    with atomic_file(path) as part:
        part.write_bytes(cv2.imencode(".png", pictures)[1].tobytes())


def _panel(shapes: list[Shape], axes: np.ndarray, title: str) -> np.ndarray:
    points = np.concatenate([shape.points for shape in shapes])
    low, high = points.min(0), points.max(0)
    return draw(shapes, axes, SIZE, ROOM * float((high - low).max()) + 0.1, (low + high) / 2, title)
