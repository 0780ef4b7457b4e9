"""`vtm eval --people`: several rendered people in one picture, who is followed as whom, and how accurately."""

from pathlib import Path

from rich.console import Console

from vtm_tools.cli.progress import progress
from vtm_tools.evaluation.people import judge, scenes_in
from vtm_tools.evaluation.people_report import document, show
from vtm_tools.evaluation.people_sheet import draw_sheet
from vtm_trt.engine.backends import Runner
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.stream.people_stream import PeopleStream

MOST_PEOPLE = 4
"""Who are in the fullest scene."""


def judge_people(runner: Runner, folder: Path, pose_model: str, backend: str, console: Console, sheet: Path | None):
    """Judge every scene of a folder live, without look-ahead, and print tables.

    Args:
        runner: The motion network.
        folder: Of `scripts/render_people.py`.
        pose_model: The 2D network.
        backend: What runs it.
        console: Where to print.
        sheet: A .png of the worst frames, None for none.

    Returns:
        The document.
    """
    scenes = scenes_in(folder)
    stream = PeopleStream(PeopleTracker(MOST_PEOPLE, pose_model, backend), backend=backend, runner=runner)
    judged = [judge(stream, scene) for scene in progress(scenes, "scenes", len(scenes))]
    found = document(judged)
    show(console, found)
    if sheet:
        draw_sheet(sheet, judged)
    return found
