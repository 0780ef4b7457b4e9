"""A recording adjusted in overlapping pieces with the same bones in all."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from threadpoolctl import threadpool_limits

from vtm.body.rotations import matrix_from_rotvec, rotvec_from_matrix
from vtm.body.skeleton import NUM_JOINTS
from vtm_trt.bundle_adjustment.fit import misfit, placed
from vtm_trt.bundle_adjustment.piece import Piece, adjust_piece
from vtm_trt.bundle_adjustment.records import Adjusted, Recording
from vtm_trt.bundle_adjustment.standing import standing_feet

PIECE, OVERLAP = 300, 60
"""Frames: 10 s of which 2 s are shared with the next piece, at 30 frames/s."""
LONGEST = PIECE + OVERLAP
"""What is not longer is one piece."""
WORSE_M, FADE = 0.015, 5
"""Where an adjusted frame fits its keypoints worse than the given one by more than so much, it goes back to that, over
so many frames."""
STRETCH = 30
"""Of a longer recording, the bones are told from PIECE frames in stretches of so many, spread over all of it."""


def adjust(recording: Recording, feet: bool = True, grow: bool = True) -> Adjusted:
    """Bring a recording of one person closer to its keypoints, where these can be followed.

    Args:
        recording: What is given.
        feet: Whether feet that stand are held where they stand, as seen by a camera that stands.
        grow: Whether the bones may grow and shrink.
    """
    contacts = standing_feet(recording)
    held = replace(recording, contacts=contacts if feet else np.zeros_like(contacts))
    with threadpool_limits(1, "blas"):  # several threads wait for each other longer than they compute
        found = _adjusted(held, _pieces(held, grow))
    return found if feet else replace(found, contacts=recording.contacts)


def _pieces(recording: Recording, grow: bool) -> Piece:
    frames = len(recording.local)
    log_ratio = np.log(recording.bone_ratio.astype(np.float64))
    if frames <= LONGEST:
        return adjust_piece(recording, log_ratio, grow)
    if grow:
        spread = np.linspace(0, frames - STRETCH, PIECE // STRETCH).astype(int)
        sample = np.unique((spread[:, None] + np.arange(STRETCH)).ravel())
        log_ratio = adjust_piece(recording.rows(sample), log_ratio, bones=True).log_ratio
    whole = Piece(np.empty((frames, NUM_JOINTS, 3)), np.empty((frames, 3)), log_ratio, np.empty(frames, bool))
    starts = range(0, frames - OVERLAP, PIECE - OVERLAP)
    rows = [slice(start, min(start + PIECE, frames)) for start in starts]
    with ThreadPoolExecutor(2) as threads:
        parts = threads.map(lambda one: adjust_piece(recording.rows(one), log_ratio, bones=False), rows)
        for one, part in zip(rows, parts, strict=True):
            if one.start:
                _fade_in(part, whole, slice(one.start, one.start + OVERLAP))
            whole.turn[one], whole.place[one], whole.followed[one] = part.turn, part.place, part.followed
    return whole


def _fade_in(after: Piece, before: Piece, shared: slice) -> None:
    """Let a piece begin as the one before ends, in the OVERLAP frames `shared` of `before`."""
    first = slice(OVERLAP)
    share = (np.arange(OVERLAP) + 1) / (OVERLAP + 1)
    one, other = matrix_from_rotvec(before.turn[shared]), matrix_from_rotvec(after.turn[first])
    between = matrix_from_rotvec(share[:, None, None] * rotvec_from_matrix(one.swapaxes(-1, -2) @ other))
    after.turn[first] = rotvec_from_matrix(one @ between)
    after.place[first] = before.place[shared] + share[:, None] * (after.place[first] - before.place[shared])
    after.followed[first] = np.where(share < 0.5, before.followed[shared], after.followed[first])


def _adjusted(recording: Recording, piece: Piece) -> Adjusted:
    """What was given and how it was adjusted, put together; where the keypoints fit no better, as given."""
    found = _together(recording, piece, np.ones(len(piece.turn)))
    worse = misfit(replace(recording, local=found.local, root=found.root, bone_ratio=found.bone_ratio))
    worse = worse > misfit(recording) + WORSE_M
    if not worse.any():
        return found
    piece = replace(piece, followed=piece.followed & ~worse)
    share = uniform_filter1d((~maximum_filter1d(worse, FADE)).astype(float), FADE, mode="nearest")
    return _together(recording, piece, share)


def _together(recording: Recording, piece: Piece, share: np.ndarray) -> Adjusted:
    given = placed(recording.root)
    place = given + share[:, None] * (piece.place - given)
    depth = np.exp(place[:, 2:])
    return Adjusted(
        local=recording.local @ matrix_from_rotvec(share[:, None, None] * piece.turn),
        root=np.concatenate([place[:, :2] * depth, depth], 1),
        bone_ratio=np.exp(piece.log_ratio),
        contacts=recording.contacts,
        followed=piece.followed,
    )
