"""`vtm retarget`: a motion file to commands for a robot."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from vtm.files.motion_file import MotionClip
from vtm_tools.cli.datasets import HDF5, dataset_at, dataset_rate
from vtm_tools.cli.options import Json
from vtm_tools.cli.outputs import STDOUT, check_outputs, counted, write_json, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.cli.refuse import refuse

FILM_FPS = 30.0
FILES = (".npz", ".csv", *HDF5)
WHOLE = ("arms", "trunk", "head", "legs")


def retarget(
    motion: Annotated[Path, typer.Argument(help="Motion file (.npz) of vtm capture.", show_default=False)],
    robot: Annotated[Path, typer.Option(help="Profile (.yaml) of vtm robot, or a URDF, which is then drafted.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o",
            help="Commands to write: .npz or .csv, an older file is replaced. Or a dataset, which is made, or gains an "
            "episode: a folder for LeRobot, .hdf5 for robomimic.",
        ),
    ],
    layout: Annotated[
        Literal["twist2", "sonic", "gmr"] | None,
        typer.Option("--format", help="Write .npz as these policies take it; the legs follow, too."),
    ] = None,
    groups: Annotated[
        str | None, typer.Option(help="What follows: some of arms,trunk,head,legs. \\[default: as the profile has it]")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1, max=1000, help="Commands per second. \\[default: as many as frames]")
    ] = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Limbs of which the capture is less sure stand still.")
    ] = 0.3,
    task: Annotated[str, typer.Option(help="What the robot does, in words, for a dataset.")] = "follow the person",
    video: Annotated[
        Path | None, typer.Option(help="Film (.mp4, .webm or .gif) of the robot beside the person.")
    ] = None,
    json_file: Json = None,
) -> None:  # fmt: skip
    """Let a robot follow a captured motion, within its limits and clear of itself.

    Where nobody was seen, or not surely enough, the robot holds and `valid` is false.

    [bold]Example[/bold]  vtm retarget motion.npz --robot g1.yaml --out commands.npz --video look.mp4
    """
    from vtm_robot.fingers.recording import add_fingers
    from vtm_robot.formats.commands import write_csv, write_npz
    from vtm_robot.formats.policies import write_policy
    from vtm_robot.profile.model import load_robot, robot_model, urdf_of
    from vtm_robot.retarget.recording import follow
    from vtm_tools.export.episode import episode_of
    from vtm_tools.robot import report
    from vtm_tools.robot.film import RobotFilm
    from vtm_tools.robot.poses import hands_of, poses_of
    from vtm_tools.robot.skin import read_skin

    suffix = out.suffix.lower()
    refuse({
        f"cannot write {out}: the name must end in {', '.join(FILES)}, or be a LeRobot dataset's folder":
            suffix not in FILES and not layout and suffix and not out.is_dir(),
        f"--format {layout} is a .npz; name --out so, or leave --format out":
            layout and suffix in FILES and suffix != ".npz",
    })  # fmt: skip
    suffix = suffix if suffix in FILES else ".npz"
    film_suffix = video.suffix.lower() if video and video.suffix.lower() in (".mp4", ".webm", ".gif") else ".mp4"
    dataset = None if layout else dataset_at(out)
    folder = dataset is not None and suffix not in HDF5
    check_outputs({suffix: None if folder else out, film_suffix: video, ".json": json_file}, [motion, robot])
    model = load_robot(robot)
    chosen = tuple(groups.split(",")) if groups else WHOLE if layout else model.profile.groups
    unknown = ", ".join(group for group in chosen if group not in WHOLE)
    refuse({f"there is no group {unknown}; --groups takes some of {','.join(WHOLE)}": unknown})
    model = robot_model(model.tree, replace(model.profile, groups=chosen))
    clip = MotionClip.load(motion)
    if dataset:
        rate = dataset_rate(dataset, model.tree.name, model.tree.names, rate, float(clip.fps))
    stamps, poses, level = poses_of(clip, rate)
    first = next((pose for pose in poses if pose is not None), None)
    followed = follow(model, stamps, progress(poses, "following", len(poses)), min_confidence, first)
    hands, fingers = hands_of(clip, stamps), ""
    if hands:
        followed, names = add_fingers(followed, model, *hands)
        fingers = f"fingers that follow: {', '.join(names)}" if names else "no fingers of the robot are known by name"
    found = report.numbers(model, followed)
    skin = read_skin(urdf_of(robot), model.tree) if video else None
    with written_together(None if dataset else out, video, json_file) as part:
        if layout:
            write_policy(part[out], layout, model.tree, followed)
        elif not dataset:
            (write_csv if suffix == ".csv" else write_npz)(part[out], followed)
        write_json(found, json_file, part)
        if video:
            _write_film(part[video], RobotFilm(model, followed, poses, skin), len(stamps), followed.rate)
        episodes = dataset.add(episode_of(followed, poses, model.tree.name, task)) if dataset else 0
    if json_file == STDOUT:
        return
    Console().print(report.table(found))
    for sentence in filter(None, [*report.sentences(found), fingers, level, skin.note if skin else None]):
        typer.echo(sentence)
    joints = f"of {len(model.tree.names)} joints"
    if dataset:
        resampled = "" if rate == clip.fps else f", resampled from {clip.fps:g}/s"
        kind = "" if episodes > 1 else "a new LeRobot dataset, " if folder else "a new file, "
        steps = counted(len(stamps) - 1, "step")
        typer.echo(f"{steps} {joints} at {rate:g}/s{resampled} -> episode {episodes - 1} of {kind}{out}")
    else:
        typer.echo(f"{counted(len(stamps), 'command')} {joints} -> {out}")


def _write_film(path: Path, film, count: int, rate: float) -> None:
    """So many commands at a rate per second, at the film's rate."""
    from vtm_tools.render.files import write_film, write_gif

    step = max(1, round(rate / FILM_FPS))
    frames = range(0, count, step)
    pictures = progress(film.pictures(frames), "filming", len(frames))
    if path.suffix.lower() == ".gif":
        write_gif(path, pictures, rate / step)
    else:
        write_film(path, pictures, rate / step)
