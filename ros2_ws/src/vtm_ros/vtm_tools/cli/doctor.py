"""`vtm doctor`: what this machine has, what will be used, and what is missing."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vtm_tools.bench.machine import today
from vtm_tools.cli.options import Json
from vtm_tools.cli.outputs import STDOUT, check_outputs, write_json, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.cli.tables import table_console
from vtm_tools.doctor.examine import examine
from vtm_tools.doctor.finding import Finding, Place
from vtm_tools.doctor.probes import PROBES

MARKS = {"good": ("ok", "green"), "absent": ("-", "dim"), "lacking": ("!", "yellow"), "broken": ("X", "bold red")}
CANNOT = 1
"""Exit code where capture cannot run."""


def doctor(
    json_file: Json = None,
) -> None:
    """Look at this machine: what it has, what will run the networks, and what is missing, with the command to get it.

    The exit code is 0 when capture can run here, and 1 when it cannot.
    """
    check_outputs({".json": json_file}, [])
    findings = list(progress(examine(PROBES, Place()), "looking"))
    able = all(finding.state != "broken" for finding in findings)
    _show(table_console(json_file == STDOUT), findings, able)
    found = {"date": today(), "can_capture": able, "findings": [asdict(finding) for finding in findings]}
    with written_together(json_file) as part:
        write_json(found, json_file, part)
    if not able:
        raise typer.Exit(CANNOT)


def _show(console: Console, findings: Sequence[Finding], able: bool) -> None:
    table = Table.grid(padding=(0, 1))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for topic, group in groupby(findings, lambda finding: finding.topic):
        table.add_row("", Text(topic, style="bold"))
        for finding in group:
            mark, style = MARKS[finding.state]
            table.add_row(Text(f"{mark:>4}", style=style), finding.name, Text(finding.value))
        table.add_row()
    console.print(table)
    for remedy, what in {finding.remedy: f"{finding.topic}, {finding.name}" for finding in findings}.items():
        if remedy:
            console.print(Text(f"{what}:\n    {remedy}"), soft_wrap=True)
    verdict = "Capture can run here." if able else "Capture cannot run here."
    console.print(Text(verdict, style="green" if able else "bold red"))
