"""Where the video and the views stand in a picture of a film."""

from dataclasses import dataclass

WIDE = 1.2
"""From this width over height on, the views lie beneath the video rather than beside it."""
VIEWS = 3


@dataclass(frozen=True)
class Layout:
    """Where everything is in a picture.

    Attributes:
        size: Width and height of the picture, pixels, even, as encoders ask.
        image: Width and height of the video.
        view: Side of a view.
        corners: x, y of the views' upper left corners.
    """

    size: tuple[int, int]
    image: tuple[int, int]
    view: int
    corners: tuple[tuple[int, int], ...]


def layout(width: int, aspect: float | None) -> Layout:
    """Divide a picture.

    Args:
        width: Of the picture, pixels.
        aspect: Width over height of the video, None for the views alone.
    """
    if aspect is not None and aspect < WIDE:
        high = round(width / (aspect + 1 / VIEWS))
        view = high // VIEWS
        across = width - view
        corners = tuple((across, number * view) for number in range(VIEWS))
        return Layout((_even(width), _even(high)), (across, high), view, corners)
    high = round(width / aspect) if aspect else 0
    view = width // VIEWS
    corners = tuple((number * view, high) for number in range(VIEWS))
    return Layout((_even(width), _even(high + view)), (width if aspect else 0, high), view, corners)


def _even(size: int) -> int:
    return size + size % 2
