"""`vtm capture --max-people`: a video of several people to a motion file of each."""

from collections.abc import Mapping
from pathlib import Path

import typer

from vtm_tools.cli.outputs import counted, unread, write_json, written_together
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.export.people_files import people_file, person_file, who_is_who
from vtm_tools.report.remarks import remarks
from vtm_trt.offline.captured import Captured
from vtm_trt.sources.video import Video


def write_people(
    video: Path,
    people: Mapping[int, Captured],
    out: Path,
    bvh: Path | None,
    overview: Path | None,
    elapsed_s: float,
    source: Video,
) -> None:
    """Write the files of each person, and who is who; say what was done.

    Args:
        video: Where they were seen.
        people: Of each number; at least one.
        out: The motion file of all, as given by the user.
        bvh: Likewise.
        overview: Likewise.
        elapsed_s: Seconds that the capture took.
        source: The video, at its end.
    """
    clips = {number: captured.clip for number, captured in people.items()}
    paths = {
        (kind, number): person_file(path, number)
        for kind, path in (("out", out), ("bvh", bvh), ("overview", overview))
        if path
        for number in clips
    }
    index = people_file(out)
    with written_together(*paths.values(), index) as part:
        for (kind, number), path in paths.items():
            if kind == "out":
                clips[number].save(part[path])
            elif kind == "bvh":
                write_even_bvh(part[path], clips[number])
            else:
                from vtm_tools.render.overview import draw_overview

                draw_overview(part[path], clips[number], video)
        write_json(who_is_who(video, out, clips), index, part)
    frames = len(next(iter(clips.values())).valid)
    shares = ", ".join(f"{number} in {100 * clip.valid.mean():.1f} %" for number, clip in clips.items())
    rate = f"{frames / elapsed_s:.1f} fps{unread(source)}"
    typer.echo(f"{counted(frames, 'frame')} at {rate}, people tracked: {shares} -> {index}")
    for number, captured in people.items():
        if said := remarks(captured.clip, captured.decisions, captured.faults):
            typer.echo(f"note: person {number}: {'; '.join(said)}")
