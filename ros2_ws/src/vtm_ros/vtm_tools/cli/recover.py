"""`vtm recover`: a recording that was cut off or damaged, made whole."""

from pathlib import Path
from typing import Annotated

import typer

from vtm_tools.cli.outputs import check_outputs
from vtm_trt.session_log.session import recover as recovered


def recover(
    recording: Annotated[Path, typer.Argument(help="Recording (.mcap) of the capture node.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="New recording (.mcap) to write. \\[default: NAME.recovered.mcap beside NAME.mcap]"
        ),
    ] = None,
) -> None:
    """Complete a recording whose node was killed, whose disk was full, or whose file was damaged.

    Writes a new MCAP file with its index and, beside it, motion (.npz) and BVH; says what was lost. The recording
    itself stays as it is.

    [bold]Example[/bold]  vtm recover ~/.ros/vtm/2026-01-31_12-00-00_capture.mcap
    """
    check_outputs({".mcap": out}, [recording])
    recovery = recovered(recording, out)
    typer.echo(f"{recovery.losses} -> {', '.join(str(path) for path in recovery.files)}")
