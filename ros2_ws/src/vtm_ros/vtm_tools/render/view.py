"""The body from one direction, drawn without perspective, fast enough for every frame of a film."""

from dataclasses import dataclass

import cv2
import numpy as np

from vtm.body.body_shape import CONTACT_POINTS, parts_of
from vtm_tools.draw.stick_figure import COLOURS, bgr

GRID_M = 0.5
STANDS = 0.5
"""A foot is shown to stand from this probability of its contact on."""
PAPER, GRID, GROUND, INK = (250, 248, 246), (226, 222, 218), (206, 202, 198), (70, 66, 62)
CONTACT = (90, 190, 40)
OUTLINE, LIGHT = 0.62, 0.35
"""How much of its colour the edge of a part keeps, and how much white its lit side gets."""
_SHIFT = 4
_CIRCLE = np.stack([np.cos(turn := np.linspace(0, 2 * np.pi, 24, endpoint=False)), np.sin(turn)], -1)


def _shades(colour: str) -> tuple[tuple[float, ...], ...]:
    base = np.array(bgr(colour), float)
    return tuple(base * OUTLINE), tuple(base), tuple(base + LIGHT * (255 - base))


SHADES = {side: _shades(colour) for side, colour in COLOURS.items()}
"""BGR of the edge, the surface and the lit side of the parts."""


@dataclass(frozen=True)
class Direction:
    """From where a view looks.

    Attributes:
        title: What the view is called.
        axes: (3, 3), rows right, up and towards the viewer in world axes.
    """

    title: str
    axes: tuple[tuple[int, int, int], ...]

    @property
    def horizontal(self) -> bool:
        """Whether the ground is seen edge on."""
        return self.axes[1] == (0, 0, 1)


DIRECTIONS = (
    Direction("front: from the camera", ((0, -1, 0), (0, 0, 1), (-1, 0, 0))),
    Direction("side: from its right", ((1, 0, 0), (0, 0, 1), (0, -1, 0))),
    Direction("top: from above", ((0, -1, 0), (1, 0, 0), (0, 0, 1))),
)
"""In world axes with x where the camera looks and z up."""


@dataclass(frozen=True)
class View:
    """A square picture of `size` pixels that shows `extent` metres."""

    direction: Direction
    size: int
    extent: float

    def draw(
        self, points: np.ndarray | None, scale: float, contacts: np.ndarray, centre: np.ndarray, way: np.ndarray
    ) -> np.ndarray:
        """Draw the person.

        Args:
            points: (30, 3) or with hands (72, 3) m of `body_shape`, z from the ground; None for nobody.
            scale: Of the person.
            contacts: (4,) of left heel, left toe, right heel, right toe.
            centre: (3,) m, what to look at; its height does not count.
            way: (T, 3) m, where the pelvis has been.

        Returns:
            (size, size, 3) uint8 BGR.
        """
        picture = np.full((self.size, self.size, 3), PAPER, np.uint8)
        self._draw_ground(picture, centre)
        self._draw_way(picture, way, centre)
        if points is not None:
            self._draw_body(picture, points, scale, contacts, centre)
        text = self.size / 620
        cv2.putText(picture, self.direction.title, (round(14 * text), round(34 * text)), 0, text, INK, 1, cv2.LINE_AA)
        return picture

    def _draw_ground(self, picture: np.ndarray, centre: np.ndarray) -> None:
        middle = np.array(self.direction.axes) @ centre
        across = self._marks(middle[0] - self.extent / 2)
        upward = self._marks(0.0 if self.direction.horizontal else middle[1] - self.extent / 2)
        columns = self._pixels(np.stack([across, 0 * across], -1), middle)[:, 0].round().astype(int).tolist()
        rows = self._pixels(np.stack([0 * upward, upward], -1), middle)[:, 1].round().astype(int).tolist()
        for x in columns:
            cv2.line(picture, (x, 0), (x, self.size), GRID, 1)
        for y in rows:
            cv2.line(picture, (0, y), (self.size, y), GRID, 1)
        if self.direction.horizontal:
            picture[rows[0] :] = GROUND

    def _marks(self, start: float) -> np.ndarray:
        """Multiples of GRID_M from `start` on, metres."""
        return np.arange(np.ceil(start / GRID_M), (start + self.extent) / GRID_M) * GRID_M

    def _draw_way(self, picture: np.ndarray, way: np.ndarray, centre: np.ndarray) -> None:
        if self.direction.horizontal or len(way) < 2:
            return
        axes = np.array(self.direction.axes)
        line = (self._pixels(way @ axes.T[:, :2], axes @ centre) * 2**_SHIFT).round().astype(np.int32)
        cv2.polylines(picture, [line], False, INK, max(1, self.size // 240), cv2.LINE_AA, _SHIFT)

    def _draw_body(
        self, picture: np.ndarray, points: np.ndarray, scale: float, contacts: np.ndarray, centre: np.ndarray
    ) -> None:
        axes = np.array(self.direction.axes)
        seen = points @ axes.T
        places = self._pixels(seen[:, :2], axes @ centre)
        metre = self.size / self.extent
        for part in sorted(parts_of(points), key=lambda part: seen[part.indices, 2].mean()):
            at, radii = places[part.indices], np.array(part.radii) * scale * metre
            edge, base, light = SHADES[part.side]
            fill(picture, at, radii + self.size / 500, edge)
            fill(picture, at, radii, base)
            fill(picture, at - 0.25 * radii[:, None], 0.45 * radii, light)
        for point, contact in zip(CONTACT_POINTS, contacts, strict=True):
            if contact > STANDS:
                x, y = (places[point] * 2**_SHIFT).round().astype(int).tolist()
                radius = round(0.03 * scale * metre * 2**_SHIFT)
                cv2.circle(picture, (x, y), radius, CONTACT, -1, cv2.LINE_AA, _SHIFT)

    def _pixels(self, seen: np.ndarray, middle: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of places (N, 2), right and up; where the ground is seen edge on, it stays at the bottom."""
        bottom = 0.08 * self.extent if self.direction.horizontal else self.extent / 2 - middle[1]
        right = seen[:, 0] - middle[0] + self.extent / 2
        return np.stack([right, self.extent - bottom - seen[:, 1]], -1) * self.size / self.extent


def fill(picture: np.ndarray, at: np.ndarray, radii: np.ndarray, colour: tuple[float, ...]) -> None:
    """Fill the hull of discs.

    Args:
        picture: (H, W, 3) uint8 BGR, drawn into.
        at: (N, 2) their centres, pixels.
        radii: (N,) pixels.
        colour: BGR, 0..255.
    """
    rim = (at[:, None] + radii[:, None, None] * _CIRCLE).reshape(-1, 1, 2)
    hull = cv2.convexHull((rim * 2**_SHIFT).round().astype(np.int32))
    cv2.fillConvexPoly(picture, hull, colour, cv2.LINE_AA, _SHIFT)
