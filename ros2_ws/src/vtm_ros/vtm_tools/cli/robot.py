"""`vtm robot`: a first profile of a robot."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from vtm_tools.cli.outputs import check_outputs, written_together


def robot(
    urdf: Annotated[Path, typer.Argument(help="The robot's URDF, expanded if it is a xacro.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Profile (.yaml) to write; an older one is replaced.")],
    overview: Annotated[
        Path | None, typer.Option(help="Picture (.png) of person and robot in the T-pose. \\[default: beside --out]")
    ] = None,
) -> None:
    """Draft how a robot follows a person: its limbs, T-pose and capsules, from its URDF alone.

    Look at the picture: where the robot stands as the person does, the profile is right. docs/robots.md says what to
    change where it does not.

    [bold]Example[/bold]  vtm robot g1.urdf --out g1.yaml
    """
    from vtm_robot.profile.model import draft_robot
    from vtm_robot.profile.posture import errors_deg
    from vtm_tools.robot.sheet import write_t_pose
    from vtm_tools.robot.skin import read_skin

    overview = overview or out.with_suffix(".png")
    check_outputs({".yaml": out, ".png": overview}, [urdf])
    drafted, notes = draft_robot(urdf)
    tree, profile = drafted.tree, drafted.profile
    skin = read_skin(urdf, tree)
    near = urdf.resolve().parent == out.resolve().parent
    with written_together(out, overview) as part:
        replace(profile, urdf=urdf.name if near else str(urdf.resolve())).save(part[out])
        write_t_pose(part[overview], drafted, skin)
    console = Console()
    rows = Table("limb", "upper", "lower", "T-pose off by", title=f"{tree.name}: {len(tree.names)} degrees of freedom")
    for limb in drafted.limbs:
        pose = tree.pose(drafted.t_pose)
        upper = float(np.linalg.norm(limb.bones(pose)[0]))
        lower = limb.length(pose) - upper
        off = max(errors_deg(tree, limb, drafted.t_pose, drafted.yaw))
        rows.add_row(f"{limb.side} {limb.kind}", f"{upper:.3f} m", f"{lower:.3f} m", f"{off:.1f}°")
    console.print(rows)
    links = Table("segment", "link", title="what follows what")
    for segment, link in profile.links.items():
        links.add_row(segment.replace("_", " "), link)
    console.print(links)
    for note in notes:
        typer.echo(f"guessed: {note}")
    if skin.note:
        typer.echo(skin.note)
    moving = [name for name, follows in zip(tree.names, drafted.follows, strict=True) if follows]
    typer.echo(f"{', '.join(profile.groups)} follow ({len(moving)} joints), all else rests -> {out}, {overview}")
