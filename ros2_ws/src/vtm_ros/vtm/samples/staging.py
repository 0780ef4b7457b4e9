"""People who do what a scene asks of them: gaits led along any path, and actions joined to each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, rotvec_from_matrix
from vtm.body.skeleton import VIRTUAL_OFFSETS, bone_lengths, person_scale
from vtm.mocap.clip_file import Clip
from vtm.samples.postures import POSTURES, on_the_ground, pose

PERIOD_S = (0.8, 1.5)
"""A cycle of a gait, two steps, lasts about so long."""
SEAM_S, BLEND_S = 0.2, 0.5
"""Over which the end of a cycle passes into its beginning, and one action into the next."""
SWAY = 0.03
"""Radians by which the joints of somebody move who keeps a posture."""
Move = tuple[np.ndarray, np.ndarray]
"""Rotations (T, 22, 3, 3) relative to the parent, the pelvis in world axes (z up), and the pelvis (T, 3)."""


@dataclass(frozen=True, eq=False)
class Gait:
    """One cycle of P frames of a gait along +x, in virtual-skeleton metres.

    Attributes:
        local: (P, 22, 3, 3).
        aside: (P, 3) of the pelvis from the path on the ground.
        pace: By which each frame goes on.
    """

    local: np.ndarray
    aside: np.ndarray
    pace: float


def recorded(clip: Clip, fps: float) -> Move:
    """A recording at another frame rate, in virtual-skeleton metres."""
    rows = np.arange(0, len(clip.quat), clip.fps / fps).astype(int)
    size = person_scale(bone_lengths(clip.offsets) / bone_lengths(VIRTUAL_OFFSETS))
    return matrix_from_quat(clip.quat[rows].astype(np.float64)), clip.root[rows].astype(np.float64) / size


def gait(move: Move, fps: float) -> Gait:
    """The cycle of a recorded walk whose end is most like its beginning."""
    local, root = move
    seam = round(SEAM_S * fps)
    way = root[-1] - root[0]
    local, root = _turned(move, -np.arctan2(way[1], way[0]))
    shape = forward_kinematics(local, VIRTUAL_OFFSETS, np.zeros_like(root))[1]
    least, most = (round(period * fps) for period in PERIOD_S)
    costs = {
        (first, first + period): float(
            np.abs(shape[first - seam : first] - shape[first + period - seam : first + period]).mean()
        )
        for period in range(least, min(most, len(root) - 2 * seam) + 1)
        for first in range(seam, len(root) - period)
    }
    first, end = min(costs, key=lambda pair: costs[pair])
    speed = (root[end, 0] - root[first, 0]) / (end - first)
    aside = root - np.outer(np.arange(len(root)) * speed, [1, 0, 0])
    cycle, before = slice(first, end), slice(first - seam, first)
    share = np.concatenate([np.zeros(end - first - seam), np.arange(1, seam + 1) / (seam + 1)])
    lead = [np.concatenate([x[cycle][:-seam], x[before]]) for x in (local, aside - aside[first])]
    rest = aside[cycle] - aside[first]
    aside = rest + share[:, None] * (lead[1] - rest)
    aside[:, 2] += root[first, 2]
    aside[:, :2] -= aside[:, :2].mean(0)
    return Gait(between(local[cycle], lead[0], share), aside, float(speed))


def walk(cycle: Gait, path: np.ndarray, frames: int, size: float, start: int = 0) -> Move:
    """A gait along a closed path.

    Args:
        cycle: The gait.
        path: (K, 2) m, points of the ground, close to each other; the last leads back to the first.
        frames: T.
        size: Of the person, over the virtual skeleton's.
        start: Frame of the cycle to begin with.
    """
    ring = np.concatenate([path, path[:1]])
    length = np.concatenate([[0], np.linalg.norm(np.diff(ring, axis=0), axis=1).cumsum()])
    row = (start + np.arange(frames)) % len(cycle.local)
    at = (np.arange(frames) * cycle.pace * size) % length[-1]
    ahead = (at + 0.15) % length[-1]
    here, there = (np.stack([np.interp(s, length, ring[:, axis]) for axis in (0, 1)], axis=-1) for s in (at, ahead))
    heading = np.unwrap(np.arctan2(*(there - here).T[::-1]))
    turn = _about_z(heading)
    local, aside = cycle.local[row].copy(), (turn @ (cycle.aside[row] * size)[..., None])[..., 0]
    local[:, 0] = turn @ local[:, 0]
    return local, aside + np.column_stack([here, np.zeros(frames)])


def act(move: Move, place: Sequence[float], heading: float, frames: int, size: float) -> Move:
    """A recorded action somewhere else, to and fro if it is shorter.

    Args:
        move: In virtual-skeleton metres.
        place: (2,) m, the middle of its way on the ground.
        heading: Radians by which it is turned about z.
        frames: T.
        size: Of the person, over the virtual skeleton's.
    """
    last = len(move[1]) - 1
    row = last - np.abs(np.arange(frames) % (2 * last) - last)
    local, root = _turned((move[0][row], move[1][row]), heading)
    root = root * size
    middle = (root[:, :2].max(0) + root[:, :2].min(0)) / 2
    root[:, :2] += np.asarray(place) - middle
    return local, root


def keep(posture: str, place: Sequence[float], heading: float, seconds: np.ndarray, size: float, seed: int) -> Move:
    """Somebody who sways in a named posture.

    Args:
        posture: Of `POSTURES`.
        place: (2,) m, of the pelvis on the ground.
        heading: Radians from +x.
        seconds: (T,).
        size: Of the person, over the virtual skeleton's.
        seed: Of the swaying.
    """
    still = pose(POSTURES[posture])
    rng = np.random.default_rng(seed)
    axes, phase, pace = rng.normal(size=(len(still), 3)) * SWAY, rng.random(len(still)), rng.uniform(0.2, 0.5)
    swing = np.sin(2 * np.pi * (pace * seconds[:, None] + phase))[..., None] * axes
    local = still @ matrix_from_rotvec(swing)
    root = np.tile(on_the_ground(still[None])[0] * size, (len(seconds), 1))
    root[:, :2] = place
    return _turned((local, root), heading)[0], root


def joined_up(moves: Sequence[Move], fps: float) -> Move:
    """One after the other; the last half second of each passes into the first one of the next."""
    overlap = round(BLEND_S * fps)
    local, root = moves[0]
    for after in moves[1:]:
        x = np.arange(1, overlap + 1) / (overlap + 1)
        share = x**3 * (10 - 15 * x + 6 * x**2)
        seam = between(local[-overlap:], after[0][:overlap], share)
        way = root[-overlap:] + share[:, None] * (after[1][:overlap] - root[-overlap:])
        local = np.concatenate([local[:-overlap], seam, after[0][overlap:]])
        root = np.concatenate([root[:-overlap], way, after[1][overlap:]])
    return local, root


def between(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations (T, J, 3, 3) on the way from `first` to `second`, `share` (T,) of it."""
    turn = rotvec_from_matrix(np.swapaxes(first, -1, -2) @ second)
    return first @ matrix_from_rotvec(turn * share[:, None, None])


def _about_z(angle: np.ndarray) -> np.ndarray:
    return matrix_from_rotvec(angle[..., None] * np.array([0.0, 0.0, 1.0]))


def _turned(move: Move, angle: float) -> Move:
    turn = _about_z(np.asarray(angle))
    local = move[0].copy()
    local[:, 0] = turn @ local[:, 0]
    return local, move[1] @ turn.T
