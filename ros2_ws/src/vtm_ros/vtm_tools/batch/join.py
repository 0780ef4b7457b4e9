"""What was seen in the pieces of a long video, as if one had looked at the whole."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Observation
from vtm_tools.batch.job import Job, Piece
from vtm_tools.batch.pieces import piece_file
from vtm_tools.batch.watch import Watcher
from vtm_tools.batch.watched import Look, Watched, read_watched
from vtm_trt.sources.stamps import in_order


def join(job: Job, watcher: Watcher, lens: Intrinsics) -> Watched:
    """What was seen in all pieces of a job, one after the other.

    Args:
        job: With its pieces.
        watcher: Of the video.
        lens: Of its camera.

    Raises:
        VtmError: The file of a piece cannot be read; it is deleted, so that the piece is looked at again.
        Unfit: The pieces do not fit together.
    """
    looks: list[Look] = []
    before = None
    for piece in job.pieces:
        watched = _read(job, piece, lens)
        if before:
            watched = watcher.go_on(before, piece, watched)
            looks.pop()  # the next begins with it
        looks += watched.looks
        before = watched
    assert before, "a long video has pieces"
    return Watched(looks, before.lost)


def _read(job: Job, piece: Piece, lens: Intrinsics) -> Watched:
    path = piece_file(job, piece)
    watched = read_watched(path, lens)
    if watched is None:
        with suppress(OSError):
            path.unlink()
        raise VtmError(f"{path}, what was seen in {piece}, is lost or damaged; go on with --resume")
    return watched


def timed(watched: Watched, fps: float) -> Iterator[tuple[Observation, bool]]:
    """What was seen in each frame, with the stamp that it has in the whole, and whether the picture was cut.

    Args:
        watched: In all frames.
        fps: Frames per second.
    """
    looks = ((look, look.observation.stamp_ns) for look in watched.looks)
    for look, stamp_ns in in_order(looks, round(1e9 / fps)):
        yield replace(look.observation, stamp_ns=stamp_ns), look.was_cut
