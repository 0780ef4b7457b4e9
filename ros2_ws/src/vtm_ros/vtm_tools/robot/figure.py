"""A person and a robot drawn alike: rounded parts or meshes, left blue, right orange, without perspective."""

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
from vtm_tools.robot.skin import Skin

FRONT = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
SIDE = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
ABOVE = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
"""Rows right, up and towards the viewer of somebody who looks along x: from before, from its right, from above."""
ROD_M = 0.016
GRID_M = 0.5
FINER = 2
"""Pictures with meshes are drawn so much larger and then made smaller, which smoothes their edges."""
LIGHT = np.array([-0.45, 0.6, 0.66])
"""(3,) where the light comes from: right, up and towards the viewer."""
_SHIFT = 4


class Shape(NamedTuple):
    """The hull of balls, or a surface.

    Attributes:
        points: (N, 3) m.
        radii: (N,) m; 0 for the points of a surface.
        side: "left", "right" or "middle".
        faces: (F, 3) points at the corners of a surface, None for the hull of balls.
    """

    points: np.ndarray
    radii: np.ndarray
    side: str
    faces: np.ndarray | None = None


def person_shapes(person: PersonPose) -> list[Shape]:
    """The parts of a person."""
    limbs = LIMB_BONES + 1
    bones = person.positions[limbs] - person.positions[np.array(PARENTS)[limbs]]
    scale = float(np.linalg.norm(bones, axis=-1).sum() / np.linalg.norm(VIRTUAL_OFFSETS[limbs], axis=-1).sum())
    points = np.concatenate([person.positions, added_points(person.rotations, person.positions, scale)])
    return [Shape(points[part.indices], np.array(part.radii) * scale, part.side) for part in PARTS]


def robot_shapes(robot: RobotModel, pose: Pose, skin: Skin | None = None) -> list[Shape]:
    """The meshes of a robot, base axes; of bodies without, the capsules, and rods between their joints."""
    tree, shapes = robot.tree, []
    skinned = skin.bodies if skin else {}
    for body, meshes in skinned.items():
        side = _side(robot, body)
        for mesh in meshes:
            points = mesh.points @ pose.turns[body].T + pose.places[body]
            shapes.append(Shape(points, np.zeros(len(points)), side, mesh.faces))
    for capsule in robot.pairs.capsules:
        if tree.links[capsule.link].body in skinned:
            continue
        turn, place = pose.frame(tree.links[capsule.link])
        ends = place + np.stack([capsule.start, capsule.end]) @ turn.T
        shapes.append(Shape(ends, np.full(2, capsule.radius), capsule.name.split("_")[0]))
        if capsule.name == "head":
            nose = ends.mean(0) + 1.5 * capsule.radius * _ahead(robot, pose, tree.links[capsule.link].body)
            radii = capsule.radius * np.array([0.5, 0.2])
            shapes.append(Shape(np.stack([ends.mean(0), nose]), radii, "middle"))
    legs = [limb for limb in robot.limbs if limb.kind == "leg" and limb.bodies[-1] not in skinned]
    shapes += [_foot(robot, pose, leg) for leg in legs]
    for joint, parent in enumerate(tree.parent):
        if parent in skinned:
            continue
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
    above = robot.tree.above[body]
    return next((limb.side for limb in robot.limbs if above[limb.bodies[0] - 1]), "middle")


def moved(shapes: Sequence[Shape], turn: np.ndarray, place: np.ndarray) -> list[Shape]:
    """`shapes` turned by `turn` (3, 3) and then moved by `place` (3,) m."""
    return [shape._replace(points=shape.points @ turn.T + place) for shape in shapes]


def _paint(picture: np.ndarray, shapes: Sequence[Shape], axes: np.ndarray, to_pixels: np.ndarray) -> None:
    """Paint what is farther away first. to_pixels: (2, 3) from metres right and up."""
    depths, polygons, colours = [np.zeros(0)], [np.zeros((0, 3, 2), np.int32)], [np.zeros((0, 3))]
    hulls = []
    for shape in shapes:
        seen = shape.points @ axes.T
        at = seen[:, :2] @ to_pixels[:, :2].T + to_pixels[:, 2]
        if shape.faces is None:
            hulls.append((float(seen[:, 2].mean()), at, shape.radii * to_pixels[0, 0], SHADES[shape.side]))
            continue
        corners = seen[shape.faces]
        depths.append(corners[..., 2].mean(1))
        polygons.append((at * 2**_SHIFT).round().astype(np.int32)[shape.faces])
        colours.append(_lit(corners, SHADES[shape.side]))
    depth = np.concatenate(depths)
    order = np.argsort(depth)
    triangles = list(np.concatenate(polygons)[order])
    paints = np.concatenate(colours)[order].tolist()
    hulls.sort(key=lambda hull: hull[0])
    before = np.searchsorted(depth[order], [*(hull[0] for hull in hulls), np.inf])
    done = 0
    for number, end in enumerate(before.tolist()):
        for triangle, colour in zip(triangles[done:end], paints[done:end], strict=True):
            cv2.fillConvexPoly(picture, triangle, colour, cv2.LINE_8, _SHIFT)
        done = end
        if number < len(hulls):
            _paint_hull(picture, *hulls[number][1:])


def _lit(corners: np.ndarray, shades: Sequence[Sequence[float]]) -> np.ndarray:
    """The colours (F, 3) of triangles (F, 3, 3) in axes right, up and towards the viewer."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals *= np.where(normals[:, 2:] < 0, -1, 1) / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    lit = np.clip(normals @ LIGHT, 0, 1)
    return np.stack([np.interp(lit, (0.0, 0.65, 1.0), tones) for tones in zip(*shades, strict=True)], -1)


def _paint_hull(picture: np.ndarray, at: np.ndarray, radii: np.ndarray, shades: Sequence[tuple[float, ...]]) -> None:
    edge, base, light = shades
    fill(picture, at, radii + len(picture) / 500, edge)
    fill(picture, at, radii, base)
    fill(picture, at - 0.25 * radii[:, None], 0.45 * radii, light)


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
    fine = FINER if any(shape.faces is not None for shape in shapes) else 1
    across = size * fine
    picture: np.ndarray = np.full((across, across, 3), PAPER, np.uint8)
    metre = across / extent
    corner = axes[:2] @ middle - extent / 2
    for line in np.arange(np.ceil(corner[0] / GRID_M), (corner[0] + extent) / GRID_M) * GRID_M:
        x = round((line - corner[0]) * metre)
        cv2.line(picture, (x, 0), (x, across), GRID, fine)
    level = across - round(-corner[1] * metre)
    if axes[1, 2] == 1 and level < across:
        picture[max(level, 0) :] = GROUND
    to_pixels = np.array([[metre, 0, -metre * corner[0]], [0, -metre, across + metre * corner[1]]])
    _paint(picture, shapes, axes, to_pixels)
    if fine > 1:
        picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    scale = size / 620
    corner = round(14 * scale), round(34 * scale)
    long = cv2.getTextSize(title, 0, scale, 1)[0][0]
    scale *= min(1.0, (size - 2 * corner[0]) / max(long, 1))
    cv2.putText(picture, title, corner, 0, scale, INK, 1, cv2.LINE_AA)
    return picture
