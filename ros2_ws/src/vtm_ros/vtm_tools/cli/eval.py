"""`vtm eval`: how accurate the motion is, judged on clips whose true motion is known."""

import hashlib
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm_tools.cli.eval_people import judge_people
from vtm_tools.cli.eval_samples import Samples, judge_samples
from vtm_tools.cli.eval_world import judge_prediction, judge_world
from vtm_tools.cli.options import Backend, PoseModel, SubjectHeight
from vtm_tools.cli.outputs import STDOUT, check_outputs, write_json, written_together
from vtm_tools.cli.refuse import refuse
from vtm_tools.cli.tables import table_console
from vtm_tools.evaluation.pose2sim import VIDEOS
from vtm_tools.evaluation.report import document
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.lifter import motion_network
from vtm_trt.stream.person_stream import MotionStream

LOOKAHEADS = (0, 2, 4, 8)
WINDOWS, RECORDINGS = 256, 32
QUICK_LOOKAHEADS, QUICK_WINDOWS = (0, 8), 32


def evaluate(
    clips: Annotated[
        Path | None, typer.Option(help="Held-out motion capture (cmu_clips.npz), with index.csv beside it.")
    ] = None,
    renders: Annotated[
        int, typer.Option(min=0, help="Also render so many windows of --clips as pictures, and evaluate from those.")
    ] = 0,
    pose2sim: Annotated[
        Path | None, typer.Option(help="Reference (.npz) for Pose2Sim's sample clip; runs from the videos.")
    ] = None,
    keypoints: Annotated[
        list[Path] | None,
        typer.Option(help="Keypoint file (.npz) of your own; needs --truth. Once for each of several people."),
    ] = None,
    truth: Annotated[
        list[Path] | None, typer.Option(help="The true motion of --keypoints, a motion.npz; in the same order.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "--json", "-o", help="Also write all numbers to a .json file.")
    ] = None,
    overview: Annotated[
        Path | None, typer.Option(help="Also draw the worst cases, the reliability and the joints (.png).")
    ] = None,
    windows: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Windows of 80 frames of the held-out motion capture \\[default: {WINDOWS}], or, with --world and "
            f"--prediction, recordings of 10 s \\[default: {RECORDINGS}].",
        ),
    ] = None,
    world: Annotated[
        bool,
        typer.Option("--world", help="Judge --clips in the world instead: the refinement's stages on and off."),
    ] = False,
    prediction: Annotated[
        bool, typer.Option("--prediction", help="Judge instead how well the pose up to 200 ms ahead is told.")
    ] = False,
    people: Annotated[
        Path | None,
        typer.Option(
            help="Judge instead several people in one picture: scenes of scripts/render_people.py in a folder."
        ),
    ] = None,
    lookahead: Annotated[
        list[int] | None, typer.Option(help="Frames of look-ahead; may be repeated. \\[default: 0, 2, 4 and 8]")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help=f"{QUICK_WINDOWS} windows and look-ahead 0 and 8: a minute's look.")
    ] = False,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Treat every clip as a recording, as vtm lift and vtm capture do.")
    ] = False,
    videos: Annotated[Path, typer.Option(help="Folder of Pose2Sim's videos.")] = VIDEOS,
    network: Annotated[Path | None, typer.Option(help="A VTM network (.onnx) in place of the shipped one.")] = None,
    subject_height: SubjectHeight = None,
    pose_model: PoseModel = "full",
    backend: Backend = "auto",
) -> None:
    """Judge the motion on clips whose true motion is known, run frame by frame as everybody runs it.

    docs/accuracy.md defines the scores. Projecting motion capture needs the extra `train` (PyTorch).

    [bold]Examples[/bold]

    vtm eval --clips cmu_clips.npz --out accuracy.json --overview worst.png

    vtm eval --keypoints keypoints.npz --truth motion.npz

    vtm eval --clips cmu_clips.npz --world --out world.json --overview world.png

    vtm eval --people scenes/ --out people.json --overview worst.png
    """
    check_outputs({".json": out, ".png": overview}, [])
    refuse({
        "--keypoints and --truth belong together: give the keypoints and the true motion of one clip, or of as many":
            len(keypoints or ()) != len(truth or ()),
        "--renders shows the motion of --clips: give the motion capture, too": renders and not clips,
        "--world and --prediction go with --clips alone, one at a time: vtm eval --clips FILE --world":
            (world or prediction)
            and (not clips or world == prediction or renders or pose2sim or keypoints or recorded),
        "--people judges the scenes of its folder live, and nothing else: vtm eval --people FOLDER":
            people and (clips or renders or pose2sim or keypoints or recorded or lookahead),
    })  # fmt: skip
    lookaheads = tuple(sorted(set(lookahead))) if lookahead else QUICK_LOOKAHEADS if quick else LOOKAHEADS
    if world or prediction:
        lookaheads = lookaheads[:1]
    inputs = load_runner(network or model_path("vtm"), backend, threads=1).input_shapes
    if "select" not in inputs:
        raise VtmError(f"{network} is a network, but not VTM's; give the vtm.onnx of a training run")
    runner = motion_network(backend, network)
    streams = [MotionStream(None, frames, subject_height, runner=runner) for frames in lookaheads]
    console = table_console(out == STDOUT)
    if people or world or prediction:
        with written_together(out, overview) as part:
            picture = part[overview] if overview else None
            if people:
                judged = {"people": judge_people(runner, people, pose_model, backend, console, picture)}
            elif clips:
                judge = judge_world if world else judge_prediction
                judged = judge(streams[0], clips, windows or RECORDINGS, console, picture)
            write_json(_document(judged, network, streams[0]), out, part)
        return
    windows = windows or (QUICK_WINDOWS if quick else WINDOWS)
    samples = Samples(clips, windows, renders, pose2sim, videos, keypoints or (), truth or ())
    examples = samples.examples(lambda: PoseTracker(pose_model, backend), "image" in inputs)
    found = judge_samples(streams, examples, recorded, console)
    with written_together(out, overview) as part:
        numbers = {title: document(judged) for title, judged in found.items()}
        write_json(_document(numbers, network, streams[0]), out, part)
        if overview:
            from vtm_tools.evaluation.figure import draw_figure

            draw_figure(part[overview], [(title, judged[0]) for title, judged in found.items()])


def _document(data: dict, network: Path | None, stream: MotionStream) -> dict:
    path = network or model_path("vtm")
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "vtm": version("vtm_ros"),
        "network": {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "runs_on": stream.description,
        "data": data,
    }
