"""One piece of a recording adjusted: Gauss-Newton steps with weights that forgive what is far off."""

from dataclasses import dataclass

import numpy as np

from vtm.body.rotations import matrix_from_rotvec, rotvec_from_matrix
from vtm.body.skeleton import NUM_JOINTS
from vtm_trt.bundle_adjustment import terms
from vtm_trt.bundle_adjustment.band import Band
from vtm_trt.bundle_adjustment.body import TURNED, place_points, points_of
from vtm_trt.bundle_adjustment.fit import distances, placed, sites
from vtm_trt.bundle_adjustment.records import Recording
from vtm_trt.bundle_adjustment.standing import resting_legs

STEPS, BONE_STEPS = 5, 3
"""In all, and those in which the bones may change, too."""
FORGIVING = 3
"""So many steps hear every keypoint; from then on, those far off and frames that no body follows count less."""
LARGEST_TURN, LARGEST_MOVE = 0.4, 0.2
"""Of one step: radians of a joint, and log depth."""
LARGEST_MISFIT = 0.06
"""Mean distance, metres, between the keypoints of a frame and the body that follows them."""
LEAST_SEEN = 4.0
"""The confidences of a frame's keypoints sum to so much at least, or they tell nothing."""


@dataclass
class Piece:
    """What is found of T frames.

    Attributes:
        turn: (T, 22, 3) rad of each joint, about its own axes, from what was given.
        place: (T, 3) ray and log depth of the pelvis.
        log_ratio: (21,) of the bones.
        followed: (T,) bool, whether the body follows the keypoints.
    """

    turn: np.ndarray
    place: np.ndarray
    log_ratio: np.ndarray
    followed: np.ndarray


def adjust_piece(recording: Recording, log_ratio: np.ndarray, bones: bool) -> Piece:
    """Adjust all frames together.

    Args:
        recording: What is given.
        log_ratio: (21,) of the bones to begin with.
        bones: Whether they may grow and shrink.
    """
    given = recording
    frames = len(given.local)
    steps = terms.Steps(given.seconds, given.root)
    offset, rays, sure = sites(given)
    enough = sure.sum(1) >= LEAST_SEEN
    start, resting = placed(given.root), resting_legs(given)
    piece = Piece(np.zeros((frames, NUM_JOINTS, 3)), start.copy(), log_ratio.copy(), enough)
    local = given.local
    for step in range(STEPS):
        heard = sure * piece.followed[:, None]
        growing = bones and step < BONE_STEPS
        points = points_of(local, np.exp(piece.log_ratio), offset, growing)
        band = Band(frames, terms.UNKNOWNS, len(log_ratio) if growing else 0)
        terms.add_keypoints(band, points, piece.place, rays, heard, step >= FORGIVING)
        terms.add_prior(band, piece.turn[:, TURNED].reshape(frames, -1), piece.place - start, steps)
        terms.add_calm(band, points, piece.place, steps, piece.followed)
        terms.add_feet(band, points, piece.place, steps, given.contacts * piece.followed[:, None])
        terms.add_straight(band, local, resting)
        if growing:
            weight = frames * terms.BONE
            band.corner += weight * np.eye(len(log_ratio))
            band.common_pull -= weight * (piece.log_ratio - log_ratio)
        change, grown = band.solve()
        _apply(piece, change, grown)
        local = given.local @ matrix_from_rotvec(piece.turn)
        if step + 1 >= FORGIVING:
            _, place = place_points(local, np.exp(piece.log_ratio), offset)
            off = distances(place[:, NUM_JOINTS:], piece.place, rays, sure)
            piece.followed = enough & (off <= LARGEST_MISFIT)
    return piece


def _apply(piece: Piece, change: np.ndarray, grown: np.ndarray) -> None:
    turn = np.zeros_like(piece.turn)
    turn[:, TURNED] = change[:, terms.TURNS].reshape(len(change), -1, 3)
    size = np.linalg.norm(turn, axis=-1, keepdims=True)
    turn *= np.minimum(1, LARGEST_TURN / np.maximum(size, 1e-9))
    piece.turn = rotvec_from_matrix(matrix_from_rotvec(piece.turn) @ matrix_from_rotvec(turn))
    piece.place = piece.place + np.clip(change[:, terms.PLACE], -LARGEST_MOVE, LARGEST_MOVE)
    if len(grown):
        piece.log_ratio = piece.log_ratio + np.clip(grown, -LARGEST_MOVE, LARGEST_MOVE)
