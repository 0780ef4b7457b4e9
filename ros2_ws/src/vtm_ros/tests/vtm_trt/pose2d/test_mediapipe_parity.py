"""Our tracker beside MediaPipe's own output on the same frames (scripts/store_mediapipe_reference.py)."""

from pathlib import Path

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm_trt.pose2d.canonical import BLAZEPOSE
from vtm_trt.pose2d.tracker import PoseTracker

REFERENCE = np.load(Path(__file__).with_name("data") / "mediapipe_reference.npz")
GROUPS = {
    "head": ("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
    "arms": ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    "legs": ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
    "feet": ("left_heel", "right_heel", "left_big_toe", "right_big_toe"),
}
TOLERANCE = 1.0
"""Median distance, % of the person's height."""


@pytest.mark.parametrize(("clip", "fixture"), [("pose2sim/cam03.mp4", "balancing"), ("sports2d/demo.mp4", "outdoors")])
def test_tracker_stays_with_mediapipe(clip, fixture, request, record_property):
    images = request.getfixturevalue(fixture)
    pixels = REFERENCE[f"{clip}/pixels"]
    height = np.ptp(pixels, axis=1).max(-1)
    tracker, differences, world = PoseTracker("full"), [], []
    wanted = REFERENCE[f"{clip}/frames"].tolist()
    for index in range(wanted[-1] + 1):
        observation = tracker.step(frame(images[index], index))
        if index in wanted:
            row = wanted.index(index)
            ours = observation.keypoints[[KEYPOINT_INDEX[name] for name in BLAZEPOSE]]
            distance = np.linalg.norm(ours - pixels[row][list(BLAZEPOSE.values())], axis=-1)
            differences.append(distance / height[row] * 100)
            world.append(np.linalg.norm(tracker.world_landmarks - REFERENCE[f"{clip}/world"][row], axis=-1))
    names = list(BLAZEPOSE)
    for group, members in GROUPS.items():
        median = float(np.median(np.array(differences)[:, [names.index(name) for name in members]]))
        record_property(group, median)
        print(f"{clip} {group}: {median:.2f} % of the height, {median * np.median(height) / 100:.2f} px")
        assert median < TOLERANCE
    print(f"{clip} world: {np.median(world) * 1000:.1f} mm")
    assert np.median(world) < 0.02
