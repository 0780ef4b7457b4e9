"""The 2D pose of one person, frame after frame."""

import numpy as np

from vtm.types import Frame, Observation
from vtm_trt.pose2d.crop import croppable
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.landmarks import LandmarkNetwork, Landmarks
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.roi import Roi, SteadyPoints
from vtm_trt.pose2d.search_plan import tiles

TILES, PATIENCE = 2, 8
"""Along the longer side of the image; they are searched at first, and where nobody is left, after so many frames."""


class PoseTracker:
    """Follows one person: each frame's region comes from the last frame's landmarks, the detector only finds the start.

    Args:
        variant: Of BlazePose's landmark network.
        backend: What runs the networks.
        threads: Of the processor, for each.
        hands: The hand network, "lite" or "full"; "off" looks at no hands.
        hands_every: Each hand is looked at once in so many frames.
        twice: Whether the landmark network also looks in the mirror.
    """

    def __init__(
        self,
        variant: str = "full",
        backend: str = "auto",
        threads: int = 2,
        hands: str = "off",
        hands_every: int = 1,
        twice: bool = False,
    ):
        crops = Crops()
        self._detector = PersonDetector(backend, threads, crops)
        self._network = LandmarkNetwork(variant, backend, threads, crops, twice)
        self._person = PersonTrack(None if hands == "off" else HandTracker(hands, backend, crops, hands_every))
        self._shape: tuple[int, ...] = ()
        self.reset()

    def reset(self) -> None:
        """Forget the person; the next frame is searched from scratch."""
        self._person.reset()
        self._doubted, self._in_vain = False, PATIENCE

    def look_again(self) -> None:
        """What is followed may be no person: the next frame is searched, and the region kept where nobody is found."""
        self._doubted = True

    def follow(self, steady: SteadyPoints | None, shape: tuple[int, ...]) -> None:
        """Go on with somebody who was followed elsewhere.

        Args:
            steady: As the other tracker had it after the frame before; None searches the next one.
            shape: Of the images.
        """
        self.reset()
        self._shape = shape
        if steady is not None:
            self._person.follow(steady)

    @property
    def steady(self) -> SteadyPoints | None:
        """How the landmarks lie and move by which the next frame is looked at; None where it is searched."""
        return self._person.steady if self.tracking else None

    @property
    def tracking(self) -> bool:
        """Whether the next frame's region is known without the detector."""
        return self._person.region is not None

    @property
    def world_landmarks(self) -> np.ndarray | None:
        """BlazePose's own (33, 3) m of the last frame, camera axes; None when nobody was seen."""
        return self._person.landmarks.world if self._person.landmarks else None

    def describe(self) -> str:
        """One line for a log: what runs the networks."""
        return self._network.runner.describe()

    def step(self, frame: Frame) -> Observation | None:
        """The person in `frame`, or None when nobody is seen. Works on every (H, W, 3) uint8 image."""
        if frame.image.shape != self._shape:
            self.reset()
            self._shape = frame.image.shape
        given = croppable(frame)
        if given is None:
            return None
        doubted, self._doubted = self._doubted, False
        landmarks = (self._search(given) if doubted else None) or self._follow(given) or self._find(given)
        return self._person.see(given, landmarks) if landmarks else None

    def _follow(self, frame: Frame) -> Landmarks | None:
        return self._network(frame, self._person.region) if self._person.region else None

    def _find(self, frame: Frame) -> Landmarks | None:
        """Search the whole image, which makes people small, and one of its tiles where it has shown nobody for long."""
        self._person.reset()
        found = self._search(frame)
        self._in_vain = 0 if found else self._in_vain + 1
        if found or self._in_vain <= PATIENCE:
            return found
        height, width = frame.image.shape[:2]
        parts = tiles(width, height, TILES)
        return self._search(frame, parts[(self._in_vain - PATIENCE - 1) % len(parts)])

    def _search(self, frame: Frame, within: Roi | None = None) -> Landmarks | None:
        """Search a part of the image, or all. A second look, from the first one's own region, halves its error."""
        roi = self._detector(frame, within)
        first = self._network(frame, roi) if roi else None
        return first and (self._network(frame, Roi.around(first.alignment)) or first)
