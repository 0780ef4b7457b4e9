"""What is weighed against what: the terms of the sum that the adjustment makes small, each as weighted residuals."""

import numpy as np

from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS
from vtm_trt.bundle_adjustment.band import Band
from vtm_trt.bundle_adjustment.body import TURNED, Points

SIGMA = 0.025
"""Metres at the body that a sure keypoint is off by, unless it is wrong altogether."""
BLUR = 0.035
"""Metres at the body within which a keypoint tells nothing: 2D networks do not agree about joints."""
REFUSED = 0.4
"""Metres from which a keypoint counts for ever less."""
TURN, STIFF_TURN, DEPTH, ACROSS, BONE = 20.0, 80.0, 60.0, 20.0, 40.0
"""Of turns (rad), turns of neck and head, changes of log depth, of the pelvis across (m), of log bone ratios."""
FLOW, DEPTH_FLOW = 250.0, 2000.0
"""What the network errs by changes slowly: of how turns and log depth change from frame to frame at 30 frames/s. At
high rates this is held more, for little happens; at low ones, too, for nothing else tells noise from motion."""
QUICK_SHARE = 0.3
"""Share of that weight for arms, which are quick."""
SUDDEN = 0.15
"""Radians beyond which a change of the network's error from frame to frame costs less and less."""
CALM, ROOT_CALM = 50.0, 500.0
"""Weights of accelerations of joints and pelvis, metres per squared 1/30 s."""
FOOT = 15000.0
"""Weight of the distance, metres, that a standing foot moves in 1/30 s."""
STANDS = 0.4
"""Feet that stand less probably are not held."""
STRAIGHT = 16.0
"""Weight of the knees' flexion, rad, beyond that of a leg that stands."""
STANDING, BENT = np.radians(5.0), np.radians(10.0)
"""Flexion of a leg that stands, and the width, both radians, within which a leg is drawn to it."""
LONGEST_GAP_S = 0.25
"""Seconds; no term connects frames that are further apart."""
CUT_M = 0.5
"""Metres; nor those between which the pelvis moves further."""
NEAREST = 0.3
FRAME_S = 1 / 30

TURNS = slice(0, 3 * len(TURNED))
PLACE = slice(TURNS.stop, TURNS.stop + 3)
UNKNOWNS = PLACE.stop
_CALMED = [JOINT_INDEX[name] for name in (
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "spine3", "neck", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)]  # fmt: skip
_FEET = [JOINT_INDEX[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]
_STIFF = [JOINT_INDEX[name] for name in ("neck", "head")]
_QUICK = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "elbow")]
_TURN = np.repeat(np.where(np.isin(TURNED, _STIFF), STIFF_TURN, TURN), 3)
_FLOW = FLOW * _TURN / TURN * np.repeat(np.where(np.isin(TURNED, _QUICK), QUICK_SHARE, 1.0), 3)


class Steps:
    """The times between T frames.

    Args:
        seconds: (T,) growing.
        root: (T, 3) m of the pelvis.

    Attributes:
        size: (T - 1,) in 1/30 s.
        near: (T - 1,) bool, whether the two frames speak to each other.
    """

    def __init__(self, seconds: np.ndarray, root: np.ndarray):
        seconds = np.diff(seconds)
        self.size = np.maximum(seconds, 1e-3) / FRAME_S
        self.near = (seconds <= LONGEST_GAP_S) & (np.linalg.norm(np.diff(root, axis=0), axis=-1) <= CUT_M)

    def accelerations(self) -> np.ndarray:
        """(T - 2, 3) factors of three frames whose sum is the acceleration in the middle, per squared 1/30 s."""
        before, after = self.size[:-1], self.size[1:]
        half = 2 / (before + after)
        return np.stack([half / before, -half * (1 / before + 1 / after), half / after], 1)


def keypoint_errors(points: np.ndarray, place: np.ndarray, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The errors of keypoints at the body.

    Args:
        points: (T, 21, 3) m from the pelvis.
        place: (T, 3) ray and log depth of the pelvis.
        rays: (T, 21, 2).

    Returns:
        (T, 21, 2) m from keypoints to their rays, and how far away they are, (T, 21, 1) m.
    """
    depth = np.exp(place[:, None, 2:])
    away = np.maximum(points[..., 2:] + depth, NEAREST)
    return rays * away - points[..., :2] - place[:, None, :2] * depth, away


def add_keypoints(
    band: Band, points: Points, place: np.ndarray, rays: np.ndarray, sure: np.ndarray, refusing: bool
) -> None:
    """The keypoints draw the body onto their rays.

    Args:
        band: Where the term is added.
        points: The body.
        place: (T, 3) ray and log depth of the pelvis.
        rays: (T, 21, 2).
        sure: (T, 21) confidences.
        refusing: Whether far ones count less and less.
    """
    frames = len(place)
    error, away = keypoint_errors(points.place[:, NUM_JOINTS:], place, rays)
    far = np.linalg.norm(error, axis=-1)
    error = error * (np.maximum(far - BLUR, 0) / np.maximum(far, 1e-9))[..., None]
    square = (error**2).sum(-1)
    weight = sure * (square > 0) / (2 * SIGMA**2 * np.sqrt(1 + square / SIGMA**2))
    if refusing:
        weight = weight / (1 + square / REFUSED**2) ** 2
    weight = np.repeat(weight, 2, 1)
    depth = np.exp(place[:, None, 2])
    in_front = (away > NEAREST) * rays
    by_turn = in_front[..., None] * points.by_turn[:, NUM_JOINTS:, 2:] - points.by_turn[:, NUM_JOINTS:, :2]
    slope = np.zeros((frames, error.shape[1], 2, UNKNOWNS))
    slope[..., TURNS] = by_turn
    slope[:, :, 0, PLACE.start] = slope[:, :, 1, PLACE.start + 1] = -depth
    slope[..., PLACE.stop - 1] = (in_front - place[:, None, :2]) * depth[..., None]
    by_bone = None
    if points.by_bone is not None:
        by_bone = in_front[..., None] * points.by_bone[:, NUM_JOINTS:, 2:] - points.by_bone[:, NUM_JOINTS:, :2]
        by_bone = by_bone.reshape(frames, -1, by_bone.shape[-1])
    residual = error.reshape(frames, -1)
    band.add([slope.reshape(frames, -1, UNKNOWNS)], residual, weight, slice(None), by_bone)


def add_prior(band: Band, turn: np.ndarray, place: np.ndarray, steps: Steps) -> None:
    """The network is about right, and what it errs by changes slowly.

    Args:
        band: Where the term is added.
        turn: (T, 3 N) rad of the joints of TURNED.
        place: (T, 3) change of the pelvis' ray and log depth.
        steps: The times between the frames.
    """
    change = np.concatenate([turn, place], 1)
    weight = np.concatenate([_TURN, [ACROSS, ACROSS, DEPTH]])
    band.add_diagonal(change, np.broadcast_to(weight, change.shape))
    held = steps.near * np.maximum(steps.size, 1 / steps.size)
    flow = np.concatenate([_FLOW, [0, 0, DEPTH_FLOW]]) * held[:, None]
    step = np.diff(change, axis=0)
    size = np.linalg.norm(step[:, TURNS].reshape(len(step), len(TURNED), 3), axis=-1)
    flow[:, TURNS] /= np.repeat(np.sqrt(1 + (size / SUDDEN) ** 2), 3, 1)
    band.add_differences(step, flow)


def add_calm(band: Band, points: Points, place: np.ndarray, steps: Steps, trust: np.ndarray) -> None:
    """Nothing moves jerkily.

    Args:
        band: Where the term is added.
        points: The body.
        place: (T, 3) ray and log depth of the pelvis.
        steps: The times between the frames.
        trust: (T,) 0 for frames that are not to be heard.
    """
    if len(place) < 3:
        return
    factors = steps.accelerations()
    heard = steps.near[1:] & steps.near[:-1] & (trust[2:] * trust[1:-1] * trust[:-2] > 0)
    weight = heard * (steps.size[1:] + steps.size[:-1]) / 2
    root, by_place = _root(place)
    for way, slope, columns, size in (
        (points.place[:, _CALMED].reshape(len(place), -1), _flat(points.by_turn[:, _CALMED]), TURNS, CALM),
        (root, by_place, PLACE, ROOT_CALM),
    ):
        residual = sum(factors[:, late, None] * way[late : len(way) - 2 + late] for late in range(3))
        band.add_second_differences(slope, factors, residual, size * weight, columns)


def add_feet(band: Band, points: Points, place: np.ndarray, steps: Steps, standing: np.ndarray) -> None:
    """Feet that stand do not move.

    Args:
        band: Where the term is added.
        points: The body.
        place: (T, 3) ray and log depth of the pelvis.
        steps: The times between the frames.
        standing: (T, 4) probabilities of heels and toes.
    """
    held = np.minimum(standing[1:], standing[:-1])
    held = np.where(held > STANDS, held, 0)
    root, by_place = _root(place)
    feet = (points.place[:, _FEET] + root[:, None]).reshape(len(place), -1)
    slope = np.concatenate([_flat(points.by_turn[:, _FEET]), np.tile(by_place, (1, len(_FEET), 1))], -1)
    weight = FOOT * np.repeat(held * (steps.near / steps.size)[:, None], 3, 1)
    band.add([-slope[:-1], slope[1:]], np.diff(feet, axis=0), weight, slice(None))


def add_straight(band: Band, local: np.ndarray, resting: np.ndarray) -> None:
    """A leg that rests and may as well be straight is.

    Args:
        band: Where the term is added.
        local: (T, 22, 3, 3) rotations relative to the parent.
        resting: (T, 2) how surely the left and the right leg rest.
    """
    for side, rests in zip(("left", "right"), resting.T, strict=True):
        knee = JOINT_INDEX[f"{side}_knee"]
        shin = -local[:, knee, :, 2]
        flexion = np.arctan2(-shin[:, 0], -shin[:, 2])
        # the shin turns about the knee's own axes: d shin = R (turn x -z) = R (-turn_y, turn_x, 0)
        by_turn = np.stack([local[:, knee, :, 1], -local[:, knee, :, 0], np.zeros_like(shin)], -1)
        across = shin[:, 0] ** 2 + shin[:, 2] ** 2
        slope = (shin[:, 2, None] * by_turn[:, 0] - shin[:, 0, None] * by_turn[:, 2]) / across[:, None]
        start = 3 * TURNED.index(knee)
        off = flexion - STANDING
        weight = STRAIGHT * rests * np.exp(-0.5 * (off / BENT) ** 2)
        band.add([slope[:, None]], off[:, None], weight[:, None], slice(start, start + 3))


def _root(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pelvis (T, 3) in metres, and its derivative (T, 3, 3) by ray and log depth."""
    depth = np.exp(place[:, 2])
    ray = np.concatenate([place[:, :2], np.ones((len(place), 1))], 1)
    slope = np.zeros((len(place), 3, 3))
    slope[:, 0, 0] = slope[:, 1, 1] = depth
    slope[:, :, 2] = ray * depth[:, None]
    return ray * depth[:, None], slope


def _flat(by_turn: np.ndarray) -> np.ndarray:
    return by_turn.reshape(len(by_turn), -1, by_turn.shape[-1])
