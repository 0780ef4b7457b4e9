"""The program `vtm`. A command is one function in a module of its own and one line here."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException

from vtm.errors import VtmError
from vtm_tools.cli.batch import batch
from vtm_tools.cli.bench import bench
from vtm_tools.cli.build import build
from vtm_tools.cli.calibrate import calibrate_camera
from vtm_tools.cli.capture import capture
from vtm_tools.cli.data import data
from vtm_tools.cli.doctor import doctor
from vtm_tools.cli.eval import evaluate
from vtm_tools.cli.export import export
from vtm_tools.cli.fuse import fuse
from vtm_tools.cli.lift import lift
from vtm_tools.cli.recover import recover
from vtm_tools.cli.render import render
from vtm_tools.cli.report import report
from vtm_tools.cli.retarget import retarget
from vtm_tools.cli.robot import robot
from vtm_tools.cli.train import train
from vtm_tools.cli.train_hands import train_hands
from vtm_tools.cli.view import view

USER_FAULT = 2
RENAMED = {"--picture": "--overview"}
"""Options by the names of the last release, which are still understood in this one."""

app = typer.Typer(
    name="vtm", rich_markup_mode="rich", pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
app.command()(capture)
app.command()(batch)
app.command()(lift)
app.command()(fuse)
app.command()(train)
app.command("train-hands")(train_hands)
app.add_typer(data, name="data")
app.command("eval")(evaluate)
app.command()(bench)
app.command()(build)
app.command()(render)
app.command()(view)
app.command()(report)
app.command()(export)
app.command()(robot)
app.command()(retarget)
app.command("calibrate")(calibrate_camera)
app.command()(recover)
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vtm {version('vtm_ros')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def vtm(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """One person's complete motion from one camera: joint rotations, position and bone lengths.

    [bold]Examples[/bold]

    vtm capture clip.mp4 --out motion.npz --overview look.png

    vtm capture clip.mp4 --out motion.npz --bvh motion.bvh --intrinsics camera.yaml --subject-height 1.75

    vtm batch videos/ --out motion/

    vtm lift keypoints.npz --out motion.npz

    vtm fuse cam1.npz cam2.npz --cameras Calib.toml --out motion.npz

    vtm report motion.npz --out report.html

    vtm export motion.npz --out motion.glb

    vtm robot robot.urdf --out robot.yaml

    vtm retarget motion.npz --robot robot.yaml --out commands.npz
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _renamed(args: list[str]) -> list[str]:
    """The arguments with today's names of options; a note says which are old."""
    today = []
    for word in args:
        name, equals, value = word.partition("=")
        if name in RENAMED:
            note = f"note: {name} is called {RENAMED[name]} now; the next release knows that name alone"
            print(note, file=sys.stderr)
        today.append(RENAMED.get(name, name) + equals + value)
    return today


def main(args: list[str] | None = None) -> int:
    """Run the program.

    Args:
        args: Its arguments; by default those of the process.

    Returns:
        The exit code, 2 for a fault of the user's, 130 for Ctrl-C. `vtm doctor` has 1 where capture cannot run,
        `vtm batch` where some videos failed.
    """
    try:
        return app(_renamed(sys.argv[1:] if args is None else args), prog_name="vtm", standalone_mode=False) or 0
    except VtmError as fault:
        message = str(fault)
    except TyperException as fault:
        context = getattr(fault, "ctx", None)
        program = context.command_path if context else "vtm"
        message = f"{fault.format_message().rstrip('.')}; see {program} --help"
    print(f"error: {message}", file=sys.stderr)
    return USER_FAULT


if __name__ == "__main__":
    sys.exit(main())
