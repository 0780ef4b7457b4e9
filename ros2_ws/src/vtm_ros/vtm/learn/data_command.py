"""`vtm data`: motion clips to learn from."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from vtm.learn.data.clip_file import write_clips
from vtm.learn.data.importer import Wishes, find_recordings, import_recordings, plain_subject

data = typer.Typer(help="Motion clips to learn from: import recordings, inspect clips.", no_args_is_help=True)


@data.command("import")
def import_(
    recordings: Annotated[list[Path], typer.Argument(help="BVH and AMC files (with their ASF), clip files, folders.")],
    out: Annotated[Path, typer.Option(help="Clip file to write, with index.csv beside it, in a folder of its own.")],
    val_subjects: Annotated[str | None, typer.Option(help="Subjects to hold out, like 06,07.")] = None,
    val_share: Annotated[float, typer.Option(min=0, max=1, help="Else: the share of subjects to hold out.")] = 0.1,
    subject: Annotated[str | None, typer.Option(help="Who moves; else from names like 06_01, or the folder's.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the recordings are from; else the folder's name.")] = None,
    fps: Annotated[float | None, typer.Option(min=1, help="Frames per second; else the file's, AMC: 120.")] = None,
    scale: Annotated[float | None, typer.Option(help="Metres per unit; else by the person's height.")] = None,
    rest_frame: Annotated[int | None, typer.Option(min=0, help="A frame in T- or A-pose, if the rest pose is not.")]
    = None,
) -> None:  # fmt: skip
    """Bring motion capture of any skeleton onto the 22 joints: z up, metres, 60 frames/s, feet on the ground."""
    held_out = None if val_subjects is None else frozenset(plain_subject(name) for name in val_subjects.split(","))
    wishes = Wishes(fps, scale, rest_frame, subject, source, held_out, val_share)
    files = find_recordings(recordings)
    console = Console(stderr=True)
    bar = track(files, "importing", console=console, transient=True, disable=not console.is_terminal)
    result = import_recordings(bar, wishes)
    write_clips(out, result.clips)
    for reason in result.left_out:
        typer.echo(f"left out: {reason}", err=True)
    for split in ("train", "val"):
        entries = [entry for entry, _ in result.clips if entry.split == split]
        minutes = sum(entry.seconds for entry in entries) / 60
        subjects = len({entry.subject for entry in entries})
        typer.echo(f"{split}: {len(entries)} clips, {minutes:.1f} minutes, {subjects} subjects")
    typer.echo(f"{out} is ready, with {len(result.left_out)} of {len(files)} files left out")
