"""`vtm report`: what can be said of a motion file, as a page and as numbers."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.options import Json
from vtm_tools.cli.outputs import STDOUT, check_outputs, counted, write_json, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.report.figures import Number, bones, numbers, worst_frames
from vtm_tools.report.page import Page
from vtm_tools.report.remarks import remarks
from vtm_tools.report.series import Series, series
from vtm_tools.report.thumbnail import thumbnail

SHOWN = 20
"""Faults that the page lists."""


def report(
    motion: Annotated[Path, typer.Argument(help="Motion file (.npz), see docs/formats.md.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Page (.html) to write; an older one is replaced.")
    ] = None,
    video: Annotated[Path | None, typer.Option(help="The video of this motion: shows the worst frames.")] = None,
    json_file: Json = None,
) -> None:
    """Say how good a motion is as far as it tells by itself: tracking, steadiness, feet, bones, angles, worst frames.

    How far it is from the truth only `vtm eval` knows. The page needs nothing else and opens offline.

    [bold]Example[/bold]  vtm report motion.npz --out report.html --video clip.mp4
    """
    check_outputs({".html": out, ".json": json_file}, [motion, video])
    if not out and not json_file:
        raise VtmError("nothing to write: give --out report.html, --json numbers.json, or --json -")
    clip = MotionClip.load(motion)
    found = series(clip)
    listed = numbers(clip, found)
    worst = worst_frames(found)
    told = {one.name: one.value for one in listed}
    document = {**told, "bones_m": bones(clip), "worst_frames": worst, "levelled": found.levelled}
    with written_together(out, json_file) as part:
        if out:
            part[out].write_text(_page(motion.name, clip, found, listed, worst, video), encoding="utf-8")
        write_json(document, json_file, part)
    if json_file != STDOUT:
        written = ", ".join(str(path) for path in (out, json_file) if path)
        typer.echo(f"{counted(len(clip.stamps), 'frame')}, person in {told['tracked']:.1f} % -> {written}")
        if said := _remarks(clip, found):
            typer.echo(f"note: {'; '.join(said)}")


def _remarks(clip: MotionClip, found: Series) -> list[str]:
    return remarks(clip, (), Counter(fault.kind for faults in found.faults.values() for fault in faults), left_out=())


def _page(
    name: str, clip: MotionClip, found: Series, listed: list[Number], worst: list[int], video: Path | None
) -> str:
    from vtm_tools.render.overview import read_images
    from vtm_tools.report import plots

    width, height = (int(size) for size in clip.image_size)
    images = read_images(video, worst) if video else []
    for image in images:
        if image.shape[1::-1] != (width, height):
            raise VtmError(
                f"{video} has {image.shape[1]}x{image.shape[0]} pixels, {name} {width}x{height}; give its video"
            )
    page = Page(f"Motion report: {name}", f"{len(clip.stamps)} frames of {width}x{height} pixels at {clip.fps:.4g} fps")
    page.numbers(listed)
    if said := _remarks(clip, found):
        page.section("Remarks", f"{'; '.join(said)}.")
    if found.faults:
        every = found.faults.items()
        first = [f"{found.seconds[row]:.2f} s: {fault.text}" for row, faults in every for fault in faults]
        page.section("Faults", f"{'; '.join(first[:SHOWN])}{'; ...' if len(first) > SHOWN else '.'}")
    drawn = [
        ("Confidence and fit", "Grey: nobody was seen. Fit: how far the body is from the 2D keypoints in the picture.",
         partial(plots.confidence_plot, found)),
        ("Feet", "Speed of each foot up to 2 m/s, thick while it is predicted to stand; then it should be 0.",
         partial(plots.feet_plot, found)),
        ("Path", f"Where the pelvis is, the ground being at 0 and the camera above the origin; {found.levelled}.",
         partial(plots.path_plot, found)),
        ("Bones", "Lengths of the bones that end in these joints; a file has one skeleton, so they do not change with "
         "time. Left blue, right orange.", partial(plots.bones_plot, bones(clip))),
        ("Joint angles", "The angles that joint_states carries. Left blue, right orange; jumps are flips, not motion.",
         partial(plots.angle_plots, found)),
    ]  # fmt: skip
    if clip.hand_angles.shape[1]:
        drawn.append((
            "Hands", "Confidence in both, and how far each finger is bent: the sum of its flexions. Left blue, right "
            "orange.", partial(plots.hands_plot, clip, found),
        ))  # fmt: skip
    for title, meaning, svg in progress(drawn, "drawing", len(drawn)):
        page.section(title, meaning, svg())
    page.section("Worst frames", "Those with the least confidence." + ("" if video else " --video shows them."))
    captions = [
        f"frame {frame}, {found.seconds[frame]:.2f} s, confidence {found.confidence[frame]:.2f}" for frame in worst
    ]
    page.frames(captions, [thumbnail(image, clip, frame) for image, frame in zip(images, worst, strict=False)])
    return page.text()
