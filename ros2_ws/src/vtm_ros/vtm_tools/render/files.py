"""Films as files: .mp4, .webm and .gif, and .png for a sheet of a few moments."""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vtm.errors import VtmError
from vtm_tools.draw.stick_figure import KEYPOINT_COLOUR, bgr
from vtm_tools.render.view import CONTACT, SHADES

CODECS = {".mp4": ("avc1", "mp4v"), ".webm": ("VP80",)}
"""The first that OpenCV can write is taken; that of the Python wheels has no avc1, which every browser plays."""
MOMENTS, COLUMNS = 6, 3
DRAWN = (*(shade for shades in SHADES.values() for shade in shades), CONTACT, bgr(KEYPOINT_COLOUR))
GIF_COLOURS = 72
"""Of the first picture; those that are drawn come on top."""
GIF_STILL = 16
"""A pixel of a .gif changes when one of its colours does by more than this: noise would make the file large."""


def write_film(path: Path, pictures: Iterable[np.ndarray], fps: float) -> str:
    """Write a .mp4 or .webm.

    Args:
        path: The film.
        pictures: (H, W, 3) uint8 BGR, all of one size.
        fps: Pictures per second.

    Returns:
        The codec.

    Raises:
        VtmError: There is no codec, or OpenCV can write no such file.
        OSError: The film does not hold all of the pictures, which OpenCV does not tell.
    """
    pictures = iter(pictures)
    first = next(pictures)
    writer, codec = _open(path, fps, first.shape[1::-1])
    wanted = 0
    for wanted, picture in enumerate(chain([first], pictures), 1):  # noqa: B007
        writer.write(picture)
    writer.release()
    with _quiet():
        found = _pictures_in(path)
    if found != wanted:
        raise OSError(errno.EIO, f"{found} of {wanted} pictures arrived")
    return codec


def _pictures_in(path: Path) -> int:
    film, count = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), 0
    while film.grab():
        count += 1
    film.release()
    return count


def _open(path: Path, fps: float, size: Sequence[int]) -> tuple[cv2.VideoWriter, str]:
    for codec in CODECS[path.suffix.lower()]:
        with _quiet():
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, tuple(size))
        if writer.isOpened():
            return writer, codec
    raise VtmError(f"this OpenCV cannot write {path.suffix} files; choose .gif, or install opencv-python-headless")


@contextmanager
def _quiet() -> Iterator[None]:
    """OpenCV writes about codecs it passes over straight to stderr."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def write_gif(path: Path, pictures: Iterable[np.ndarray], fps: float) -> None:
    """Write a .gif that repeats for ever, with one palette.

    Args:
        path: The film.
        pictures: (H, W, 3) uint8 BGR, all of one size.
        fps: Pictures per second.
    """
    images = _quantised(pictures)
    first = next(images)
    step_ms = max(20, round(100 / fps) * 10)  # a .gif counts in hundredths; players slow down what is quicker than two
    first.save(path, save_all=True, append_images=images, duration=step_ms, loop=0, optimize=False)


def _quantised(pictures: Iterable[np.ndarray]) -> Iterator[Image.Image]:
    shown: np.ndarray | None = None
    palette: Image.Image | None = None
    for picture in pictures:
        if shown is None:
            shown = picture.copy()
        moved = (cv2.absdiff(picture, shown) > GIF_STILL).any(-1)
        shown[moved] = picture[moved]
        image = Image.fromarray(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB))
        palette = palette or _palette(image)
        yield image.quantize(palette=palette, dither=Image.Dither.NONE)


def _palette(image: Image.Image) -> Image.Image:
    usual = image.quantize(GIF_COLOURS, Image.Quantize.MEDIANCUT).getpalette() or []
    drawn = [round(value) for colour in DRAWN for value in colour[::-1]]
    palette = Image.new("P", (1, 1))
    palette.putpalette(usual[: 3 * GIF_COLOURS] + drawn)
    return palette


def write_sheet(path: Path, pictures: Iterable[np.ndarray]) -> None:
    """Write a .png with `pictures`, (H, W, 3) BGR of one size, in rows of COLUMNS."""
    shown = list(pictures)
    blank = np.full_like(shown[0], 255)
    columns = min(COLUMNS, len(shown))
    shown += [blank] * (-len(shown) % columns)
    rows = [np.hstack(shown[start : start + columns]) for start in range(0, len(shown), columns)]
    _, data = cv2.imencode(".png", np.vstack(rows))
    path.write_bytes(data.tobytes())
