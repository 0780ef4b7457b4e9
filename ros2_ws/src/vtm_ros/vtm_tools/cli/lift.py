"""`vtm lift`: keypoints of any detector to a motion file, through the VTM network alone."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.keypoint_file import KeypointClip
from vtm_tools.cli.options import BEST_LOOKAHEAD, Backend, Bvh, Lookahead, Once, Out, Raw, SubjectHeight
from vtm_tools.cli.outputs import check_outputs, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.report.remarks import remarks
from vtm_trt.offline.captured import capture_sequence
from vtm_trt.stream.person_stream import MotionStream


def lift(
    keypoints: Annotated[Path, typer.Argument(help="Keypoint file (.npz), see docs/formats.md.", show_default=False)],
    out: Out,
    bvh: Bvh = None,
    lookahead: Lookahead = BEST_LOOKAHEAD,
    once: Once = False,
    raw: Raw = False,
    subject_height: SubjectHeight = None,
    backend: Backend = "auto",
) -> None:
    """Lift 2D keypoints of any detector to motion.

    The file holds keypoints (T, 23, 3) in pixels with confidence, K (3, 3), fps and image_size (width, height). Motion
    files are keypoint files, too.

    [bold]Example[/bold]  vtm lift keypoints.npz --out motion.npz --bvh motion.bvh
    """
    check_outputs({".npz": out, ".bvh": bvh}, [keypoints])
    given = KeypointClip.load(keypoints)
    stream = MotionStream(None, lookahead, subject_height, backend)
    observations = given.observations()
    began = perf_counter()
    items = progress(observations, "lifting", len(observations))
    captured = capture_sequence(stream, stream.lifts, items, given.intrinsics, given.fps, once, feet=not raw)
    elapsed = perf_counter() - began
    clip = captured.clip
    if not clip.valid.any():
        raise VtmError(f"no body fits the keypoints in any frame of {keypoints}; give keypoints of a person")
    with written_together(out, bvh) as part:
        clip.save(part[out])
        if bvh:
            write_even_bvh(part[bvh], clip)
    left = 0 if once else int((clip.valid & ~clip.adjusted).sum())
    typer.echo(
        f"{len(clip.valid)} frames at {len(clip.valid) / elapsed:.1f} fps, person in {100 * clip.valid.mean():.1f} %"
        f"{f', {left} not adjusted: no body fits their keypoints' if left else ''}"
        f" -> {', '.join(str(path) for path in (out, bvh) if path)}"
    )
    if said := remarks(clip, captured.decisions, captured.faults):
        typer.echo(f"note: {'; '.join(said)}")
