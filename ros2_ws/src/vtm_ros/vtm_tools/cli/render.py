"""`vtm render`: a motion file to a film."""

from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.outputs import check_outputs, written_together
from vtm_tools.cli.progress import progress

WIDTHS = {".mp4": 1280, ".webm": 1280, ".gif": 640, ".png": 640}
GIF_FPS = 10.0
"""A .gif shows about so many frames a second unless --every says otherwise."""


def render(
    motions: Annotated[
        list[Path],
        typer.Argument(
            metavar="MOTION...",
            help="Motion file (.npz) of vtm capture; several of one video are shown together.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Film (.mp4, .webm or .gif), or a sheet of a few moments (.png)."),
    ],
    video: Annotated[Path | None, typer.Option(help="The video it was captured from, to draw over.")] = None,
    width: Annotated[
        int | None, typer.Option(min=120, max=7680, help="Of the pictures, pixels. \\[default: 1280; .gif, .png: 640]")
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, help="Show every N-th frame. \\[default: 1; .gif: about 10 frames/s]")
    ] = None,
) -> None:
    """Show a motion as a film: the person over the video, and the body from the camera, its right and above.

    Left is blue, right is orange; a foot that stands is green. Several people are shown over their video, each with a
    number and in a colour. Browsers play .webm and .gif, and .mp4 where OpenCV can
    write H.264, which its Python wheels cannot.

    [bold]Example[/bold]  vtm render motion.npz --video clip.mp4 --out film.webm
    """
    from vtm_tools.render.files import MOMENTS, write_film, write_gif, write_sheet
    from vtm_tools.render.film import Film
    from vtm_tools.render.overview import example_frames
    from vtm_tools.render.people_film import PeopleFilm

    suffix = out.suffix.lower() if out.suffix.lower() in WIDTHS else ".mp4"
    check_outputs({suffix: out}, [*motions, video])
    clips = [MotionClip.load(motion) for motion in motions]
    fps, valid = float(clips[0].fps), clips[0].valid
    film: Film | PeopleFilm
    if len(clips) == 1:
        film = Film(clips[0], video, width or WIDTHS[suffix])
    elif video is None:
        raise VtmError("several people are shown over their video; give it with --video")
    else:
        film = PeopleFilm(clips, video, width or WIDTHS[suffix])
        valid = film.valid
    step = every or (max(1, round(fps / GIF_FPS)) if suffix == ".gif" else 1)
    frames = example_frames(valid, MOMENTS) if suffix == ".png" else range(0, len(valid), step)
    pictures = progress(film.pictures(frames), "rendering", len(frames))
    codec = ""
    with written_together(out) as part:
        if suffix == ".png":
            write_sheet(part[out], pictures)
        elif suffix == ".gif":
            write_gif(part[out], pictures, fps / step)
        else:
            codec = write_film(part[out], pictures, fps / step)
    if codec == "mp4v":
        typer.echo("note: MPEG-4 Part 2, the only .mp4 this OpenCV can write: browsers play .webm, not this", err=True)
    typer.echo(f"{len(frames)} pictures of {film.size[0]}x{film.size[1]} pixels -> {out}")
