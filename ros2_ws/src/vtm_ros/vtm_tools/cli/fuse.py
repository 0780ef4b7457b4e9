"""`vtm fuse`: the motion files of several calibrated cameras to one."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

from vtm.errors import VtmError
from vtm.files.assemble import assemble
from vtm.files.motion_file import MotionClip
from vtm.files.rig_file import SOURCE, RigCamera, load_rig
from vtm.types import CameraPose, Motion
from vtm_tools.cli.options import Bvh, Out
from vtm_tools.cli.outputs import check_outputs, counted, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_trt.fusion.agreement import disagreement
from vtm_trt.fusion.fusion import Fused, Seat
from vtm_trt.fusion.recordings import fuse_recordings

PLACED = ("tf", SOURCE)
"""What tells a camera's place in a world that others are in, too."""
STANDS = 0.02
"""Metres, and radians, by which a camera that stands may seem to move."""
PADDED = 16
"""Pixels by which a codec's pictures may be larger than what is shown of them."""


def fuse(
    motions: Annotated[
        list[Path], typer.Argument(help="Motion files (.npz) of vtm capture, one for each camera.", show_default=False)
    ],
    out: Out,
    cameras: Annotated[
        Path | None,
        typer.Option(
            help="Where the cameras are: Pose2Sim's or Anipose's Calib.toml, Qualisys' .qca.txt, YAML or JSON. "
            "\\[default: what the motion files know of their cameras, as those have that ~/record wrote with TF]"
        ),
    ] = None,
    camera: Annotated[
        list[str] | None,
        typer.Option(help="Name in --cameras of a file's camera, once for each in the same order. "
                     "\\[default: the one that the file's name holds, else in order]"),
    ] = None,
    offset: Annotated[
        list[float] | None,
        typer.Option(help="Seconds after the first file that each began, once for each in the same order. "
                     "\\[default: all at once]"),
    ] = None,
    bvh: Bvh = None,
) -> None:  # fmt: skip
    """Fuse what several cameras, whose poses are known, saw of one person.

    The motion has the frames of the first file, and is told from its camera, whose pose it holds: so it is level, and
    has its place in the world that the cameras share. A camera that sees nobody or follows somebody else is left out,
    left and right that one has exchanged are put right.

    [bold]Example[/bold]  vtm fuse cam01.npz cam02.npz cam03.npz --cameras Calib.toml --out motion.npz
    """
    check_outputs({".npz": out, ".bvh": bvh}, [*motions, cameras])
    for given, name in ((camera, "--camera"), (offset, "--offset")):
        if given and len(given) != len(motions):
            raise VtmError(f"{name} was given {len(given)} times for {len(motions)} motion files; give it for each")
    if len(motions) < 2:
        raise VtmError("one camera alone cannot be fused; give the motion files of two or more")
    clips = [MotionClip.load(path) for path in motions]
    rig, notes = _rig(motions, clips, cameras, camera)
    _check_apart(motions, clips, rig)
    late = offset or [0.0] * len(clips)
    seen = [_seen(clip, one, late[row]) for row, (clip, one) in enumerate(zip(clips, rig, strict=True))]
    stamps = [round((float(stamp) + late[0]) * 1e9) for stamp in clips[0].stamps]
    seat = Seat(rig[0].pose, rig[0].lens, rig[0].name)
    began = perf_counter()
    fused = fuse_recordings(
        seen, stamps, [1e9 / float(clip.fps) for clip in clips], seat,
        lambda rows: progress(rows, "fusing", 2 * len(stamps)),
    )  # fmt: skip
    elapsed = perf_counter() - began
    clip = assemble([one.motion for one in fused], stamps, float(clips[0].fps), rig[0].lens)
    with written_together(out, bvh) as part:
        clip.save(part[out])
        if bvh:
            write_even_bvh(part[bvh], clip)
    typer.echo(
        f"{counted(len(stamps), 'frame')} at {len(stamps) / elapsed:.1f} fps, "
        f"person in {100 * clip.valid.mean():.1f} %, {_by_how_many(fused)}; rays pass {_off_mm(fused):.0f} mm off -> "
        f"{', '.join(str(path) for path in (out, bvh) if path)}"
    )
    for note in [*notes, *_notes(fused, rig)]:
        typer.echo(f"note: {note}")


def _rig(
    paths: list[Path], clips: list[MotionClip], cameras: Path | None, names: list[str] | None
) -> tuple[list[RigCamera], list[str]]:
    """The camera of each file, and what is to be said of them."""
    if cameras is None:
        if names:
            raise VtmError("--camera names a camera of --cameras; give that file, too")
        return [_own(path, clip) for path, clip in zip(paths, clips, strict=True)], []
    rig = load_rig(cameras)
    chosen = _chosen(paths, cameras, list(rig), names)
    fitted = [_fitted(path, clip, rig[name]) for path, clip, name in zip(paths, clips, chosen, strict=True)]
    return [one for one, _ in fitted], [note for _, note in fitted if note]


def _chosen(paths: list[Path], cameras: Path, known: list[str], names: list[str] | None) -> list[str]:
    """The name of each file's camera: as the user says, or as the file is called, or in the order of `cameras`."""
    chosen = names or [_named(path, known) for path in paths]
    if names and len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise VtmError(f"--camera names {twice} more than once; give one motion file for each camera")
    if not all(chosen) or len(set(chosen)) < len(chosen):
        if names or len(known) != len(paths):
            raise VtmError(
                f"{cameras} has the cameras {', '.join(known)}, and it is not clear whose the {len(paths)} motion "
                "files are; name one for each with --camera, in the same order"
            )
        chosen = known
    missing = [name for name in chosen if name not in known]
    if missing:
        raise VtmError(f"{cameras} has no camera {missing[0]}; it has {', '.join(known)}")
    return chosen


def _fitted(path: Path, clip: MotionClip, one: RigCamera) -> tuple[RigCamera, str]:
    """The camera with a lens for the pictures of a file, and what is to be said of that."""
    shown, calibrated = clip.image_size, np.array([one.lens.width, one.lens.height])
    said = "x".join(map(str, calibrated)), "x".join(map(str, shown))
    if np.abs(calibrated - shown).max() >= PADDED:
        raise VtmError(
            f"camera {one.name} is calibrated for pictures of {said[0]}, {path} is of {said[1]}; calibrate at the "
            "size of the videos, or name another with --camera"
        )
    note = (
        f"{one.name} is calibrated for pictures of {said[0]}, {path} is of {said[1]}: taken for the same ones without "
        "the codec's padding; if they were scaled, calibrate at the size of the videos"
    )
    lens = replace(one.lens, width=int(shown[0]), height=int(shown[1]))
    return replace(one, lens=lens), note if (calibrated != shown).any() else ""


def _check_apart(paths: list[Path], clips: list[MotionClip], rig: list[RigCamera]) -> None:
    """Two views of one camera would agree with each other, whatever they say."""
    for (path, clip, one), (other_path, other_clip, other) in combinations(zip(paths, clips, rig, strict=True), 2):
        if np.array_equal(clip.keypoints, other_clip.keypoints):
            raise VtmError(f"{path} and {other_path} are the same recording; give one motion file for each camera")
        if np.linalg.norm(one.pose.position - other.pose.position) < STANDS:
            raise VtmError(
                f"the cameras of {path} and {other_path} are at the same place; give motion files of cameras that "
                "stand apart"
            )


def _named(path: Path, known: list[str]) -> str:
    """The camera whose name is in that of the file; empty where that is none or several."""
    held = [name for name in known if name.lower() in path.stem.lower()]
    return held[0] if len(held) == 1 else ""


def _own(path: Path, clip: MotionClip) -> RigCamera:
    known = np.flatnonzero(np.isfinite(clip.camera_position).all(-1))
    if not len(known) or str(clip.camera_source) not in PLACED:
        raise VtmError(f"{path} does not know where its camera was; give the calibration with --cameras")
    where, turned = clip.camera_position[known], clip.camera_rotation[known]
    if max(np.ptp(where, axis=0).max(), np.ptp(turned, axis=0).max()) > STANDS:
        raise VtmError(f"the camera of {path} moves; only cameras that stand can be fused")
    pose = CameraPose(turned[-1], where[-1], source=str(clip.camera_source))
    return RigCamera(str(clip.camera_id) or path.stem, clip.intrinsics, pose)


def _seen(clip: MotionClip, one: RigCamera, late_s: float) -> list[Motion]:
    """The motions of a file by the common clock, with its calibrated camera."""
    late_ns = round(late_s * 1e9)
    return [
        replace(
            motion,
            stamp_ns=motion.stamp_ns + late_ns,
            camera=one.pose,
            observation=replace(motion.observation, intrinsics=one.lens, camera=one.pose),
        )
        for motion in clip.motions()
    ]


def _by_how_many(fused: list[Fused]) -> str:
    counts = Counter(len(one.heard) for one in fused)
    return ", ".join(f"{count} by {number} cameras" if number > 1 else f"{count} by one camera alone"
                     for number, count in sorted(counts.items(), reverse=True))  # fmt: skip


def _off_mm(fused: list[Fused]) -> float:
    known = [one.off_m for one in fused if np.isfinite(one.off_m)]
    return 1e3 * float(np.mean(known)) if known else float("nan")


def _notes(fused: list[Fused], rig: list[RigCamera]) -> list[str]:
    notes = []
    if why := disagreement(fused):
        notes.append(
            f"the cameras contradict each other: {why}; do not rely on the motion before you have checked that each "
            "file has the pose and the calibration of its own camera, and --offset"
        )
    for what, rows in (
        ("exchanged left and right", [one.exchanged for one in fused]),
        ("was left out, as it follows somebody else or is not where it is thought", [one.strangers for one in fused]),
    ):
        counts = Counter(camera for row in rows for camera in row)
        notes += [f"{rig[camera].name} {what} in {counted(count, 'frame')}" for camera, count in sorted(counts.items())]
    return notes
