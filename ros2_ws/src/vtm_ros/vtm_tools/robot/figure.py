"""A person and a robot drawn alike: rounded parts, left blue, right orange, without perspective."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from vtm.body.body_shape import PARTS, added_points
from vtm.body.skeleton import LIMB_BONES, PARENTS, VIRTUAL_OFFSETS
from vtm_robot.model.tree import Pose
from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.segments import Limb
from vtm_robot.retarget.person import PersonPose
from vtm_tools.render.view import GRID, GROUND, INK, PAPER, SHADES, fill

FRONT = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
SIDE = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
ABOVE = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
"""Rows right, up and towards the viewer of somebody who looks along x: from before, from its right, from above."""
ROD_M = 0.016
GRID_M = 0.5


class Shape(NamedTuple):
    """The hull of balls.

    Attributes:
        points: (N, 3) m.
        radii: (N,) m.
        side: "left", "right" or "middle".
    """

    points: np.ndarray
    radii: np.ndarray
    side: str


def person_shapes(person: PersonPose) -> list[Shape]:
    """The parts of a person."""
    limbs = LIMB_BONES + 1
    bones = person.positions[limbs] - person.positions[np.array(PARENTS)[limbs]]
    scale = float(np.linalg.norm(bones, axis=-1).sum() / np.linalg.norm(VIRTUAL_OFFSETS[limbs], axis=-1).sum())
    points = np.concatenate([person.positions, added_points(person.rotations, person.positions, scale)])
    return [Shape(points[part.indices], np.array(part.radii) * scale, part.side) for part in PARTS]


def robot_shapes(robot: RobotModel, pose: Pose) -> list[Shape]:
    """The capsules of a robot, and rods between its joints, base axes."""
    tree, shapes = robot.tree, []
    for capsule in robot.pairs.capsules:
        turn, place = pose.frame(tree.links[capsule.link])
        ends = place + np.stack([capsule.start, capsule.end]) @ turn.T
        shapes.append(Shape(ends, np.full(2, capsule.radius), capsule.name.split("_")[0]))
        if capsule.name == "head":
            nose = ends.mean(0) + 1.5 * capsule.radius * _ahead(robot, pose, tree.links[capsule.link].body)
            radii = capsule.radius * np.array([0.5, 0.2])
            shapes.append(Shape(np.stack([ends.mean(0), nose]), radii, "middle"))
    shapes += [_foot(robot, pose, limb) for limb in robot.limbs if limb.kind == "leg"]
    for joint, parent in enumerate(tree.parent):
        ends = pose.places[[parent, joint + 1]]
        shapes.append(Shape(ends, np.full(2, ROD_M), _side(robot, joint + 1)))
    return [shape._replace(side=shape.side if shape.side in ("left", "right") else "middle") for shape in shapes]


def _ahead(robot: RobotModel, pose: Pose, body: int) -> np.ndarray:
    """(3,) where in `pose` points what in the T-pose points ahead."""
    straight = robot.tree.pose(robot.t_pose).turns[body]
    return pose.turns[body] @ straight.T @ np.array([np.cos(robot.yaw), np.sin(robot.yaw), 0.0])


def _foot(robot: RobotModel, pose: Pose, leg: Limb) -> Shape:
    """A foot a quarter as long as the leg."""
    ankle, ahead = pose.frame(leg.wrist)[1], _ahead(robot, pose, leg.bodies[-1])
    long = 0.25 * leg.length(pose)
    return Shape(
        np.stack([ankle - 0.25 * long * ahead, ankle + 0.75 * long * ahead]), np.full(2, 0.15 * long), leg.side
    )


def _side(robot: RobotModel, body: int) -> str:
    return next((limb.side for limb in robot.limbs if body in limb.bodies), "middle")


def moved(shapes: Sequence[Shape], turn: np.ndarray, place: np.ndarray) -> list[Shape]:
    """`shapes` turned by `turn` (3, 3) and then moved by `place` (3,) m."""
    return [shape._replace(points=shape.points @ turn.T + place) for shape in shapes]


def draw(
    shapes: Sequence[Shape], axes: np.ndarray, size: int, extent: float, middle: np.ndarray, title: str
) -> np.ndarray:
    """A square picture of shapes.

    Args:
        shapes: What is drawn.
        axes: (3, 3), rows right, up and towards the viewer.
        size: Side of the picture, pixels.
        extent: Metres that it shows.
        middle: (3,) m, what is in its middle.
        title: Written into it.

    Returns:
        (size, size, 3) uint8 BGR.
    """
    picture = np.full((size, size, 3), PAPER, np.uint8)
    metre = size / extent
    corner = axes[:2] @ middle - extent / 2
    for line in np.arange(np.ceil(corner[0] / GRID_M), (corner[0] + extent) / GRID_M) * GRID_M:
        x = round((line - corner[0]) * metre)
        cv2.line(picture, (x, 0), (x, size), GRID, 1)
    level = size - round(-corner[1] * metre)
    if axes[1, 2] == 1 and level < size:
        picture[max(level, 0) :] = GROUND
    for shape in sorted(shapes, key=lambda shape: float((shape.points @ axes[2]).mean())):
        seen = (shape.points @ axes[:2].T - corner) * metre
        at, radii = np.stack([seen[:, 0], size - seen[:, 1]], -1), shape.radii * metre
        edge, base, light = SHADES[shape.side]
        fill(picture, at, radii + size / 500, edge)
        fill(picture, at, radii, base)
        fill(picture, at - 0.25 * radii[:, None], 0.45 * radii, light)
    scale = size / 620
    corner = round(14 * scale), round(34 * scale)
    long = cv2.getTextSize(title, 0, scale, 1)[0][0]
    scale *= min(1.0, (size - 2 * corner[0]) / max(long, 1))
    cv2.putText(picture, title, corner, 0, scale, INK, 1, cv2.LINE_AA)
    return picture
