"""From 2D observations to motion: the VTM network, one step per frame."""

from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.pose_features import POSE_CHANNELS
from vtm.body.root_translation import solve_root
from vtm.body.rotations import matrix_from_rot6d, quat_from_matrix
from vtm.body.skeleton import scaled_offsets, stature
from vtm.camera import detector_box, keypoint_box
from vtm.errors import VtmError
from vtm.types import HALF_SURE_M, Forecast, Motion, Observation
from vtm_trt.engine.backends import Runner, State, load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d.exchange import SURENESS
from vtm_trt.postprocess.unseen_legs import SteadyDepth, feet_seen, straightened
from vtm_trt.stream.camera_rate import CameraRate

MEMORY = {"state": "state_out"}
"""The step network's memory: one tensor, zero at the start of a stream."""
MAX_LOOKAHEAD = 8
FIRST_INTERVAL_S = 1 / 30
"""Taken for the unknown interval before the first frame."""
STATURE_RANGE_M = (0.4, 2.6)
LONGEST_PREDICTION_S = 0.25
"""Horizons up to here were trained."""
STANDS = 2.6
"""Scales the odds of contacts; equals a decision threshold of 0.28, which divides standing from moving feet best."""


def motion_network(backend: str = "auto", network: Path | None = None) -> Runner:
    """The step network: one runs the streams of any number of people.

    One thread: a step is many small operators, and handing them over takes longer than they do.

    Args:
        backend: What runs it.
        network: An exported file, None for the shipped one.

    Raises:
        VtmError: It is missing or cannot run here.
    """
    return load_runner(network or model_path("vtm"), backend, 1, MEMORY)


class Lifter:
    """Runs the exported step network. Every frame that arrives yields the motion `lookahead` frames earlier.

    A frame that arrived but shows nobody is given as `skip`. Keypoints that are not finite count as missing, and what
    is not finite is forgotten. A network with an image branch gets zeros where an observation has no image features.

    Args:
        runner: A `motion_network`, which other people's lifters may share: this person's state is kept here.
        lookahead: Frames, 0..MAX_LOOKAHEAD.
        subject_height: Metres, in whose scale lengths come out; an average adult's where None.
        prediction_s: How far `Motion.forecast` looks, seconds, 0 for not at all.

    Raises:
        VtmError: A number is out of its range, or the network is another one.
    """

    def __init__(
        self, runner: Runner, lookahead: int = 0, subject_height: float | None = None, prediction_s: float = 0.0
    ):
        low, high = STATURE_RANGE_M
        if subject_height is not None and not low <= subject_height <= high:
            raise VtmError(
                f"subject height {subject_height} m is outside {low}..{high} m; give the standing height in metres"
            )
        self.runner, self.subject_height = runner, subject_height
        shapes = runner.input_shapes
        if shapes.get("image", (1, POSE_CHANNELS)) != (1, POSE_CHANNELS):
            raise VtmError(
                f"this network reads {shapes['image'][-1]} image features, but the 2D network gives {POSE_CHANNELS}; "
                "use a network trained with image: pose or image: none"
            )
        self._waiting: deque[Observation | None] = deque()
        self.look_ahead(lookahead)
        self.predict(prediction_s)
        self._camera_rate, self._steady_depth = CameraRate(), SteadyDepth()
        self._no_image = np.zeros(shapes["image"], np.float32) if "image" in shapes else None
        self.reset()

    def look_ahead(self, lookahead: int) -> None:
        """Let every motion come `lookahead` frames late from the next step on; the person stays known.

        Where that is less than before, the motions in between are left out; where it is more, the next ones are waited
        for.

        Raises:
            VtmError: It is outside 0 to MAX_LOOKAHEAD frames.
        """
        if not 0 <= lookahead <= MAX_LOOKAHEAD:
            raise VtmError(f"look-ahead {lookahead} is outside 0..{MAX_LOOKAHEAD} frames; choose 0 for the least delay")
        self.lookahead = lookahead
        taps = self.runner.input_shapes["select"][-1]
        self.select = np.eye(taps, k=MAX_LOOKAHEAD - lookahead, dtype=np.float32)[None]
        while self.waiting > lookahead:
            self._waiting.popleft()

    @property
    def waiting(self) -> int:
        """How many frames inside the look-ahead have no motion yet."""
        return len(self._waiting)

    def predict(self, prediction_s: float) -> None:
        """Let `Motion.forecast` look this far from the next step on, seconds.

        Raises:
            VtmError: The time was not trained.
        """
        if not 0 <= prediction_s <= LONGEST_PREDICTION_S:
            raise VtmError(
                f"a prediction over {prediction_s} s is outside 0..{LONGEST_PREDICTION_S} s; choose a shorter one"
            )
        self._prediction_s = prediction_s
        self._horizon = np.full(self.runner.input_shapes["horizon"], prediction_s, np.float32)

    def reset(self) -> None:
        """Forget the person."""
        self._state: State = self.runner.blank_state()
        self._camera_rate.reset()
        self._steady_depth.reset()
        self._waiting.clear()
        self._last_stamp_ns: int | None = None

    def step(self, observation: Observation) -> Motion | None:
        """Take the next frame's observation; None while the look-ahead fills or that earlier frame showed nobody."""
        return self._advance(observation.stamp_ns, _finite(observation))

    def skip(self, stamp_ns: int) -> Motion | None:
        """Let the next frame pass without an observation; its stamp is in nanoseconds."""
        return self._advance(stamp_ns, None)

    def flush(self) -> list[Motion]:
        """The motions still inside the look-ahead, at the end of a clip. Call `reset` before the next one."""
        motions = []
        while self._waiting:
            outputs = self._run(None, FIRST_INTERVAL_S, arrived=False)
            motions.append(self._motion(outputs))
        return [motion for motion in motions if motion is not None]

    def _advance(self, stamp_ns: int, observation: Observation | None) -> Motion | None:
        interval = FIRST_INTERVAL_S if self._last_stamp_ns is None else (stamp_ns - self._last_stamp_ns) * 1e-9
        self._last_stamp_ns = stamp_ns
        self._waiting.append(observation)
        outputs = self._run(observation, interval, arrived=True)
        return self._motion(outputs) if len(self._waiting) > self.lookahead else None

    def _run(self, observation: Observation | None, interval: float, arrived: bool) -> dict[str, np.ndarray]:
        if observation is None:
            rays, confidence = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
        else:
            rays, confidence = observation.rays, observation.confidence
        if observation is None or observation.box is None:
            box = keypoint_box(rays, confidence)
        else:
            box = detector_box(observation.intrinsics, observation.box)
        inputs = {
            "rays": rays[None],
            "confidence": np.ascontiguousarray(confidence[None], np.float32),
            "box": box[None],
            "interval": np.array([[interval]], np.float32),
            "turning": self._turned(observation),
            "arrived": np.array([[arrived]], np.float32),
            "select": self.select,
            "horizon": self._horizon,
            "definition": np.array([[observation.keypoint_convention if observation else 0.0]], np.float32),
        }  # fmt: skip
        if self._no_image is not None:
            image = None if observation is None else observation.image
            inputs["image"] = self._no_image if image is None else image[None]
        outputs, self._state = self.runner.step(inputs, self._state)
        if not all(np.isfinite(values).all() for values in outputs.values()):
            self._state = self.runner.blank_state()
        return outputs

    def _turned(self, observation: Observation | None) -> np.ndarray:
        rate = self._camera_rate(observation.stamp_ns, observation.camera) if observation else np.zeros(3)
        return rate[None].astype(np.float32)

    def _motion(self, outputs: dict[str, np.ndarray]) -> Motion | None:
        observation = self._waiting.popleft()
        if observation is None:
            return None
        ratio = outputs["bone_ratio"][0]
        offsets = scaled_offsets(ratio)
        local = straightened(matrix_from_rot6d(outputs["rot6d"][0].astype(np.float64)), offsets, observation)
        scale = self.subject_height / stature(offsets) if self.subject_height else 1.0
        _, joints = forward_kinematics(local, offsets, np.zeros(3))
        depth = float(np.exp(outputs["log_depth"][0, 0]))
        root = solve_root(depth, joints, observation.rays, observation.confidence)
        if root is None or not np.isfinite(root).all() or not np.isfinite(local).all():
            return None
        steady = self._steady_depth(float(root[2]), observation)
        if steady is not None:
            root = solve_root(steady, joints, observation.rays, observation.confidence, is_known=True)
            assert root is not None
        return Motion(
            stamp_ns=observation.stamp_ns,
            quat_local=quat_from_matrix(local).astype(np.float32),
            root_cam=root * np.float32(scale),
            bone_ratio=(ratio * scale).astype(np.float32),
            confidence=SURENESS[observation.doubted] / (1.0 + outputs["error_m"][0] / HALF_SURE_M),
            contacts=standing(outputs["contact"][0]) * feet_seen(observation),
            observation=observation,
            camera=observation.camera,
            forecast=self._ahead(outputs, scale),
        )

    def _ahead(self, outputs: dict[str, np.ndarray], scale: float) -> Forecast | None:
        if not self._prediction_s:
            return None
        return Forecast(self._prediction_s, outputs["turn_ahead"][0].copy(), outputs["way_ahead"][0] * scale)


def standing(said: np.ndarray) -> np.ndarray:
    """Probabilities with STANDS times the odds of `said`."""
    return STANDS * said / (STANDS * said + 1 - said)


def _finite(observation: Observation) -> Observation:
    good = np.isfinite(observation.keypoints).all(-1) & np.isfinite(observation.confidence)
    if good.all():
        return observation
    keypoints = np.where(good[:, None], observation.keypoints, 0).astype(np.float32)
    return replace(observation, keypoints=keypoints, confidence=np.where(good, observation.confidence, 0))
