"""Both hands of one person, frame after frame."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy

import numpy as np

from vtm.types import Frame, HandLandmarks, Hands
from vtm_trt.pose2d.gpu_crop import Crops, DeviceRunner
from vtm_trt.pose2d.hand_network import PRESENT, HandNetwork
from vtm_trt.pose2d.hand_regions import agree, from_body, from_hand
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.roi import Roi

BODY_POINTS = ((15, 17, 19), (16, 18, 20))
"""Wrist, little finger and index among the body's landmarks, of the left and of the right hand."""
SEEN = 0.1
"""Least confidence of the body's wrist for the hand to be looked for."""
LEAST_SIDE = 8.0
"""Least side of a region, pixels: nothing can be seen of a smaller hand."""


class HandTracker:
    """Follows one person's hands: the region of each comes from its own last landmarks while they agree with the body.

    There are at most two looks at a hand in a frame. Where the first shows but a hint of one, the second goes to the
    region that the points of that hint give; where it shows none, to the region that the body gives, if that was not
    the first. What is not followed, and what the second look did not find either, gets one look in the next frame.

    On the processor the two hands are looked at beside each other, by a network each, which is quicker than one network
    that takes both; where they take turns, that of the one has both threads.

    Args:
        variant: Of the hand network, "lite" or "full".
        backend: What runs the networks.
        crops: Shared with the body's networks.
        every: Each hand is looked at once in so many frames; left and right take turns.

    Attributes:
        looked: At which of them the last step looked, left and right.

    Raises:
        VtmError: The variant is unknown, or the network is missing or cannot run here.
    """

    def __init__(self, variant: str = "full", backend: str = "auto", crops: Crops | None = None, every: int = 1):
        crops, threads = crops or Crops(), 1 if every == 1 else 2
        self._networks = tuple(HandNetwork(variant, backend, threads, crops) for _ in BODY_POINTS)
        on_gpu = isinstance(self._networks[0].runner, DeviceRunner)
        self._beside = None if on_gpu or every > 1 else ThreadPoolExecutor(1, "hand")
        self._every, self.looked = every, (True, True)
        self.reset()

    def another(self) -> "HandTracker":
        """One for another person, with the same networks: they take turns."""
        other = copy(self)
        other.reset()
        return other

    def reset(self) -> None:
        """Forget both hands; they are searched from the body."""
        self._regions: list[Roi | None] = [None, None]
        self._in_vain = [False, False]
        self._frames = 0

    def step(self, frame: Frame, body: Landmarks) -> Hands:
        """The left and the right hand in `frame`, None for one that is not seen, or not looked at.

        Args:
            frame: Its image is C-contiguous.
            body: The body's landmarks in the same frame.
        """
        left_due, right_due = ((self._frames + shift) % self._every == 0 for shift in (0, self._every // 2))
        self.looked, self._frames = (left_due, right_due), self._frames + 1
        if self._beside is None:
            return (
                self._hand(0, frame, body) if left_due else None,
                self._hand(1, frame, body) if right_due else None,
            )
        left = self._beside.submit(self._hand, 0, frame, body)
        right = self._hand(1, frame, body)
        return left.result(), right

    def _hand(self, side: int, frame: Frame, body: Landmarks) -> HandLandmarks | None:
        wrist, pinky, index = BODY_POINTS[side]
        followed, self._regions[side] = self._regions[side], None
        if body.confidence[wrist] < SEEN:
            return None
        points = body.pixels.astype(np.float64)
        start = from_body(points[wrist], points[pinky], points[index])
        if start.side < LEAST_SIDE:
            return None
        hand = self._look(side, frame, start, followed if followed and agree(followed, start) else None)
        if hand is not None:
            self._regions[side] = from_hand(hand.pixels.astype(np.float64))
        return hand

    def _look(self, side: int, frame: Frame, start: Roi, followed: Roi | None) -> HandLandmarks | None:
        """The hand in one of the regions, of which `start` is the body's."""
        network, waits = self._networks[side], self._in_vain[side]
        self._in_vain[side] = False
        hand = network(frame, followed or start)
        if hand is not None and hand.presence >= PRESENT:
            return hand
        again = start if followed else None
        if hand is not None and not waits:
            closer = from_hand(hand.pixels.astype(np.float64))
            again = closer if agree(closer, start) else again
        hand = network(frame, again) if again else None
        if hand is not None and hand.presence >= PRESENT:
            return hand
        self._in_vain[side] = again is not None and followed is None
        return None
