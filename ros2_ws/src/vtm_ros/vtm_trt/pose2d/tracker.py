"""The 2D pose of one person, frame after frame."""

from dataclasses import replace

import numpy as np

from vtm.body.pose_features import pose_features
from vtm.types import Frame, Observation
from vtm_trt.pose2d.canonical import canonical, fade_outside
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.landmarks import LandmarkNetwork, Landmarks
from vtm_trt.pose2d.roi import Roi, SteadyPoints

LARGEST = 32766
"""Longest image side that OpenCV can warp, pixels."""
FADE = 0.05
"""Share of the region's side over which the confidence of keypoints outside the image falls to 0."""


class PoseTracker:
    """Follows one person: each frame's region comes from the last frame's landmarks, the detector only finds the start.

    Args:
        variant: Of BlazePose's landmark network.
        backend: What runs the networks.
        threads: Of the processor, for each.
        hands: The hand network, "lite" or "full"; "off" looks at no hands.

    Attributes:
        world_landmarks: BlazePose's own (33, 3) m of the last frame, camera axes; None when nobody was seen.
    """

    def __init__(self, variant: str = "full", backend: str = "auto", threads: int = 2, hands: str = "off"):
        crops = Crops()
        self._detector = PersonDetector(backend, threads, crops)
        self._network = LandmarkNetwork(variant, backend, threads, crops)
        self._hands = None if hands == "off" else HandTracker(hands, backend, crops)
        self._shape: tuple[int, ...] = ()
        self.reset()

    def reset(self) -> None:
        """Forget the person; the next frame is searched from scratch."""
        self._roi: Roi | None = None
        self._doubted = False
        self._steady = SteadyPoints()
        if self._hands:
            self._hands.reset()
        self.world_landmarks: np.ndarray | None = None

    def look_again(self) -> None:
        """What is followed may be no person: the next frame is searched, and the region kept where nobody is found."""
        self._doubted = True

    @property
    def tracking(self) -> bool:
        """Whether the next frame's region is known without the detector."""
        return self._roi is not None

    def describe(self) -> str:
        """One line for a log: what runs the networks."""
        return self._network.runner.describe()

    def step(self, frame: Frame) -> Observation | None:
        """The person in `frame`, or None when nobody is seen. Works on every (H, W, 3) uint8 image."""
        # A new Frame even for one seen before, whose pixels may have changed: a copy on the GPU is known by its Frame.
        frame = replace(frame, image=np.ascontiguousarray(frame.image))
        height, width = frame.image.shape[:2]
        if frame.image.shape != self._shape:
            self.reset()
            self._shape = frame.image.shape
        if min(height, width) < 1 or max(height, width) > LARGEST:
            return None
        doubted, self._doubted = self._doubted, False
        landmarks = (self._search(frame) if doubted else None) or self._follow(frame) or self._find(frame)
        if landmarks is None:
            return None
        self._roi = Roi.around(self._steady(landmarks.alignment, frame.stamp_ns))
        self.world_landmarks = landmarks.world
        keypoints, confidence = canonical(landmarks.pixels, landmarks.confidence)
        confidence = fade_outside(confidence, keypoints, width, height, FADE * self._roi.side)
        in_space, _ = canonical(landmarks.world, landmarks.confidence)
        return Observation(
            frame.stamp_ns,
            frame.intrinsics,
            keypoints,
            confidence,
            image=pose_features(in_space),
            keypoint_convention=1.0,
            hands=self._hands.step(frame, landmarks) if self._hands else None,
        )

    def _follow(self, frame: Frame) -> Landmarks | None:
        return self._network(frame, self._roi) if self._roi else None

    def _find(self, frame: Frame) -> Landmarks | None:
        self.reset()
        return self._search(frame)

    def _search(self, frame: Frame) -> Landmarks | None:
        """Search the whole image. A second look, from the first one's own region, halves the first pose's error."""
        roi = self._detector(frame)
        first = self._network(frame, roi) if roi else None
        return first and (self._network(frame, Roi.around(first.alignment)) or first)
