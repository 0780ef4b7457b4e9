"""`vtm data`: motion clips to learn from."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from vtm.mocap.clip_file import check_place, read_clips, read_index, write_clips
from vtm.mocap.importer import Imported, Wishes, import_recordings
from vtm.mocap.names_file import read_joint_names
from vtm.mocap.recording_files import find_recordings
from vtm.mocap.subjects import plain_subject
from vtm_tools.cli.outputs import STDOUT, write_json, written_together

data = typer.Typer(help="Motion clips to learn from: import recordings, inspect clips.", no_args_is_help=True)


@data.command("import")
def import_(
    recordings: Annotated[list[Path], typer.Argument(help="BVH, AMC (with ASF), glTF and clip files, folders.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Clip file to write, with index.csv beside it, in a folder of its own.")
    ],
    val_subjects: Annotated[str | None, typer.Option(help="Subjects to hold out, like 06,07.")] = None,
    val_share: Annotated[float, typer.Option(min=0, max=1, help="Else: the share of subjects to hold out.")] = 0.1,
    subject: Annotated[str | None, typer.Option(help="Who moves; else from names like 06_01, or the folder's.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the recordings are from; else the folder's name.")] = None,
    fps: Annotated[float | None, typer.Option(min=1, help="Frames per second; else the file's, AMC: 120.")] = None,
    scale: Annotated[float | None, typer.Option(min=0, help="Metres per unit; else by the person's height.")] = None,
    rest_frame: Annotated[int | None, typer.Option(min=0, help="A frame in T- or A-pose, if the rest pose is not.")]
    = None,
    names: Annotated[
        Path | None,
        typer.Option(help="Which joint is which: a YAML or JSON file, like left_knee: Bone_7."),
    ] = None,
    as_recorded: Annotated[bool, typer.Option("--as-recorded", help="Leave legs and necks as the files have them.")]
    = False,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Keep clips that show the motion of an earlier one.")
    ] = False,
) -> None:  # fmt: skip
    """Bring motion capture of any skeleton onto the 22 joints: z up, metres, 60 frames/s, feet on the ground.

    Give the recordings you trust most first: of clips that show the same motion the first stays.
    """
    held_out = None if val_subjects is None else frozenset(plain_subject(name) for name in val_subjects.split(","))
    known = {} if names is None else read_joint_names(names)
    wishes = Wishes(fps, scale, rest_frame, subject, source, held_out, val_share, as_recorded, keep_duplicates, known)
    check_place(out)
    files = find_recordings(recordings, out)
    console = Console(stderr=True)
    bar = track(files, "importing", console=console, transient=True, disable=not console.is_terminal)
    result = import_recordings(bar, wishes)
    write_clips(out, result.clips)
    for remark in result.remarks:
        typer.echo(remark)
    for split in ("train", "val"):
        entries = [entry for entry, _ in result.clips if entry.split == split]
        minutes = sum(entry.seconds for entry in entries) / 60
        subjects = len({entry.subject for entry in entries})
        typer.echo(f"{split}: {len(entries)} clips, {minutes:.1f} minutes, {subjects} subjects")
    again = f", and {len(result.duplicates)} clips that were there already" if result.duplicates else ""
    _say_what_is_left_out(result, console)
    typer.echo(f"{out} is ready, with {len(dict(result.left_out))} of {len(files)} files left out{again}")


def _say_what_is_left_out(result: Imported, console: Console) -> None:
    """A table for people, a line each for programs."""
    if console.is_terminal and result.left_out:
        table = Table("left out", "why", title="What was left out")
        for file, reason in result.left_out:
            table.add_row(escape(file.name), escape(reason.removeprefix(f"{file}, ").removeprefix(f"{file} ")))
        console.print(table)
    for file, reason in () if console.is_terminal else result.left_out:
        typer.echo(f"left out: {reason if str(file) in reason else f'{file}: {reason}'}", err=True)
    for reason in result.duplicates:
        typer.echo(f"left out: {reason}", err=True)


@data.command()
def inspect(
    clips: Annotated[list[Path], typer.Argument(help="Clip files, each beside its index.csv.")],
    overview: Annotated[Path | None, typer.Option(help="Draw a page of poses: a .png file.")] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write all numbers (.json), with every joint angle's range; with - print them."),
    ] = None,
) -> None:  # fmt: skip
    """Say what clip files hold: minutes, subjects, speeds, postures, how people stand, bad frames; and show it."""
    from vtm.mocap.contact_sheet import draw_contact_sheet
    from vtm.mocap.statistics import statistics

    rows, loaded = [], []
    for file in clips:
        rows += (own := read_index(file))
        loaded += read_clips(file, [row["clip"] for row in own])
    numbers = statistics(rows, loaded)
    title = ", ".join(file.name for file in clips)
    table = Table("what", "how much", title=title)
    for name, value in numbers.items():
        for what, how_much in _rows(name, value):
            table.add_row(what, how_much)
    Console(quiet=json_file == STDOUT).print(table)
    with written_together(json_file) as part:
        write_json(numbers, json_file, part)
    if overview is not None:
        names = [row["clip"] for row in rows]
        draw_contact_sheet(overview, list(zip(names, loaded, strict=True)), title)


def _rows(name: str, value: Any) -> list[tuple[str, str]]:
    """The rows of the table that show a number, or numbers by name."""
    match name:
        case "splits":
            return [(split, _share(part)) for split, part in value.items()]
        case "subjects":
            return [("minutes by subject", _first({subject: part["minutes"] for subject, part in value.items()}))]
        case "bad_clips":
            return [("bad frames by clip", _first(value) or "none")]
        case "stance":
            return [(f"stance p5/p25/p50, {source}", _stance(found)) for source, found in value.items()]
        case "angles_deg":
            return []
    text = ", ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else str(value)
    return [(name.replace("_", " "), text)]


def _share(part: dict) -> str:
    return f"{part['minutes']:.1f} minutes, {part['clips']} clips, {len(part['subjects'])} subjects"


def _stance(found: dict) -> str:
    """Like: knees 3/5/8°, elbows 8/11/15°, neck -4/6/17°."""
    parts = (("knees", "knee_deg"), ("elbows", "elbow_deg"), ("neck", "neck_deg"))
    said = [f"{part} {'/'.join(f'{value:.0f}' for value in found[key])}°" for part, key in parts if key in found]
    return ", ".join(said) or "nobody stands"


def _first(numbers: dict, count: int = 12) -> str:
    return ", ".join(f"{key} {number}" for key, number in list(numbers.items())[:count]) + (
        ", …" if len(numbers) > count else ""
    )
