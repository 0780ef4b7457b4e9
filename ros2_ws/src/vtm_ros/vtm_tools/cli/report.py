"""`vtm report`: what can be said of a motion file, as a page and as numbers."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.options import Json, Motions
from vtm_tools.cli.outputs import STDOUT, check_outputs, counted, write_json, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.draw.people import person_colour
from vtm_tools.export.people_files import numbered
from vtm_tools.export.world import in_one_world
from vtm_tools.report.figures import Number, bones, numbers, worst_frames
from vtm_tools.report.page import Page
from vtm_tools.report.remarks import remarks
from vtm_tools.report.series import Series, series
from vtm_tools.report.thumbnail import thumbnail

SHOWN = 20
"""Faults that the page lists."""


def report(
    motions: Motions,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Page (.html) to write; an older one is replaced.")
    ] = None,
    video: Annotated[Path | None, typer.Option(help="The video of this motion: shows the worst frames.")] = None,
    json_file: Json = None,
) -> None:
    """Say how good a motion is as far as it tells by itself: tracking, steadiness, feet, bones, angles, worst frames.

    How far it is from the truth only `vtm eval` knows. The page needs nothing else and opens offline. Several people of
    one video are on one page, each with all of it.

    [bold]Example[/bold]  vtm report motion.npz --out report.html --video clip.mp4
    """
    check_outputs({".html": out, ".json": json_file}, [*motions, video])
    if not out and not json_file:
        raise VtmError("nothing to write: give --out report.html, --json numbers.json, or --json -")
    clips = [MotionClip.load(motion) for motion in motions]
    worlds = in_one_world(clips)
    names = [motion.name for motion in motions]
    told = [Told.of(name, clip, series(clip, world)) for name, clip, world in zip(names, clips, worlds, strict=True)]
    people = dict(zip(numbered(clips), told, strict=True)) if len(told) > 1 else {}
    documents = [one.document() for one in told]
    by_number = {str(number): one for number, one in zip(people, documents, strict=False)}
    with written_together(out, json_file) as part:
        if out:
            part[out].write_text(_page(told, people, video), encoding="utf-8")
        write_json({"people": by_number} if people else documents[0], json_file, part)
    if json_file == STDOUT:
        return
    written = ", ".join(str(path) for path in (out, json_file) if path)
    for one in told:
        whose = f"{one.name}: " if people else ""
        frames, share = counted(len(one.clip.stamps), "frame"), 100 * one.clip.valid.mean()
        typer.echo(f"{whose}{frames}, person in {share:.1f} % -> {written}")
        if one.remarks:
            typer.echo(f"note: {whose}{'; '.join(one.remarks)}")


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of one person.

    Attributes:
        name: Of the motion file.
        clip: The motion.
        found: Its quantities over time.
        numbers: What the report says in numbers.
        worst: Frames with the least confidence.
        remarks: What else is to be said, in sentences.
    """

    name: str
    clip: MotionClip
    found: Series
    numbers: list[Number]
    worst: list[int]
    remarks: list[str]

    @classmethod
    def of(cls, name: str, clip: MotionClip, found: Series) -> "Told":
        """What is told of a motion and its quantities."""
        counts = Counter(fault.kind for faults in found.faults.values() for fault in faults)
        said = remarks(clip, (), counts, left_out=())
        return cls(name, clip, found, numbers(clip, found), worst_frames(found), said)

    def document(self) -> dict[str, Any]:
        """For programs."""
        named = {one.name: one.value for one in self.numbers}
        more = {"bones_m": bones(self.clip), "worst_frames": self.worst, "levelled": self.found.levelled}
        return named | more


def _page(told: list[Told], people: dict[int, Told], video: Path | None) -> str:
    from vtm_tools.report import plots

    clip = told[0].clip
    width, height = (int(size) for size in clip.image_size)
    page = Page(
        f"Motion report: {', '.join(one.name for one in told)}",
        f"{len(clip.stamps)} frames of {width}x{height} pixels at {clip.fps:.4g} fps",
    )
    if not people:
        _write_person(page, told[0], video)
        return page.text()
    meaning = "When each of them was seen, and the ways of their pelvises over the ground, the camera above the origin."
    page.section("People", meaning, plots.people_plot({number: one.found for number, one in people.items()}))
    for number, one in people.items():
        page.person(f"Person {number}", one.name, person_colour(number))
        _write_person(page, one, video)
    return page.text()


def _write_person(page: Page, told: Told, video: Path | None) -> None:
    from vtm_tools.render.overview import read_images
    from vtm_tools.report import plots

    clip, found, worst = told.clip, told.found, told.worst
    width, height = (int(size) for size in clip.image_size)
    images = read_images(video, worst) if video else []
    for image in images:
        if image.shape[1::-1] != (width, height):
            raise VtmError(
                f"{video} has {image.shape[1]}x{image.shape[0]} pixels, {told.name} {width}x{height}; give its video"
            )
    page.numbers(told.numbers)
    if told.remarks:
        page.section("Remarks", f"{'; '.join(told.remarks)}.")
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
