"""`vtm export`: a motion file for other programs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vtm.body.skeleton import BODY, NUM_JOINTS
from vtm.body.urdf import urdf
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.options import Motions
from vtm_tools.cli.outputs import check_outputs, counted, written_together
from vtm_tools.export.angle_table import write_angles
from vtm_tools.export.bvh_file import write_named_bvh
from vtm_tools.export.glb import write_glb
from vtm_tools.export.parquet import write_parquet
from vtm_tools.export.people_files import numbered, person_file
from vtm_tools.export.retargeting import write_bodies
from vtm_tools.export.usd import USD, write_usd
from vtm_tools.export.world import WorldMotion, in_one_world

SUFFIXES = (".glb", ".bvh", ".csv", ".npz", ".parquet", ".urdf", *USD)
NAMED = (".glb", ".bvh")
"""Those whose joints --names names."""


def export(
    motions: Motions,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o",
            help="File to write; an older one is replaced. .glb: skeleton, body and motion (glTF); .bvh: for animation "
            "programs; .csv: joint angles; .npz: every body's pose, for retargeting to robots; .parquet: all of it, to "
            "learn from; .urdf: the person's body for simulators; .usda, .usd, .usdc, .usdz: skeleton, body and motion "
            "(UsdSkel). Of several people each has a file, m.person_1.glb and so on.",
        ),
    ],
    names: Annotated[
        Literal["smplx", "blender", "motionbuilder", "mixamo", "lafan1"] | None,
        typer.Option(help="Whose joint names .glb and .bvh use. \\[default: smplx]"),
    ] = None,
) -> None:  # fmt: skip
    """Write a motion for other programs, upright and on the ground as the standing feet tell them.

    Several people of one video stay in one world, on one ground.

    [bold]Example[/bold]  vtm export motion.npz --out motion.glb --names blender
    """
    suffix = out.suffix.lower()
    if suffix not in SUFFIXES:
        raise VtmError(f"cannot write {out}: the name must end in one of {', '.join(SUFFIXES)}, which tells the format")
    if names and suffix not in NAMED:
        raise VtmError(f"--names is for {' and '.join(NAMED)} alone; leave it out")
    check_outputs({suffix: out}, list(motions))
    clips = [MotionClip.load(motion) for motion in motions]
    files = [out] if len(clips) == 1 else [person_file(out, number) for number in numbered(clips)]
    for file in files:
        check_outputs({suffix: file}, list(motions))
    worlds = in_one_world(clips)
    with written_together(*files) as part:
        for file, clip, world in zip(files, clips, worlds, strict=True):
            _write(part[file], suffix, clip, world, names or "smplx")
    for file, world in zip(files, worlds, strict=True):
        typer.echo(f"{counted(len(world.stamps), 'frame')}, person in {100 * world.valid.mean():.1f} % -> {file}")


def _write(path: Path, suffix: str, clip: MotionClip, world: WorldMotion, names: str) -> None:
    if suffix == ".glb":
        write_glb(path, world, names)
    elif suffix == ".bvh":
        write_named_bvh(path, world, names)
    elif suffix == ".csv":
        write_angles(path, world)
    elif suffix == ".parquet":
        write_parquet(path, world, clip)
    elif suffix in USD:
        write_usd(path, world)
    elif suffix == ".urdf":
        text = urdf(world.offsets[:NUM_JOINTS], hands=world.skeleton is not BODY, physical=True)
        path.write_text(text, encoding="utf-8")
    else:
        write_bodies(path, world)
