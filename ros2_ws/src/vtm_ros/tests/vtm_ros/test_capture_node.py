"""The capture node beside an independent camera and subscriber."""

import array
import threading
from dataclasses import replace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from std_srvs.srv import Trigger

from tests.vtm_ros.capturing import capturing, described_places, transformed_places
from tests.vtm_ros.support import (
    FRAME_NS,
    PATIENCE_S,
    clip_pictures,
    wait_until,
)
from tests.vtm_ros.test_messages import chained
from vtm.body.joint_angles import ANGLE_NAMES
from vtm_ros.conversions.messages import ns_from_time


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(20)


def test_description_joint_states_and_transforms_agree(pictures):
    with capturing() as (_, camera, listener):
        first = camera.connect(listener, pictures[0])
        stamps = [first, *camera.film(pictures[1:8], listener)]
        wait_until(lambda: listener.transforms(stamps[-1]), "the last transforms")
        wait_until(lambda: listener.received["robot_description"], "a description")
        descriptions = [message.data for message in listener.received["robot_description"]]
        for stamp in stamps:
            state, transforms = listener.joint_state(stamp), listener.transforms(stamp)
            assert tuple(state.name) == ANGLE_NAMES
            assert {t.header.frame_id for t in transforms.transforms[:1]} == {"test_camera_optical"}
            assert {ns_from_time(t.header.stamp) for t in transforms.transforms} == {stamp}
            places = transformed_places(transforms)
            gaps = [np.abs(described_places(text, state) - places).max() for text in descriptions]
            assert min(gaps) < 1e-3, f"URDF and TF differ by {min(gaps)} m"
        assert gaps[-1] < 1e-3, "the last description is not the one in force"


def test_the_person_stands_before_the_camera_head_up(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        stamp = camera.film(pictures[1:], listener)[-1]
        places = chained(wait_until(lambda: listener.transforms(stamp), "transforms"))
        assert 0.5 < places["person/pelvis"][2] < 30
        assert places["person/head"][1] < places["person/pelvis"][1] < places["person/left_ankle"][1]
        bones, _ = wait_until(lambda: listener.received["skeleton"], "markers")[-1].markers
        assert bones.header.frame_id == "test_camera_optical"


def test_outputs_bear_the_stamps_of_their_images_with_lookahead(pictures):
    with capturing(lookahead=3) as (node, camera, listener):
        wait_until(
            lambda: camera.images.get_subscription_count() and camera.infos.get_subscription_count(), "discovery"
        )
        sent = []

        def answered() -> bool:
            sent.append(camera.show(pictures[len(sent) % len(pictures)], node))
            return len(listener.stamps()) > 10

        wait_until(answered, "ten poses")
        stamps = listener.stamps()
        assert set(stamps) <= set(sent[:-3])
        assert stamps == sorted(set(stamps))


def test_bad_images_are_refused_counted_and_survived(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        faults = (
            dict(encoding="32FC1"),
            dict(data=array.array("B", bytes(100))),
            dict(width=0, height=0),
            dict(step=1),
        )
        refused = []
        for count, fault in enumerate(faults, 1):
            refused.append(camera.send_next(pictures[1], **fault))
            status = listener.wait_status(images_refused=str(count))
            assert status["last refusal"]
        good = camera.film(pictures[2:5], listener)
        assert not set(refused) & set(listener.stamps())
        assert set(good) <= set(listener.stamps())
        assert listener.wait_status(images_refused="4", last_refusal="")["images failed"] == "0"


def test_repeated_and_backward_stamps(pictures):
    with capturing() as (_, camera, listener):
        last = camera.connect(listener, pictures[0])
        camera.send(pictures[1], last)
        listener.wait_status(images_repeated="1")
        camera.next_ns = last - 10**12
        earlier = camera.film(pictures[1:4], listener)
        assert listener.stamps().count(last) == 1
        assert listener.stamps()[-3:] == earlier
        assert listener.wait_status(images_repeated="1", images_resets="1")["images failed"] == "0"


def test_a_gap_starts_the_motion_anew(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        camera.next_ns += 60 * 10**9
        camera.film(pictures[1:3], listener)
        listener.wait_status(images_resets="1")


def test_a_missing_calibration_is_said_and_a_coming_one_used(pictures):
    with capturing(fov=70.0) as (_, camera, listener):
        camera.connect(listener, pictures[0], calibrated=False)

        def warned() -> dict | None:
            camera.film(pictures[:1], listener, calibrated=False)
            status = listener.status()
            return status if status.get("message", "").endswith("is assumed") else None

        status = wait_until(warned, "a warning")
        assert "70 degrees" in status["message"] and status["level"] == DiagnosticStatus.WARN
        camera.film(pictures[2:4], listener)
        listener.wait_status(calibration="camera_info")


def test_the_size_may_change_in_mid_stream(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        smaller = [np.ascontiguousarray(picture[::2, ::2]) for picture in pictures[1:4]]
        camera.film(smaller, listener)
        camera.film(pictures[4:6], listener)
        assert listener.wait_status(images_refused="0")["images failed"] == "0"


def test_nobody_in_the_picture_gives_no_pose_and_says_so(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        before = len(listener.stamps())
        empty = np.full_like(pictures[0], 90)

        def lost() -> dict | None:
            camera.send_next(empty)
            return listener.status() if listener.status().get("message") == "nobody is seen in the picture" else None

        status = wait_until(lost, "the loss in the diagnostics")
        assert (status["level"], status["tracking"]) == (DiagnosticStatus.STALE, "nobody")
        assert len(listener.stamps()) == before
        camera.connect(listener, pictures[1])


def test_without_images_nothing_is_repeated_and_the_state_is_stale_until_they_come_again(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        seen = len(listener.stamps()), len(listener.received["/tf"])
        status = listener.wait_status(level=DiagnosticStatus.STALE)
        assert "no image" in status["message"] and status["tracking"] == "nobody"
        assert (len(listener.stamps()), len(listener.received["/tf"])) == seen
        camera.next_ns += 60 * FRAME_NS
        camera.film_until(lambda: listener.status()["message"] == "tracking", "tracking", pictures[1:4], listener)
        assert listener.status()["images resets"] == "1"
        assert listener.status()["level"] == DiagnosticStatus.OK


def test_names_of_frames(pictures):
    with capturing(tf_prefix="anna", camera_frame="optics") as (_, camera, listener):
        stamp = camera.connect(listener, pictures[0])
        frames = [(t.header.frame_id, t.child_frame_id) for t in listener.transforms(stamp).transforms]
        assert frames[:2] == [("optics", "anna/pelvis"), ("anna/pelvis", "anna/left_hip")]


def test_the_reset_service(pictures):
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        client = listener.create_client(Trigger, "/capture/reset")
        assert client.wait_for_service(PATIENCE_S)
        answer = client.call_async(Trigger.Request())
        wait_until(answer.done, "an answer")
        assert answer.result().success
        camera.film(pictures[1:3], listener)
        listener.wait_status(images_resets="1")


def test_numbers_that_are_none_from_a_network_are_dropped_and_counted(pictures):
    with capturing() as (node, camera, listener):
        camera.connect(listener, pictures[0])
        stream = node._pipeline.stream
        good = stream.step
        for name in ("quat_local", "root_cam", "bone_ratio", "contacts"):

            def spoiled(frame, locate, name=name):
                person = good(frame, locate)
                return replace(person, **{name: np.full_like(getattr(person, name), np.nan)})

            stream.step = spoiled
            stamp = camera.send_next(pictures[1])
            count = ("quat_local", "root_cam", "bone_ratio", "contacts").index(name) + 1
            wait_until(lambda count=count: node._statistics.counts["non-finite"] == count, "the non-finite motion")
            assert listener.joint_state(stamp) is None
        stream.step = good
        stamps = camera.film(pictures[2:5], listener)
        for stamp in stamps:
            transforms = wait_until(lambda stamp=stamp: listener.transforms(stamp), "transforms").transforms
            quats = [[getattr(t.transform.rotation, axis) for axis in "xyzw"] for t in transforms]
            np.testing.assert_allclose(np.linalg.norm(quats, axis=1), 1.0, atol=1e-6)
        listener.wait_status(**{"images non-finite": "4", "images failed": "0"})


def test_inference_slower_than_the_camera_takes_the_newest_frame(pictures):
    """What came while a frame was worked on does not queue: the newest is next, the others are counted as dropped."""
    with capturing() as (node, camera, listener):
        camera.connect(listener, pictures[0])
        assert node.wait_idle(PATIENCE_S)
        received, dropped = node._statistics.counts, node._worker.dropped
        handled, entered, release = [], threading.Event(), threading.Event()
        good = node._pipeline.stream.step

        def slow(frame, locate):
            handled.append(frame.stamp_ns)
            entered.set()
            assert release.wait(PATIENCE_S)
            return good(frame, locate)

        node._pipeline.stream.step = slow
        sent = [camera.send_next(pictures[1])]
        assert entered.wait(PATIENCE_S)
        for picture in pictures[2:8]:
            before = received["received"]
            sent.append(camera.send_next(picture))
            wait_until(lambda before=before: received["received"] > before, "the image")
        wait_until(lambda: node._worker.dropped == dropped + 5, "the images between to be dropped")
        release.set()
        wait_until(lambda: listener.joint_state(sent[-1]), "the newest frame's pose")
        assert handled == [sent[0], sent[-1]]
        listener.wait_status(images_dropped=str(dropped + 5), images_failed="0")
