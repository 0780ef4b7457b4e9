"""The capture node on keypoints of a topic."""

import math

from geometry_msgs.msg import Point, Pose, PoseArray
from std_msgs.msg import Header

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import (
    FRAME_NS,
    NEVER_S,
    START_NS,
    wait_until,
)
from tests.vtm_trt.keypoint_files.test_networks import as_network, person
from vtm.camera import Intrinsics
from vtm_ros.conversions.camera_info import camera_info
from vtm_ros.conversions.messages import time_from_ns


def keypoint_message(frame: int, stamp_ns: int, count: int = 17) -> PoseArray:
    """Somebody who stands and sways, as a network of 17 points sees them."""
    message = PoseArray(header=Header(stamp=time_from_ns(stamp_ns), frame_id="other_optical"))
    for x, y, c in as_network(person(frame, at=300.0, scale=0.7), "coco17")[:count].tolist():
        message.poses.append(Pose(position=Point(x=x, y=y, z=c)))
    return message


def test_keypoints_of_a_topic_take_the_place_of_the_network():
    with capturing(keypoints="pose_array", timeout=NEVER_S) as (node, camera, listener):
        sender = camera.create_publisher(PoseArray, "keypoints", 10)
        wait_until(lambda: sender.get_subscription_count() and camera.infos.get_subscription_count(), "discovery")
        received = node._statistics.counts

        def send(message: PoseArray, info: bool = True) -> None:
            before = received["received"]
            if info:
                camera.infos.publish(camera_info(Intrinsics.from_fov(640, 480, 55.0), 640, 480))
                wait_until(lambda: node._info, "camera_info")
            sender.publish(message)
            wait_until(lambda: received["received"] > before and node.wait_idle(1.0), "the keypoints to be handled")

        stamps = [START_NS + FRAME_NS * frame for frame in range(8)]
        send(keypoint_message(0, stamps[0]), info=False)
        assert "camera_info" in node._pipeline.last_refusal
        nan = keypoint_message(1, stamps[1])
        nan.poses[9].position.x = math.nan
        shares = keypoint_message(2, stamps[2])
        for pose in shares.poses:
            pose.position.x, pose.position.y = pose.position.x / 640, pose.position.y / 480
        send(nan)
        for message, reason in ((shares, "within 0..1"), (keypoint_message(3, stamps[3], count=16), "16 keypoints")):
            send(message)
            assert reason in node._pipeline.last_refusal
        nobody = PoseArray(header=Header(stamp=time_from_ns(stamps[4]), frame_id="other_optical"))
        for message in (nobody, *(keypoint_message(frame, stamps[frame]) for frame in (5, 6, 7))):
            send(message)
        last = wait_until(lambda: listener.transforms(stamps[7]), "the last pose")
        assert {stamps[1], *stamps[5:]} <= set(listener.stamps()) <= set(stamps) - {stamps[0], *stamps[2:4]}
        assert last.transforms[0].header.frame_id == "other_optical"
        assert (received["refused"], received["failed"]) == (3, 0)
