"""The hands of real people."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame, read_clip
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.errors import VtmError
from vtm.types import HandLandmarks
from vtm_trt.pose2d.exchange import GROUPS, exchange
from vtm_trt.pose2d.hand_network import HandNetwork
from vtm_trt.pose2d.hand_regions import from_hand
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.tracker import PoseTracker


@pytest.fixture(scope="module")
def balancing():
    """A man whose left hand is away from his body, and whose right one can hardly be seen."""
    return read_clip("pose2sim/cam04.mp4", 30)


@pytest.fixture(scope="module")
def observations(balancing):
    tracker = PoseTracker("lite", hands="lite")
    return [tracker.step(frame(image, index)) for index, image in enumerate(balancing)]


def test_hands_are_followed_at_the_wrists(observations):
    left, right = ([observation.hands[side] for observation in observations] for side in (0, 1))
    assert np.mean([hand is not None for hand in left]) > 0.9 and any(right)
    for hands, wrist in ((left, "left_wrist"), (right, "right_wrist")):
        for observation, hand in zip(observations, hands, strict=True):
            if hand:
                size = np.ptp(hand.pixels, axis=0).max()
                assert np.linalg.norm(hand.pixels[0] - observation.keypoints[KEYPOINT_INDEX[wrist]]) < size
                assert hand.pixels.dtype == np.float32 and 0.5 <= hand.presence <= 1 and 0 <= hand.right <= 1
                assert 0.05 < np.linalg.norm(hand.world[9] - hand.world[0]) < 0.15, "the palm's length, metres"


def test_exchanged_arms_exchange_the_hands(observations):
    arms, legs = (1 << GROUPS.index(name) for name in ("arms", "legs"))
    observation = next(o for o in observations if o.hands[0] and o.hands[1])
    assert exchange(observation, arms).hands == observation.hands[::-1]
    assert exchange(observation, legs).hands == observation.hands
    assert exchange(replace(observation, hands=None), arms).hands is None


def test_hands_take_turns(balancing):
    tracker = PoseTracker("lite", hands="lite", hands_every=2)
    seen = [tracker.step(frame(image, index)) for index, image in enumerate(balancing[:6])]
    assert [observation.looked for observation in seen] == [(True, False), (False, True)] * 3
    assert all(observation.hands[0] is not None for observation in seen[::2])
    assert all(observation.hands[0] is None for observation in seen[1::2])
    arms = 1 << GROUPS.index("arms")
    assert exchange(seen[0], arms).looked == (False, True)


class Looks:
    """A hand network of the presences that it is told, one after the other, and of the squares at which it looked."""

    def __init__(self, sure: HandLandmarks, *presences: float | None):
        self.sure, self.presences, self.regions = sure, list(presences), list[Roi]()

    def __call__(self, _, region: Roi) -> HandLandmarks | None:
        self.regions.append(region)
        presence = self.presences.pop(0)
        return replace(self.sure, presence=presence) if presence else None


@pytest.fixture
def looks(balancing, monkeypatch):
    """Look for a hand in as many frames as asked, with the presences that the network tells: what was found in each."""
    tracker, image = PoseTracker("lite", hands="lite"), frame(balancing[0])
    hands, sure = tracker._person.hands, tracker.step(image).hands[0]
    square = from_hand(sure.pixels.astype(float))

    def found(*presences, followed=None, start=square, frames=1):
        hands.reset()
        network = Looks(sure, *presences)
        monkeypatch.setattr(hands, "_networks", (network, network))
        seen = [hands._look(0, image, start, followed) for _ in range(frames)]
        assert not network.presences, "so many looks"
        return [hand and hand.presence for hand in seen], network.regions

    found.square = square
    return found


def test_a_hint_is_looked_at_again(looks):
    """Where the body's square shows but a hint of a hand, the square round the points of that hint is tried."""
    for presences, found in (((0.3, 0.8), 0.8), ((0.3, 0.4), None), ((None,), None), ((0.9,), 0.9)):
        assert looks(*presences)[0] == [found]
    elsewhere = replace(looks.square, x=looks.square.x + 2 * looks.square.side)
    assert looks(0.3, start=elsewhere)[0] == [None], "it does not run off to another hand"


def test_a_hint_that_came_to_nothing_waits_for_a_frame(looks):
    assert looks(0.3, 0.4, 0.3, 0.3, 0.8, frames=3)[0] == [None, None, 0.8]


def test_who_is_lost_is_looked_for_once_more(looks):
    """By the hint, or where there is none by the body."""
    lost, start = replace(looks.square, x=looks.square.x + 5.0), replace(looks.square, y=looks.square.y + 5.0)
    assert looks(0.3, 0.8, followed=lost, start=start) == ([0.8], [lost, looks.square])
    assert looks(None, 0.8, followed=lost, start=start) == ([0.8], [lost, start])
    assert looks(0.3, 0.4, followed=lost, start=start)[0] == [None], "two looks at most"


def test_nothing_is_looked_for_unless_asked(balancing):
    assert PoseTracker("lite").step(frame(balancing[0])).hands is None


@pytest.mark.parametrize("make", [HandNetwork, HandTracker])
def test_an_unknown_network_is_named(make):
    with pytest.raises(VtmError, match="choose one of: lite, full"):
        make("heavy")
