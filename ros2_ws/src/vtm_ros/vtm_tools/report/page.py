"""The report as one HTML page that needs nothing else: it opens offline, and follows light and dark."""

import base64
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np

from vtm_tools.report.figures import Number

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>%s</title>
<style>
:root { color-scheme: light dark; --back: #fff; --text: #1c1e21; --soft: #f3f4f6; --dim: #666c75; }
@media (prefers-color-scheme: dark) { :root { --back: #14161a; --text: #e6e8eb; --soft: #20242a; --dim: #9aa1ab; } }
body { background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .2rem; }
.person { margin-top: 3.5rem; border-bottom: .3rem solid; }
p, figcaption, .meaning { color: var(--dim); } p { margin: .2rem 0 .6rem; }
.numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .7rem; }
.number { background: var(--soft); border-radius: .5rem; padding: .6rem .9rem; }
.value { font-size: 1.4rem; font-weight: 600; } .meaning { font-size: .85rem; line-height: 1.3; }
.plot { overflow-x: auto; } svg { width: 100%%; min-width: 44rem; height: auto; }
.frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .7rem; }
figure { margin: 0; } img { width: 100%%; aspect-ratio: 1; object-fit: contain;
  background: var(--soft); border-radius: .4rem; }
</style></head><body>
"""


class Page:
    """A page in the making, with a plain title and subtitle."""

    def __init__(self, title: str, subtitle: str):
        self._parts = [_HEAD % escape(title), f"<h1>{escape(title)}</h1>\n<p>{escape(subtitle)}</p>\n"]

    def person(self, title: str, subtitle: str, colour: str) -> None:
        """Add a heading for all that follows of one person, underlined in a colour, #rrggbb."""
        self._parts.append(
            f'<h1 class="person" style="border-color: {colour}">{escape(title)}</h1>\n<p>{escape(subtitle)}</p>\n'
        )

    def numbers(self, listed: Sequence[Number]) -> None:
        """Add tiles with values, units and meanings."""
        tiles = (
            f'<div class="number"><div>{escape(one.title)}</div><div class="value">{_text(one)}</div>'
            f'<div class="meaning">{escape(one.meaning)}</div></div>\n'
            for one in listed
        )
        self._parts.append(f'<div class="numbers">\n{"".join(tiles)}</div>\n')

    def section(self, title: str, meaning: str, svg: str = "") -> None:
        """Add a heading, one line of explanation, and a plot."""
        self._parts.append(f"<h2>{escape(title)}</h2>\n<p>{escape(meaning)}</p>\n")
        if svg:
            self._parts.append(f'<div class="plot">{svg}</div>\n')

    def frames(self, captions: Sequence[str], images: Sequence[np.ndarray]) -> None:
        """Add frames of the video: captions, and their images (H, W, 3) BGR, or none."""
        self._parts.append('<div class="frames">\n')
        for index, caption in enumerate(captions):
            shown = f'<img alt="{escape(caption)}" src="{_jpeg(images[index])}">' if index < len(images) else ""
            self._parts.append(f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>\n")
        self._parts.append("</div>\n")

    def text(self) -> str:
        """The whole page."""
        return "".join(self._parts) + "</body></html>\n"


def _text(number: Number) -> str:
    if number.value is None:
        return "–"
    digits = 0 if number.value == round(number.value) or abs(number.value) >= 100 else 2 if number.value < 10 else 1
    unit = "frame" if number.unit == "frames" and number.value == 1 else number.unit
    return f"{number.value:.{digits}f} {escape(unit)}".strip()


def _jpeg(image: np.ndarray) -> str:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 82])
    assert done
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"
