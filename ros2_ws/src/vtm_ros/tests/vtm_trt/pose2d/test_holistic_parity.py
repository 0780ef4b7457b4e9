"""Our hands beside MediaPipe Holistic's own on the same frames (scripts/store_holistic_reference.py)."""

from pathlib import Path

import numpy as np

from tests.vtm_trt.pose2d.conftest import frame, read_clip
from vtm_trt.pose2d.tracker import PoseTracker

REFERENCE = np.load(Path(__file__).with_name("data") / "holistic_reference.npz")
TOLERANCE = 0.06
"""Median distance of a point, in lengths of the hand. Holistic places its first square by one more network."""


def test_hands_stay_with_holistic(record_property):
    wanted, theirs = REFERENCE["frames"].tolist(), REFERENCE["pixels"]
    tracker, ours = PoseTracker("full", hands="full"), np.full_like(theirs, np.nan)
    for index, image in enumerate(read_clip(str(REFERENCE["clip"]), wanted[-1] + 1)):
        observation = tracker.step(frame(image, index))
        if index in wanted:
            for side, hand in enumerate(observation.hands):
                if hand:
                    ours[wanted.index(index), side] = hand.pixels
    found, known = (np.isfinite(points).all((2, 3)) for points in (ours, theirs))
    assert found.sum() >= known.sum(), "as many hands as Holistic finds"
    both = found & known
    size = np.linalg.norm(theirs[both][:, 9] - theirs[both][:, 0], axis=-1) * 2
    off = np.linalg.norm(ours[both] - theirs[both], axis=-1) / size[:, None]
    record_property("median", float(np.median(off)))
    print(f"hands {found.mean(0)}, Holistic {known.mean(0)}; {np.median(off):.3f} of the hand's length")
    assert both.mean() > 0.5 and np.median(off) < TOLERANCE
