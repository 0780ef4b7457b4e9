"""A film of what the camera saw, the person as it was captured, and the simulated robot as it stood then."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from teleop_checks import newest
from teleop_listener import Watched

from vtm.body.skeleton import HEAD_TOP
from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.posture import turn_z
from vtm_robot.retarget.person import PersonPose
from vtm_tools.render.view import INK
from vtm_tools.robot.figure import FRONT, SIDE, draw, moved, person_shapes, robot_shapes
from vtm_tools.robot.skin import Skin

PANEL = 440
SHADES = {"FOLLOW": (60, 140, 40), "BLEND": (30, 150, 200), "HOLD": (60, 60, 220), "STOP": (60, 60, 220)}


def write_film(
    path: Path, robot: RobotModel, skin: Skin, watched: Watched, pictures: list[np.ndarray], rate: float
) -> None:
    """Write `path` (.mp4); `pictures` are the camera's, the last of which is the last that was heard of."""
    draw_robot = partial(_robot, robot, skin)
    came, stated = [seen.came for seen in watched.people], [time for time, *_ in watched.states]
    moved_at = [time for time, _ in watched.measured]
    missed = max(0, len(pictures) - len(watched.images))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, (5 * PANEL, PANEL))
    for number, (time, _) in enumerate(watched.images):
        person, state, posture = newest(came, time), newest(stated, time), newest(moved_at, time)
        if posture < 0 or missed + number >= len(pictures):
            continue
        pose = watched.people[person].pose if person >= 0 else None
        said = watched.states[state][1] if state >= 0 else ""
        writer.write(_picture(draw_robot, pictures[missed + number], pose, watched.measured[posture][1], said))
    writer.release()


def _picture(
    draw_robot: Callable[[np.ndarray, np.ndarray, str], np.ndarray],
    image: np.ndarray,
    person: PersonPose | None,
    q: np.ndarray,
    state: str,
) -> np.ndarray:
    panels = [_fitted(image)]
    for axes, view in ((FRONT, "before"), (SIDE, "its right")):
        panels += [_person(person, axes, f"person, from {view}"), draw_robot(q, axes, f"simulated, from {view}")]
    picture = np.hstack(panels)
    cv2.putText(picture, state, (12, PANEL - 14), 0, 0.8, SHADES.get(state, INK), 2, cv2.LINE_AA)
    return picture


def _fitted(image: np.ndarray) -> np.ndarray:
    scale = PANEL / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    panel = np.full((PANEL, PANEL, 3), 255, np.uint8)
    top, left = ((PANEL - size) // 2 for size in small.shape[:2])
    panel[top : top + small.shape[0], left : left + small.shape[1]] = small
    return panel


def _person(person: PersonPose | None, axes: np.ndarray, title: str) -> np.ndarray:
    if person is None:
        return draw([], axes, PANEL, 2.6, np.zeros(3), "nobody yet")
    pelvis = person.rotations[0]
    turn = turn_z(-float(np.arctan2(pelvis[1, 0] - pelvis[0, 1], pelvis[0, 0] + pelvis[1, 1])))
    place = -turn @ person.positions[0] * [1, 1, 0]
    tall = 1.6 + HEAD_TOP
    return draw(moved(person_shapes(person), turn, place), axes, PANEL, 1.5 * tall, np.array([0, 0, 0.6 * tall]), title)


def _robot(robot: RobotModel, skin: Skin, q: np.ndarray, axes: np.ndarray, title: str) -> np.ndarray:
    still = np.concatenate([shape.points for shape in robot_shapes(robot, robot.tree.pose(robot.rest), skin)])
    height, lowest = float(np.ptp(still[:, 2])), float(still[:, 2].min())
    shapes = moved(robot_shapes(robot, robot.tree.pose(q), skin), turn_z(-robot.yaw), np.array([0.0, 0.0, -lowest]))
    return draw(shapes, axes, PANEL, 1.6 * height, np.array([0, 0, 0.6 * height]), title)
