"""What no person can do, in the node: told on `quality` with its reason, and not published."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from scipy.spatial.transform import Rotation

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import LATCHED, NEVER_S, Camera, Listener, clip_pictures, wait_until
from tests.vtm_trt.postprocess.test_plausibility import TABLE_FOOT
from vtm.types import Motion, Observation

WITHIN = 3
"""Frames in which a fault is told."""


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(12)


@contextmanager
def followed(pictures: list[np.ndarray]) -> Iterator[tuple]:
    """A node that has followed a person for some frames, and whose `quality` says so."""
    with capturing(pose_model="lite", timeout=NEVER_S) as (node, camera, listener):
        listener.listen(DiagnosticStatus, "quality", LATCHED)
        camera.connect(listener, pictures[0])
        camera.film(pictures, listener)
        wait_until(lambda: said(listener)[:1] in (["GOOD"], ["DEGRADED"]), "a person on `quality`")
        assert node.wait_idle(NEVER_S)
        yield node, camera, listener


def said(listener: Listener) -> list[str]:
    """Level and reasons of the last `quality`."""
    last = listener.received["quality"][-1:]
    return [text for message in last for text in (message.message, *(pair.value for pair in message.values))]


def wait_said(listener: Listener, level: str, reason: str) -> None:
    wait_until(
        lambda: said(listener)[:1] == [level] and any(reason in text for text in said(listener)[1:]),
        lambda: f"{level} because {reason!r}, last {said(listener)}",
    )


def show_until_unsaid(camera: Camera, node, listener: Listener, picture: np.ndarray, reason: str) -> None:
    """The person again, until `quality` has taken the reason back."""

    def taken_back() -> bool:
        camera.show(picture, node)
        return said(listener)[0] in ("GOOD", "DEGRADED") and not any(reason in text for text in said(listener))

    wait_until(taken_back, lambda: f"a person again, last {said(listener)}")


def turned(motion: Motion) -> Motion:
    quats = motion.quat_local.copy()
    quats[0] = (Rotation.from_rotvec([0, np.pi, 0]) * Rotation.from_quat(quats[0])).as_quat()
    return replace(motion, quat_local=quats)


def as_table(seen: Observation) -> Observation:
    """A column with three feet where the person is, of the same height."""
    points = seen.keypoints
    scale = np.ptp(points[:, 1]) / np.ptp(TABLE_FOOT[:, 1])
    table = (TABLE_FOOT - TABLE_FOOT.mean(0)) * scale + points.mean(0)
    return replace(seen, keypoints=table.astype(np.float32), confidence=np.full(23, 0.8, np.float32))


def spoil(step: Callable, by: Callable) -> Callable:
    """`step` whose result is spoiled."""

    def spoiled(*given):
        found = step(*given)
        return None if found is None else by(found)

    return spoiled


def test_a_body_turned_about_in_one_frame_is_told_and_not_published(pictures):
    with followed(pictures) as (node, camera, listener):
        lifter = node._pipeline.stream.lifter
        good = lifter.step
        lifter.step = spoil(good, turned)
        faulty = camera.show(pictures[-1], node)
        lifter.step = good
        after = [camera.show(pictures[-1], node) for _ in range(WITHIN - 1)]
        wait_said(listener, "DEGRADED", "the pelvis turns at")
        wait_until(lambda: listener.joint_state(after[-1]), "the pose after it")
        assert listener.joint_state(faulty) is None
        listener.wait_status(faults_pelvis_turns="1")
        show_until_unsaid(camera, node, listener, pictures[-1], "the pelvis turns at")


def test_a_table_in_place_of_the_person_is_told_and_not_published(pictures):
    with followed(pictures) as (node, camera, listener):
        tracker = node._pipeline.stream.tracker
        good = tracker.step
        tracker.step = spoil(good, as_table)
        for _ in range(WITHIN):
            last = camera.show(pictures[-1], node)
        wait_said(listener, "LOST", "no body fits what is seen")
        later = [camera.show(pictures[-1], node) for _ in range(3)]
        tracker.step = good
        show_until_unsaid(camera, node, listener, pictures[-1], "no body fits")
        camera.connect(listener, pictures[-1])
        assert not {last, *later} & set(listener.stamps())
