"""From the 21 points of a hand network to the hand's joint angles and how it is turned, one frame at a time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtm.body.hand import OFFSETS
from vtm.body.rotations import matrix_from_rot6d
from vtm.camera import Intrinsics
from vtm.types import HandLandmarks
from vtm_trt.engine.backends import Runner, State, load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d.hand_regions import from_hand
from vtm_trt.pose2d.roi import Roi

MEMORY = {"state": "state_out"}
LENGTH = float(np.linalg.norm(OFFSETS[3:6], axis=1).sum())
"""From the wrist to the middle finger's last joint, metres, of a person of the virtual skeleton's size."""
FIRST_INTERVAL_S, LONGEST_INTERVAL_S = 1 / 30, 1.0
_FLIP = np.array([-1.0, 1.0, 1.0])
_REFLECT = np.array([1.0, -1.0, 1.0])


@dataclass(frozen=True)
class LiftedHand:
    """One hand's pose.

    Attributes:
        angles: (21,) rad, `vtm.body.hand.ANGLE_NAMES`, within their limits.
        rotation: (3, 3) the hand (at rest flat, the wrist joint's frame) in the camera's optical axes.
        finger_error: (5,) rad, how far off the joints of each of FINGERS are expected to be.
        error: rad, how far off the rotation is expected to be.
    """

    angles: np.ndarray
    rotation: np.ndarray
    finger_error: np.ndarray
    error: float


def hand_network(backend: str = "auto", network: Path | None = None) -> Runner:
    """The lifter's network, which any number of hands may share.

    Args:
        backend: What runs it.
        network: An exported file, None for the shipped one.

    Raises:
        VtmError: It is missing or cannot run here.
    """
    return load_runner(network or model_path("hand_lifter"), backend, 1, MEMORY)


class HandLifter:
    """Lifts one hand of one person, whose past it keeps.

    Args:
        runner: A `hand_network`.
        side: "left" or "right".
    """

    def __init__(self, runner: Runner, side: str):
        self.runner, self.side = runner, side
        self.reset()

    def reset(self) -> None:
        """Forget the hand."""
        self._state: State = self.runner.blank_state()
        self._last_ns: int | None = None

    def step(
        self,
        stamp_ns: int,
        hand: HandLandmarks,
        intrinsics: Intrinsics,
        forearm: np.ndarray | None = None,
        depth: float = 0.0,
        scale: float = 1.0,
    ) -> LiftedHand | None:
        """The pose in the next frame that shows the hand; None where a number is not finite.

        Args:
            stamp_ns: Of the frame.
            hand: What the hand network saw.
            intrinsics: Of the image.
            forearm: (3, 3) the elbow joint's frame without pronation in the camera's axes; None where unknown.
            depth: Of the wrist, metres; 0 where unknown.
            scale: Size of the person over the virtual skeleton's.
        """
        interval = FIRST_INTERVAL_S if self._last_ns is None else (stamp_ns - self._last_ns) * 1e-9
        if interval > LONGEST_INTERVAL_S:
            self.reset()
            interval = FIRST_INTERVAL_S
        self._last_ns = stamp_ns
        inputs, axes = lifter_inputs(hand, intrinsics, self.side, forearm, depth, scale)
        outputs, self._state = self.runner.step(inputs | {"interval": np.array([[interval]], np.float32)}, self._state)
        if not all(np.isfinite(values).all() for values in outputs.values()):
            self.reset()
            return None
        rotation = matrix_from_rot6d(outputs["hand_rot6d"][0].astype(np.float64))
        if self.side == "left":
            rotation = _FLIP[:, None] * rotation * _REFLECT
        error = outputs["error_rad"][0]
        return LiftedHand(outputs["angles"][0], axes @ rotation, error[:5], float(error[5]))


def lifter_inputs(
    hand: HandLandmarks, intrinsics: Intrinsics, side: str, forearm: np.ndarray | None, depth: float, scale: float
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The network's inputs but for time and state, of a right hand or of a left one's mirror image.

    The arguments are those of `HandLifter.step`. Everything is told in the axes of a square round the hand, turned so
    that the fingers point up, whatever square the hand network looked at.

    Returns:
        The inputs, and the square's axes (3, 3) as columns in the camera's.
    """
    rays = intrinsics.rays(hand.pixels).astype(np.float64)
    square = from_hand(rays)
    unit = max(square.side, 1e-6)
    turn = square.rotation.astype(np.float64)
    points = np.c_[(rays - (square.x, square.y)) @ turn, (hand.depth / intrinsics.fx)] / unit
    world = np.c_[hand.world[:, :2] @ turn, hand.world[:, 2]]
    axes = square_axes(square)
    arm = np.zeros((3, 3)) if forearm is None else axes.T @ forearm
    agrees = hand.right
    if side == "left":
        points, world, agrees = points * _FLIP, world * _FLIP, 1 - agrees
        arm = _FLIP[:, None] * arm * _REFLECT
    across = np.log(unit * depth / (LENGTH * scale)) if depth > 0 else 0.0
    size = np.array([across, np.log(unit * intrinsics.fx / 224)])
    sure = np.array([hand.presence, agrees])
    values = {"points": points, "world": world, "sure": sure, "forearm": np.r_[-arm[:, 1], arm[:, 0]], "size": size}
    return {name: value[None].astype(np.float32) for name, value in values.items()}, axes


def square_axes(square: Roi) -> np.ndarray:
    """Axes (3, 3) of a square of rays as columns in the camera's: z along its middle's ray, x to its right."""
    z = np.array([square.x, square.y, 1.0])
    z /= np.linalg.norm(z)
    x = np.array([np.cos(square.angle), np.sin(square.angle), 0.0])
    x = x - z * (x @ z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=-1)
