"""`vtm recover`: a recording that was cut off, made whole."""

from pathlib import Path
from typing import Annotated

import typer

from vtm_trt.journal.session import recover as recovered


def recover(
    recording: Annotated[Path, typer.Argument(help="Recording (.mcap) of the capture node.", show_default=False)],
) -> None:
    """Complete a recording whose node was killed or whose disk was full.

    Writes the index of the MCAP file and, beside it, motion (.npz) and BVH.

    [bold]Example[/bold]  vtm recover ~/.ros/vtm/2026-01-31_12-00-00_capture.mcap
    """
    typer.echo(f"-> {', '.join(str(path) for path in recovered(recording))}")
