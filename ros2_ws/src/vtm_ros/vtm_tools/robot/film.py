"""A film of a robot beside the person it follows."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import HEAD_TOP
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.recording import Recording
from vtm_tools.render.view import INK
from vtm_tools.robot.figure import FRONT, SIDE, draw, moved, person_shapes, robot_shapes
from vtm_tools.robot.sheet import t_pose_person
from vtm_tools.robot.skin import Skin

PANEL = 400
ROOM = 1.5
HELD = (60, 60, 220)


class RobotFilm:
    """Pictures of person and robot from before and from their right. The viewer turns with the person.

    Args:
        robot: The robot.
        recording: What it did.
        poses: The person's, as many.
        skin: The robot's meshes, None for its capsules.

    Attributes:
        size: Width and height of a picture, pixels.
    """

    size = (4 * PANEL, PANEL)

    def __init__(
        self,
        robot: RobotModel,
        recording: Recording,
        poses: Sequence[PersonPose | None],
        skin: Skin | None = None,
    ):
        self._robot, self._recording, self._poses, self._skin = robot, recording, poses, skin
        tall = t_pose_person() if not any(poses) else next(pose for pose in poses if pose)
        self._tall = float(np.ptp(tall.positions[:, 2])) + HEAD_TOP
        shapes = robot_shapes(robot, robot.tree.pose(robot.t_pose), skin)
        points = np.concatenate([shape.points for shape in shapes])
        self._height = float(max(np.ptp(points[:, 2]), 0.6 * np.ptp(points[:, :2], axis=0).max()))
        self._bottom = min(float((shape.points[:, 2] - shape.radii).min()) for shape in shapes)
        self._feet = {leg.bodies[-1] for leg in robot.limbs if leg.kind == "leg"}
        self._sole = self._ankle() - self._bottom if self._feet else 0.0

    def pictures(self, frames: Sequence[int]) -> Iterator[np.ndarray]:
        """The pictures (H, W, 3) uint8 BGR of `frames`, in ascending order."""
        person: PersonPose | None = None
        for frame in range(max(frames) + 1):
            person = self._poses[frame] or person
            if frame in frames:
                yield self._picture(frame, person)

    def _ankle(self) -> float:
        """Height, m in base axes, of what the commands put onto the ground: the lowest frame of the feet."""
        tree = self._robot.tree
        pose = tree.pose(self._robot.t_pose)
        return min(float(pose.frame(frame)[1][2]) for frame in tree.links.values() if frame.body in self._feet)

    def _picture(self, frame: int, person: PersonPose | None) -> np.ndarray:
        panels = []
        for axes, view in ((FRONT, "before"), (SIDE, "their right")):
            panels += [self._person(person, axes, view), self._robot_panel(frame, axes)]
        picture = np.hstack(panels)
        held = not self._recording.valid[frame]
        text = f"{self._recording.stamps[frame] - self._recording.stamps[0]:.2f} s{'   holds' if held else ''}"
        cv2.putText(picture, text, (12, PANEL - 14), 0, 0.6, HELD if held else INK, 1, cv2.LINE_AA)
        return picture

    def _person(self, person: PersonPose | None, axes: np.ndarray, view: str) -> np.ndarray:
        extent = ROOM * self._tall
        if person is None:
            return draw([], axes, PANEL, extent, np.zeros(3), "nobody yet")
        pelvis = person.rotations[0]
        yaw = np.arctan2(pelvis[1, 0] - pelvis[0, 1], pelvis[0, 0] + pelvis[1, 1])
        turn = Rotation.from_euler("z", -yaw).as_matrix()
        place = -turn @ person.positions[0] * [1, 1, 0]
        shapes = moved(person_shapes(person), turn, place)
        return draw(shapes, axes, PANEL, extent, np.array([0, 0, 0.45 * extent]), f"person, from {view}")

    def _robot_panel(self, frame: int, axes: np.ndarray) -> np.ndarray:
        recording, robot = self._recording, self._robot
        turn = Rotation.from_quat(recording.root_quat[frame])
        yaw = turn.as_matrix() @ np.array([np.cos(robot.yaw), np.sin(robot.yaw), 0])
        unturn = Rotation.from_euler("z", -np.arctan2(yaw[1], yaw[0]))
        height = recording.root_position[frame, 2] + self._sole if self._feet else -self._bottom
        shapes = moved(
            robot_shapes(robot, robot.tree.pose(recording.positions[frame]), self._skin),
            (unturn * turn).as_matrix(), np.array([0.0, 0.0, height]),
        )  # fmt: skip
        extent = ROOM * self._height
        return draw(shapes, axes, PANEL, extent, np.array([0, 0, 0.45 * extent]), robot.tree.name)
