"""Fingers and wrists of one person, from the hands that were seen, over time."""

from dataclasses import replace
from math import exp

import numpy as np

from vtm.body.hand import ANGLE_NAMES, FINGERS
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix, rotvec_from_matrix
from vtm.body.skeleton import JOINT_INDEX, person_scale, scaled_offsets
from vtm.body.wrist import turn_forearm, unturned
from vtm.types import HandPoses, Motion
from vtm_trt.engine.backends import Runner
from vtm_trt.stream.hand_lifter import HandLifter, LiftedHand

HALF_SURE_RAD = np.radians(20.0)
"""The expected error of the finger joints where a hand's confidence is 0.5."""
CALM_S, TURN_CALM_S = 0.3, 1.8
"""Time constants, seconds, with which fingers and the hand as a whole follow what is seen of them."""
CLEARLY, AGREED_S = 0.38, 0.03
"""They go the quicker the further they are off on average over the second, seconds: twice as quick where that is the
first of the error that is expected of them, and by its cube."""
ARM_TREMBLES_RAD = np.radians(3.0)
"""Where a forearm turns by so much from one frame to the next, the hand goes half along; all along where by more."""
HOLD_S, RELAX_S = 0.3, 0.5
"""A hand that is not seen stays as it was on its forearm for so long, and then goes to rest with this time constant,
seconds."""
TAKE_S, LEAVE_S = 0.1, 0.3
"""Within so many seconds the arm takes what the hand says of it, and leaves it once an unseen hand is held no more."""
REST = np.radians([
    {"mcp_fe": 25.0, "pip": 35.0, "dip": 20.0}.get(name.split("_", 1)[1], 10.0 if name.startswith("thumb") else 0.0)
    for name in ANGLE_NAMES
])  # fmt: skip
"""The angles (21,) of a hand that does nothing."""
_PART = np.array([FINGERS.index(name.split("_", 1)[0]) for name in ANGLE_NAMES] + 3 * [len(FINGERS)])
"""Of each angle its finger, and of the three numbers of a turn the hand as a whole."""


class HandMotion:
    """`motion(m)` is `m` with the fingers and wrists of the hands that its observation shows.

    A hand at which nobody looked in that frame stays as it is.

    Args:
        runner: A `hand_network`, which any number of people may share.
    """

    def __init__(self, runner: Runner):
        self._hands = tuple(_Hand(runner, side) for side in ("left", "right"))

    def reset(self) -> None:
        """Forget the person."""
        for hand in self._hands:
            hand.reset()

    def __call__(self, motion: Motion) -> Motion:
        """As the class says; a motion at whose hands nobody looked stays as it is."""
        seen = motion.observation.hands
        if seen is None:
            return motion
        local = matrix_from_quat(motion.quat_local.astype(np.float64))
        turned, places = forward_kinematics(local, scaled_offsets(motion.bone_ratio), motion.root_cam)
        scale = float(person_scale(motion.bone_ratio))
        for hand, landmarks, looked in zip(self._hands, seen, motion.observation.looked, strict=True):
            lifted, forearm = None, turned[hand.shoulder] @ unturned(local[hand.elbow])
            if landmarks is not None:
                lens, depth = motion.observation.intrinsics, float(places[hand.wrist, 2])
                lifted = hand.lifter.step(motion.stamp_ns, landmarks, lens, forearm, depth, scale)
            if looked:
                hand.follow(motion.stamp_ns, lifted, forearm)
            if hand.hold > 0 and hand.rotation is not None:
                local[hand.elbow], local[hand.wrist] = turn_forearm(
                    local[hand.elbow], local[hand.wrist], turned[hand.shoulder].T @ hand.rotation, hand.hold
                )
        quats = motion.quat_local.copy()
        arms = [joint for hand in self._hands for joint in (hand.elbow, hand.wrist)]
        quats[arms] = quat_from_matrix(local[arms])
        angles, confidence = (
            np.array([getattr(hand, name) for hand in self._hands], np.float32) for name in ("angles", "confidence")
        )
        return replace(motion, quat_local=quats, hands=HandPoses(angles, confidence))


class _Hand:
    """One hand over time.

    Attributes:
        angles: (21,) rad.
        confidence: 0..1.
        rotation: (3, 3) the hand in the camera's axes when it was last seen, None before.
        hold: 0..1, how far the arm follows it.
    """

    def __init__(self, runner: Runner, side: str):
        self.lifter = HandLifter(runner, side)
        self.shoulder, self.elbow, self.wrist = (
            JOINT_INDEX[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist")
        )
        self.reset()

    def reset(self) -> None:
        self.lifter.reset()
        self.angles, self.confidence, self.hold = REST.copy(), 0.0, 0.0
        self.rotation: np.ndarray | None = None
        self._off, self._forearm = np.zeros(len(_PART)), np.eye(3)
        self._last_ns: int | None = None
        self._seen_ns: int | None = None

    def follow(self, stamp_ns: int, lifted: LiftedHand | None, forearm: np.ndarray) -> None:
        """The hand at the next stamp, None where it is not seen, and its forearm (3, 3) in the camera's axes."""
        passed = 0.0 if self._last_ns is None else max(stamp_ns - self._last_ns, 0) * 1e-9
        moved, self._forearm = rotvec_from_matrix(forearm @ self._forearm.T), forearm
        self._last_ns = stamp_ns
        if lifted is None:
            unseen = HOLD_S if self._seen_ns is None else (stamp_ns - self._seen_ns) * 1e-9
            if unseen >= HOLD_S:
                self.angles += (1 - exp(-passed / RELAX_S)) * (REST - self.angles)
                self.hold = max(self.hold - passed / LEAVE_S, 0.0)
            self.confidence *= exp(-passed / HOLD_S)
            if self.rotation is not None:
                self.rotation = matrix_from_rotvec(moved) @ self.rotation
            return
        self.confidence = float(1 / (1 + lifted.finger_error.mean() / HALF_SURE_RAD))
        self.hold = min(self.hold + passed / TAKE_S, 1.0)
        if self.rotation is None:
            self.angles, self.rotation = lifted.angles.astype(np.float64), lifted.rotation
        else:
            clearly = moved @ moved / (moved @ moved + ARM_TREMBLES_RAD**2)
            self._go(lifted, matrix_from_rotvec(clearly * moved) @ self.rotation, passed)
        self._seen_ns = stamp_ns

    def _go(self, lifted: LiftedHand, rotation: np.ndarray, seconds: float) -> None:
        """From where the hand was, its rotation this, towards where it is seen, so far as it goes in that time.

        What trembles is off now this way and now that way, and hardly on average; what moves is off one way.
        """
        step = np.concatenate([lifted.angles - self.angles, rotvec_from_matrix(rotation.T @ lifted.rotation)])
        self._off += (1 - exp(-seconds / AGREED_S)) * (step - self._off)
        expected = np.maximum(np.append(lifted.finger_error, lifted.error), 1e-3)
        clearly = np.sqrt(np.bincount(_PART, self._off**2)) / (CLEARLY * expected)
        calm = np.append(np.full(len(FINGERS), CALM_S), TURN_CALM_S)
        step *= (1 - np.exp(-seconds * (1 + clearly**3) / calm))[_PART]
        self.angles = self.angles + step[:-3]
        self.rotation = rotation @ matrix_from_rotvec(step[-3:])
