"""A stretch of a recording seen another way: in the mirror, backwards, or both.

The network goes through it frame by frame; all else is done for all frames at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.body.keypoints import MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.root_translation import solve_root
from vtm.body.rotations import matrix_from_rot6d, quat_from_matrix
from vtm.body.skeleton import MIRROR, scaled_offsets, stature
from vtm.camera import detector_box, keypoint_box
from vtm.types import HALF_SURE_M, Motion, Observation
from vtm_trt.bundle_adjustment.evidence import evidence
from vtm_trt.bundle_adjustment.fit import furthest
from vtm_trt.bundle_adjustment.following import BLUR, Following
from vtm_trt.bundle_adjustment.following import SEEN as HEARD
from vtm_trt.postprocess.unseen_legs import SteadyDepth, feet_seen, straightened, unseen
from vtm_trt.stream.camera_rate import CameraRate
from vtm_trt.stream.lifter import FIRST_INTERVAL_S, Lifter, standing

_JOINTS, _KEYPOINTS = list(MIRROR), list(MIRROR_KEYPOINTS)
_BONES = [joint - 1 for joint in MIRROR[1:]]
_FEET = [2, 3, 0, 1]
_CAMERA, _BODY = np.diag([-1.0, 1.0, 1.0]), np.diag([1.0, -1.0, 1.0])
_TURNING = np.array([1.0, -1.0, -1.0])
"""What a mirror on the y-z plane makes of angular velocities."""
_TOLD = ("rot6d", "log_depth", "bone_ratio", "contact", "error_m")


@dataclass(frozen=True)
class Way:
    """How a recording is seen."""

    mirrored: bool
    backwards: bool


def seen_again(lifter: Lifter, observations: Sequence[Observation], way: Way) -> list[Motion]:
    """The motions of a stretch of frames seen another way, put back, in the order in which they are seen.

    Args:
        lifter: Its network, look-ahead and person's height are taken.
        observations: One for each frame, in order of time; those without confidence show nobody.
        way: How they are seen.
    """
    stamps = np.array([seen.stamp_ns for seen in observations])
    order = list(observations)
    if way.backwards:
        order, stamps = order[::-1], (stamps[0] + stamps[-1] - stamps)[::-1]
    told = _told(lifter, _given(order, stamps, way.mirrored))
    return _followed(_motions(lifter, order, told, way.mirrored))


def _given(order: Sequence[Observation], stamps: np.ndarray, mirrored: bool) -> dict[str, np.ndarray]:
    """The network's inputs for T frames, (T, 1, ...) each."""
    confidence = np.stack([seen.confidence for seen in order])
    somebody = np.any(confidence, axis=1)
    rays = np.stack([seen.rays for seen in order]) * somebody[:, None, None]
    box, turning, rate = keypoint_box(rays, confidence), np.zeros((len(order), 3)), CameraRate()
    for row in np.flatnonzero(somebody):
        seen = order[row]
        turning[row] = rate(int(stamps[row]), seen.camera)
        if seen.box is not None:
            box[row] = detector_box(seen.intrinsics, seen.box)
    if mirrored:
        rays, confidence = rays[:, _KEYPOINTS] * (-1, 1), confidence[:, _KEYPOINTS]
        box, turning = box * (-1, 1, 1), turning * _TURNING
    given = {
        "rays": rays,
        "confidence": confidence,
        "box": box,
        "interval": np.array([FIRST_INTERVAL_S, *np.diff(stamps) * 1e-9])[:, None],
        "turning": turning,
        "arrived": np.ones((len(order), 1)),
        "definition": np.array([[seen.keypoint_convention] for seen in order]) * somebody[:, None],
    }
    return {name: np.ascontiguousarray(values[:, None], np.float32) for name, values in given.items()}


def _told(lifter: Lifter, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the network says of the T frames, (T, ...) each."""
    runner, wait = lifter.runner, lifter.lookahead
    nothing = {name: np.zeros(shape, np.float32) for name, shape in runner.input_shapes.items()}
    nothing |= {"select": lifter.select, "interval": np.full((1, 1), FIRST_INTERVAL_S, np.float32)}
    nothing["box"] = keypoint_box(np.zeros((1, NUM_KEYPOINTS, 2)), np.zeros((1, NUM_KEYPOINTS)))
    frames, state = len(given["rays"]), runner.blank_state()
    said: dict[str, list[np.ndarray]] = {name: [] for name in _TOLD}
    for row in range(frames + wait):
        now = {name: values[row] for name, values in given.items()} if row < frames else {}
        outputs, state = runner.step(nothing | now, state)
        if not all(np.isfinite(values).all() for values in outputs.values()):
            state = runner.blank_state()
        if row >= wait:
            for name, values in said.items():
                values.append(outputs[name][0].copy())
    return {name: np.stack(values).astype(np.float64) for name, values in said.items()}


def _motions(lifter: Lifter, order: Sequence[Observation], told: dict[str, np.ndarray], mirrored: bool) -> list[Motion]:
    """What the network says of frames as motions, out of the mirror again; as `Lifter.step` makes them."""
    local = matrix_from_rot6d(told["rot6d"])
    ratio, sure, stands = told["bone_ratio"], 1.0 / (1.0 + told["error_m"] / HALF_SURE_M), standing(told["contact"])
    if mirrored:
        local = mirrored_rotations(local)
        ratio, sure, stands = ratio[:, _BONES], sure[:, _JOINTS], stands[:, _FEET]
    offsets = scaled_offsets(ratio)
    for row, seen in enumerate(order):
        if unseen(seen):
            local[row] = straightened(local[row], offsets[row], seen)
    _, joints = forward_kinematics(local, offsets, np.zeros((len(order), 3)))
    quats, depths = quat_from_matrix(local).astype(np.float32), np.exp(told["log_depth"][:, 0])
    motions, steady_depth = [], SteadyDepth()
    for row, seen in enumerate(order):
        root = solve_root(float(depths[row]), joints[row], seen.rays, seen.confidence)
        if root is None or not np.isfinite(root).all() or not np.isfinite(quats[row]).all():
            continue
        steady = steady_depth(float(root[2]), seen)
        if steady is not None:
            root = solve_root(steady, joints[row], seen.rays, seen.confidence, is_known=True)
            assert root is not None
        scale = lifter.subject_height / stature(offsets[row]) if lifter.subject_height else 1.0
        motions.append(
            Motion(
                stamp_ns=seen.stamp_ns,
                quat_local=quats[row],
                root_cam=root * np.float32(scale),
                bone_ratio=(ratio[row] * scale).astype(np.float32),
                confidence=sure[row].astype(np.float32),
                contacts=stands[row] * feet_seen(seen),
                observation=seen,
                camera=seen.camera,
            )
        )
    return motions


def mirrored_rotations(local: np.ndarray) -> np.ndarray:
    """Rotations (..., 22, 3, 3), relative to the parents and the pelvis' to the camera, of the mirror image."""
    turned = _BODY @ local[..., _JOINTS, :, :] @ _BODY
    turned[..., 0, :, :] = _CAMERA @ local[..., 0, :, :] @ _BODY
    return turned


def _followed(motions: Sequence[Motion]) -> list[Motion]:
    """`motions`, in the order in which they were seen, drawn after keypoints that they are far from, as live."""
    if not motions:
        return []
    far = furthest(evidence(motions), HEARD) > BLUR
    following = Following()
    return [following(one) if away or following.turned else one for one, away in zip(motions, far, strict=True)]
