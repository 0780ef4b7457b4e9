"""`vtm calibrate`: a camera's calibration from a video of a board."""

import re
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from vtm.errors import VtmError
from vtm.files.camera_file import save_intrinsics
from vtm_tools.camera_calibration.board import MARKER_SHARE, Board, View
from vtm_tools.camera_calibration.solve import Calibration, calibrate
from vtm_tools.camera_calibration.source import Pictures
from vtm_tools.camera_calibration.views import choose
from vtm_tools.cli.options import Json
from vtm_tools.cli.outputs import STDOUT, check_outputs, write_json, written_together
from vtm_tools.cli.progress import progress

CHARUCO = "4X4_50"


def calibrate_camera(
    pictures: Annotated[
        list[Path], typer.Argument(help="A video of the board, or images of it, or their folder.", show_default=False)
    ],
    board: Annotated[str, typer.Option(help="Inner corners of the board, columns x rows, such as 9x6.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Camera file (.yaml) to write; an older one is replaced.")],
    square: Annotated[float, typer.Option(help="Side of a square in metres.")] = 0.025,
    charuco: Annotated[bool, typer.Option("--charuco", help="The board has ArUco markers in its squares.")] = False,
    dictionary: Annotated[str, typer.Option(help="The dictionary of its markers, as OpenCV names it.")] = CHARUCO,
    marker: Annotated[
        float | None, typer.Option(help=f"Side of its markers in metres. \\[default: {MARKER_SHARE:g} of a square]")
    ] = None,
    overview: Annotated[Path | None, typer.Option(help="Also draw where the board was and the errors (.png).")] = None,
    json_file: Json = None,
) -> None:  # fmt: skip
    """Calibrate a camera: move a board slowly through the whole picture, near and far, and tilt it.

    The file is one of ROS camera_calibration's: for `vtm capture --intrinsics`, and for camera drivers. Without any,
    `vtm capture --fov` assumes a lens without distortion.

    [bold]Example[/bold]  vtm calibrate board.mp4 --board 9x6 --square 0.025 --out camera.yaml --overview coverage.png
    """
    check_outputs({".yaml": out, ".png": overview, ".json": json_file}, list(pictures))
    size = re.fullmatch(r"(\d{1,3})x(\d{1,3})", board.lower())
    if not size:
        raise VtmError(f"--board {board} is not a size; give the inner corners, columns x rows, such as 9x6")
    share = MARKER_SHARE if marker is None else marker / square if square > 0 else 0.0
    looked_for = Board(int(size[1]), int(size[2]), square, dictionary if charuco else None, share)
    source = Pictures(pictures)
    seen: list[View] = []
    looked_at, example, largest = 0, None, 0.0
    for image in progress(source, "looking for the board", source.count):
        looked_at += 1
        if (view := looked_for.see(image)) is not None:
            seen.append(view)
            if (size_px := float(np.ptp(view.pixels, axis=0).prod())) > largest:
                example, largest = image, size_px
    if example is None:
        raise VtmError(
            f"no board of {board} inner corners is seen in any of the {looked_at} pictures; count the corners where "
            "four squares meet, and show the whole board in good light"
        )
    width, height = source.size
    found = calibrate([seen[index] for index in choose(seen, width, height)], width, height)
    numbers = _numbers(found, looked_at, len(seen))
    with written_together(out, overview, json_file) as part:
        save_intrinsics(part[out], found.intrinsics, out.stem)
        if overview:
            from vtm_tools.camera_calibration.picture import draw_calibration

            draw_calibration(part[overview], found, example)
        write_json(numbers, json_file, part)
    if json_file != STDOUT:
        typer.echo(
            f"{numbers['views']} views, {found.rms:.2f} px RMS, {100 * found.coverage:.0f} % of the image covered; "
            f"focal length {found.intrinsics.fx:.1f} ± {found.deviation[0]:.1f} px, "
            f"field of view {numbers['fov_deg']:.1f} degrees -> "
            f"{', '.join(str(path) for path in (out, overview, json_file) if path)}"
        )


def _numbers(found: Calibration, looked_at: int, seen: int) -> dict:
    camera = found.intrinsics
    names = ("fx", "fy", "cx", "cy")
    return {
        "pictures": looked_at,
        "with_board": seen,
        "views": len(found.views),
        "rms_px": found.rms,
        "coverage": found.coverage,
        **{f"{name}_px": getattr(camera, name) for name in names},
        **{f"{name}_deviation_px": float(value) for name, value in zip(names, found.deviation, strict=True)},
        "distortion": list(camera.distortion),
        "fov_deg": float(np.degrees(2 * np.arctan(max(camera.width / camera.fx, camera.height / camera.fy) / 2))),
    }
