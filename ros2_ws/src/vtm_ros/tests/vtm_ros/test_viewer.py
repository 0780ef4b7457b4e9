"""The viewer node over real DDS, written to a file and read back."""

import signal
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_ros.support import PATIENCE_S, Camera, program, ros, wait_until
from tests.vtm_tools.render.test_overview import standing
from tests.vtm_tools.view.test_in_browser import lost_in_space
from tests.vtm_tools.view.test_view import rows
from vtm.body.skeleton import scaled_offsets
from vtm_ros.conversions.messages import transforms
from vtm_ros.conversions.motion_from_messages import motion_of, root_frame
from vtm_ros.conversions.root_pose import root_in_camera, root_in_world
from vtm_ros.conversions.tf_tree import Pose
from vtm_ros.nodes.spinning import spinning

pytest.importorskip("rerun", reason="the optional viewer is not installed")
SHOWN = (
    "/world/camera/image", "/world/body/shape", "/world/people/2/skeleton", "/world/camera/image/people/2/skeleton",
)  # fmt: skip
GREY = np.full((240, 320, 3), 90, np.uint8)


@pytest.mark.parametrize("world", [False, True])
def test_messages_tell_the_motion(world):
    motion = standing(3).motions()[0]
    camera = Pose(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([1.0, 2.0, 1.5])) if world else None
    root = root_in_camera(motion, "eye")
    if camera is not None:
        root = root_in_world(root, camera, "map")
    message = transforms(motion, root, scaled_offsets(motion.bone_ratio), "anna")
    assert root_frame(message, "anna") == ("map" if world else "eye") and root_frame(message, "bob") is None
    lens = motion.observation.intrinsics
    again = motion_of(message, "anna", lens, camera, motion.confidence, motion.contacts)
    assert again.stamp_ns == motion.stamp_ns
    for name in ("root_cam", "bone_ratio"):
        np.testing.assert_allclose(getattr(again, name), getattr(motion, name), atol=1e-5)
    assert np.abs((again.quat_local * motion.quat_local).sum(-1)).min() > 1 - 1e-6


def rows_so_far(path: Path) -> Counter:
    try:
        return rows(path)
    except RuntimeError:  # its last piece is being written
        return Counter()


@pytest.mark.filterwarnings("ignore:RRD file has no footer")
def test_viewer_writes_what_it_sees(tmp_path):
    from rclpy.qos import QoSProfile
    from tf2_msgs.msg import TFMessage

    out = tmp_path / "film.rrd"
    motions = standing(9).motions()
    with ros():
        camera = Camera()
        poses = camera.create_publisher(TFMessage, "/tf", QoSProfile(depth=100))
        with spinning(camera), program("viewer_node", "--ros-args", "-p", f"save:={out}") as viewer:
            wait_until(lambda: camera.images.get_subscription_count(), "the viewer")
            wait_until(lambda: poses.get_subscription_count() >= 2, "the viewer's TF")

            def shown() -> bool:
                for motion in motions:
                    stamp_ns = camera.send_next(GREY)
                    root = root_in_camera(motion, "test_camera_optical")
                    for prefix in ("person", "person_2"):
                        message = transforms(motion, root, scaled_offsets(motion.bone_ratio), prefix)
                        for item in message.transforms:
                            item.header.stamp.sec, item.header.stamp.nanosec = divmod(stamp_ns, 1_000_000_000)
                        poses.publish(message)
                seen = rows_so_far(out)
                return all(seen[place] > 10 for place in SHOWN)

            wait_until(shown, "images and bodies")
            viewer.send_signal(signal.SIGINT)
            assert viewer.wait(timeout=PATIENCE_S) == 0, viewer.stderr.read()
    seen = rows(out)
    assert all(seen[place] > 10 for place in SHOWN) and not lost_in_space(out)


def test_a_recording_that_cannot_be_written(tmp_path):
    with program("viewer_node", "--ros-args", "-p", f"save:={tmp_path / 'no' / 'film.rrd'}") as viewer:
        assert viewer.wait(timeout=PATIENCE_S) == 2
        assert "create it first" in viewer.stderr.read()
