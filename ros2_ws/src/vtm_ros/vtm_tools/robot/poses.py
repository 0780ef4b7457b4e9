"""The poses of a motion file at the instants of a robot's commands."""

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from vtm.body.skeleton import NUM_JOINTS
from vtm.files.motion_file import MotionClip
from vtm_robot.retarget.person import PersonPose, joints
from vtm_tools.export.world import in_the_world

HAND_SEEN = 0.2
"""A hand of which the capture is less sure was not seen for a while."""
LONGEST_GAP = 2.5
"""Frames: between neighbours that are further apart nobody is thought to have been seen."""


def poses_of(clip: MotionClip, rate: float | None) -> tuple[np.ndarray, list[PersonPose | None], str]:
    """What the person of a motion file does at the instants of a robot's commands.

    Args:
        clip: The motion.
        rate: Poses per second, interpolated between frames along the shortest way; None for that of the clip.

    Returns:
        Stamps (T,) s, T poses, None where nobody was seen, and who told which way is up.
    """
    world = in_the_world(clip)
    body = world.local[:, :NUM_JOINTS]
    seen = np.flatnonzero(world.valid)
    rate = rate or float(clip.fps)
    count = max(1, int(np.floor((world.stamps[-1] - world.stamps[0]) * rate + 0.5)) + 1)
    stamps = world.stamps[0] + np.arange(count) / rate
    after = np.clip(np.searchsorted(world.stamps[seen], stamps - 1e-6), 0, len(seen) - 1)
    before = np.maximum(after - 1, 0)
    exact = np.abs(world.stamps[seen[after]] - stamps) < 0.25 / float(clip.fps)
    before = np.where(exact, after, before)
    first, second = seen[before], seen[after]
    whole = (world.stamps[second] - world.stamps[first]) * float(clip.fps) < LONGEST_GAP
    inside = (stamps >= world.stamps[seen[0]] - 1e-6) & (stamps <= world.stamps[seen[-1]] + 1e-6)
    there = (whole & inside & (clip.person[first] == clip.person[second])) | exact
    found: list[PersonPose | None] = []
    for stamp, a, b, known in zip(stamps, first, second, there, strict=True):
        if not known:
            found.append(None)
            continue
        span = world.stamps[b] - world.stamps[a]
        share = 0.0 if span <= 0 else float(np.clip((stamp - world.stamps[a]) / span, 0, 1))
        local = body[a] if share == 0 else _between(body[a], body[b], share)
        root = (1 - share) * world.root[a] + share * world.root[b]
        confidence = np.nan_to_num(np.minimum(clip.confidence[a], clip.confidence[b]), nan=1.0)  # of files without
        found.append(PersonPose(*joints(local, world.offsets[:NUM_JOINTS], root), confidence, int(clip.person[a])))
    return stamps, found, world.gravity.caption


def hands_of(clip: MotionClip, stamps: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The fingers of a motion file at the instants of a robot's commands, None where nobody looked at them.

    Args:
        clip: The motion.
        stamps: (T,) s.

    Returns:
        Angles (T, 2, 21) rad of the left and the right hand, and where (T, 2) the hands were seen.
    """
    known = np.flatnonzero(np.isfinite(clip.hand_angles).all((1, 2)))
    if not clip.hand_angles.shape[1] or not len(known):
        return None
    values = np.concatenate([clip.hand_angles[known].reshape(-1, 42), clip.hand_confidence[known]], -1)
    at = np.stack([np.interp(stamps, clip.stamps[known], column) for column in values.T.astype(float)], -1)
    after = np.searchsorted(clip.stamps[known], stamps).clip(1, len(known) - 1) if len(known) > 1 else 0
    apart = np.minimum(*(np.abs(clip.stamps[known[row]] - stamps) for row in (after, after - 1)))
    near = apart * float(clip.fps) < LONGEST_GAP
    return at[:, :42].reshape(-1, 2, 21), (at[:, 42:] >= HAND_SEEN) & near[:, None]


def _between(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    ends = Rotation.from_matrix(np.stack([a, b], 1).reshape(-1, 3, 3)).as_quat().reshape(-1, 2, 4)
    return np.stack([Slerp([0, 1], Rotation.from_quat(pair))(share).as_matrix() for pair in ends])
