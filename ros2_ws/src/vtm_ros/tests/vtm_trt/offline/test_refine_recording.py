"""What a recording makes of the network's motion: depth that stands still, straight legs that are straight."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from tests.vtm_tools.evaluation.walker import walker
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.camera import Intrinsics
from vtm.nets.body import keypoints_on_body
from vtm.samples.postures import POSTURES, on_the_ground, pose
from vtm.types import Motion, Observation
from vtm_trt.offline.refine_recording import recording
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.stream.person_stream import MotionStream

KNEES = [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]
LENS = Intrinsics(480, 480, 520.0, 520.0, 240.0, 240.0)
DISTANCE_M, AIM_M = 4.0, 0.9
CAMERAS = [(0.0, 1.4), (90.0, 3.0), (180.0, 3.0), (225.0, 1.4)]
"""Bearing in degrees from where the person faces, and height in metres."""
NOISE_PX, WARM_UP, FRAMES = 1.0, 8, 24


@pytest.fixture(scope="module")
def streams() -> tuple[MotionStream, MotionStream]:
    """Live, and for recordings."""
    return MotionStream(backend="onnxruntime"), MotionStream(lookahead=8, backend="onnxruntime")


def recorded(stream: MotionStream, observations: list[Observation]) -> list[Motion]:
    motions, stamps = run_sequence(stream, stream.lifts, observations)
    return recording(stream, motions, stamps, observations[0].intrinsics)


def noisy(observations: list[Observation]) -> Iterator[Observation]:
    rng = np.random.default_rng(0)
    for one in observations:
        yield replace(one, keypoints=one.keypoints + rng.normal(0, NOISE_PX, one.keypoints.shape).astype(np.float32))


def test_depth_does_not_shake_at_ten_frames_a_second(streams):
    """Of somebody who walks past, always 4 m away."""
    depth = [motion.root_cam[2] for motion in recorded(streams[1], list(noisy(walker(120).observations[::3])))]
    assert len(depth) == 40
    assert np.abs(np.diff(depth, n=2)).mean() < 0.012
    assert np.ptp(depth) < 0.15 and np.mean(depth) == pytest.approx(4.0, rel=0.06)


def filmed(posture: str, bearing: float, height: float) -> list[Observation]:
    """Keypoints, off by a pixel, of somebody who sways in a posture."""
    seconds, rng = np.arange(FRAMES) / 30, np.random.default_rng(5)
    sway = np.sin(2 * np.pi * 0.4 * seconds)[:, None, None] * rng.normal(0, 0.02, (22, 3))
    local = pose(POSTURES[posture]) @ Rotation.from_rotvec(sway.reshape(-1, 3)).as_matrix().reshape(FRAMES, 22, 3, 3)
    offsets = np.broadcast_to(VIRTUAL_OFFSETS, (FRAMES, 22, 3))
    turned, joints = (torch.from_numpy(array) for array in forward_kinematics(local, offsets, on_the_ground(local)))
    around = np.radians(bearing)
    eye = np.array([np.cos(around) * DISTANCE_M, np.sin(around) * DISTANCE_M, height])
    forward = np.array([0.0, 0.0, AIM_M]) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    points = (keypoints_on_body(turned, joints).numpy() - eye) @ np.stack([right, np.cross(forward, right), forward]).T
    pixels = LENS.project(points) + rng.normal(0, NOISE_PX, (FRAMES, 23, 2))
    return [
        Observation(
            round(second * 1e9), LENS, seen.astype(np.float32), np.full(23, 0.9, np.float32), keypoint_convention=1.0
        )
        for second, seen in zip(seconds, pixels, strict=True)
    ]


def knees(motions: list[Motion]) -> float:
    """Median flexion, degrees."""
    local = np.stack([matrix_from_quat(motion.quat_local.astype(np.float64))[KNEES] for motion in motions[WARM_UP:]])
    return float(np.median(np.degrees(geodesic_angle(local, np.eye(3)))))


@pytest.mark.parametrize(("posture", "least", "most"), [("stand", 0, 10), ("squat", 100, 125)])
@pytest.mark.parametrize(("bearing", "height"), CAMERAS)
def test_knees_are_as_straight_as_they_are_from_every_side(streams, posture, least, most, bearing, height):
    """Straight ones, and those of a squat, which are bent by 115 degrees."""
    seen = filmed(posture, bearing, height)
    live, _ = run_sequence(streams[0], streams[0].lifts, seen)
    assert least <= knees(live) < most
    assert least <= knees(recorded(streams[1], seen)) < most
