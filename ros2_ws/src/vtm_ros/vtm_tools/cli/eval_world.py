"""`vtm eval --world` and `--prediction`: recordings of ten seconds, by cameras whose pose is known."""

from pathlib import Path

from rich.console import Console

from vtm.samples.held_out_world import held_out_recordings
from vtm_tools.cli.progress import progress
from vtm_tools.evaluation.prediction import predicted
from vtm_tools.evaluation.world import CHOICES, lifted, refined, without_poses
from vtm_tools.evaluation.world_report import prediction_document, show_prediction, show_world, world_document
from vtm_trt.stream.person_stream import MotionStream

NETWORK, ALL = next(iter(CHOICES)), "teleop"
UNTOLD = "moving cameras, turning untold"


def judge_world(stream: MotionStream, clips: Path, count: int, console: Console, picture: Path | None) -> dict:
    """Judge every choice of the refinement on recordings by cameras whose pose is known, and print tables.

    The cameras stand or move; besides, standing ones of which the program knows nothing, and moving ones whose angular
    velocity the network is not told.

    Args:
        stream: What lifts the keypoints.
        clips: The clip file.
        count: Recordings of each kind of camera.
        console: Where to print.
        picture: A .png of the results, None for none.

    Returns:
        The document, by kind of camera.
    """
    documents, cases = {}, {}
    for moving in (False, True):
        examples = held_out_recordings(clips, count, moving)
        kind = "moving" if moving else "standing"
        motions = lifted(stream, progress(examples, f"{kind} cameras", count))
        data = {f"{kind} cameras of known pose": (motions, CHOICES)}
        if moving:
            untold = lifted(stream, progress(examples, f"{kind} cameras again", count), told=False)
            data[UNTOLD] = untold, {name: CHOICES[name] for name in (NETWORK, ALL)}
        else:
            data["standing cameras of unknown pose"] = [without_poses(one) for one in motions], CHOICES
        for title, (said, chosen) in data.items():
            choices = progress(chosen.items(), title, len(chosen))
            found = {name: refined(choice, examples, said) for name, choice in choices}
            show_world(console, title, examples, found)
            documents[title] = world_document(examples, found)
            if title != UNTOLD:
                cases[title] = (examples, found[NETWORK], found[ALL])
    if picture:
        from vtm_tools.evaluation.world_figure import draw_world

        draw_world(picture, cases)
    return documents


def judge_prediction(stream: MotionStream, clips: Path, count: int, console: Console, picture: Path | None) -> dict:
    """Judge the prediction on recordings by standing and by moving cameras, and print tables.

    Args:
        stream: What lifts the keypoints.
        clips: The clip file.
        count: Recordings of each kind of camera.
        console: Where to print.
        picture: A .png of the results for standing cameras, None for none.

    Returns:
        The document, by kind of camera.
    """
    documents = {}
    for kind, moving in (("standing", False), ("moving", True)):
        examples = held_out_recordings(clips, count, moving)
        found = predicted(stream, examples)
        show_prediction(console, f"{kind} cameras", examples, found)
        documents[f"prediction, {kind} cameras"] = prediction_document(examples, found)
        if picture and not moving:
            from vtm_tools.evaluation.world_figure import draw_prediction

            draw_prediction(picture, examples[0].fps, found)
    return documents
