"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vtm_trt.engine.backends import BACKENDS

BEST_LOOKAHEAD = 8
"""Recordings can wait: the most frames the network can look ahead give the most accurate motion."""

Motions = Annotated[
    list[Path],
    typer.Argument(
        metavar="MOTION...",
        help="Motion file (.npz), see docs/formats.md; or those of several people in one video.",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Motion file (.npz) to write; an older one is replaced.")]
Bvh = Annotated[Path | None, typer.Option(help="Also write the motion as a .bvh file for animation programs.")]
Lookahead = Annotated[
    int, typer.Option(help="Frames of the future that each pose may use, 0 to 8. 8 is the most accurate, 0 as if live.")
]
Once = Annotated[
    bool,
    typer.Option(
        "--once",
        help="Run over the recording once, as if live. By default it is seen forwards, backwards, and both in the "
        "mirror, and then adjusted to its keypoints as a whole, which is more accurate.",
    ),
]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Leave feet that stand as they come out, sliding. By default they are held in place."),
]
SubjectHeight = Annotated[
    float | None,
    typer.Option(help="The person's standing height in metres, which fixes the scale. \\[default: an average adult's]"),
]
Backend = Annotated[str, typer.Option(help=f"What runs the networks: {', '.join(('auto', *BACKENDS))}.")]
PoseModel = Annotated[
    Literal["lite", "full", "heavy"],
    typer.Option(help="2D pose network: lite is quickest, full most accurate, heavy largest."),
]
AnyPoseModel = Annotated[
    Literal["lite", "full", "heavy"] | None,
    typer.Option(
        "--pose-model",
        help="2D pose network, whatever --speed says: lite is quickest. \\[default: that of --speed]",
        show_default=False,
    ),
]
SpeedName = Annotated[
    Literal["fast", "balanced", "accurate"],
    typer.Option(
        "--speed",
        help="Time that the 2D pose takes: fast is the network lite, balanced full, accurate full that looks twice, "
        "which steadies the motion.",
    ),
]
HandsModel = Annotated[
    Literal["off", "lite", "full"],
    typer.Option("--hands", help="Hand network, for motion with fingers: lite is quicker, full more accurate."),
]
HandsEvery = Annotated[
    int,
    typer.Option(
        "--hands-every", min=1, max=8, help="Look at each hand once in so many frames, left and right in turn."
    ),
]
Json = Annotated[
    Path | None,
    typer.Option("--json", help="Also write all numbers (.json); with - they are printed instead of the text."),
]
