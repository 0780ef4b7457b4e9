"""Where one person is, from picture to picture: the next region comes from the last landmarks."""

import numpy as np

from vtm.body.pose_features import pose_features
from vtm.types import Frame, Observation
from vtm_trt.pose2d.canonical import canonical, fade_outside
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.roi import Roi, SteadyPoints

FADE = 0.05
"""Share of the region's side over which the confidence of keypoints outside the image falls to 0."""


class PersonTrack:
    """What is remembered of one person in the pictures; the body's networks are no part of it.

    Attributes:
        region: Where to look in the next frame; None before anybody was seen.
        landmarks: Of the last frame that showed the person.
        observation: Of the last frame; None where that did not show the person.
        stamp_ns: Of the last frame that showed the person.
        hands: What follows the hands; None looks at no hands.
        steady: How the landmarks lie and move that tell the region.
    """

    def __init__(self, hands: HandTracker | None = None):
        self.hands = hands
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self.region: Roi | None = None
        self.landmarks: Landmarks | None = None
        self.observation: Observation | None = None
        self.stamp_ns = 0
        self.steady = SteadyPoints()
        if self.hands:
            self.hands.reset()

    def follow(self, steady: SteadyPoints) -> None:
        """Go on with a person whose landmarks lay and moved so."""
        self.reset()
        self.steady, self.region = steady, Roi.around(steady.points)

    def see(self, frame: Frame, landmarks: Landmarks) -> Observation:
        """Take what the landmark network saw of the person in `frame`, whose image is C-contiguous."""
        height, width = frame.image.shape[:2]
        self.region = Roi.around(self.steady(landmarks.alignment, frame.stamp_ns))
        self.landmarks, self.stamp_ns = landmarks, frame.stamp_ns
        keypoints, confidence = canonical(landmarks.pixels, landmarks.confidence)
        confidence = fade_outside(confidence, keypoints, width, height, FADE * self.region.side)
        in_space, _ = canonical(landmarks.world, landmarks.confidence)
        hands = self.hands.step(frame, landmarks) if self.hands else None
        self.observation = Observation(
            frame.stamp_ns,
            frame.intrinsics,
            keypoints,
            confidence,
            image=pose_features(in_space),
            keypoint_convention=1.0,
            hands=hands,
            looked=self.hands.looked if self.hands else (True, True),
        )
        return self.observation

    def miss(self) -> None:
        """The next frame does not show the person."""
        self.observation = None

    @property
    def pace(self) -> np.ndarray:
        """Pixels per second, (2,), as it was measured up to the last frame."""
        return self.steady.velocity
