import numpy as np
import pytest
from sensor_msgs.msg import Image

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import clip_pictures, wait_until
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.inputs.image_decoder import decode_image
from vtm_ros.outputs import overlay_publisher


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(12)


def difference(message: Image, picture: np.ndarray) -> float:
    return float((np.abs(decode_image(message).astype(int) - picture).max(-1) > 30).mean())


@pytest.mark.parametrize("lookahead", [0, 2])
def test_each_motion_is_drawn_over_the_frame_it_belongs_to(pictures, lookahead):
    with capturing(lookahead=lookahead) as (node, camera, listener):
        listener.listen(Image, "overlay")
        wait_until(lambda: camera.images.get_subscription_count() and node.count_subscribers("overlay"), "discovery")
        sent, overlays = {}, listener.received["overlay"]

        def drawn() -> dict[int, Image] | None:
            picture = pictures[len(sent) % len(pictures)]
            sent[camera.show(picture, node)] = picture
            shown = {ns_from_time(message.header.stamp): message for message in list(overlays)}
            both = {stamp: shown[stamp] for stamp in listener.stamps() if stamp in shown}
            return both if len(both) > 3 else None

        shown = wait_until(drawn, "overlays with a pose")
        for stamp in shown:
            assert shown[stamp].header.frame_id == "test_camera_optical"
            # The person differs from the bare frame, everything else is that very frame.
            assert 0.002 < difference(shown[stamp], sent[stamp]) < 0.1


def test_nothing_is_drawn_while_nobody_subscribes(pictures, monkeypatch):
    def never(*_):
        raise AssertionError("drawn for nobody")

    monkeypatch.setattr(overlay_publisher, "draw_overlay", never)
    with capturing() as (_, camera, listener):
        camera.connect(listener, pictures[0])
        camera.film(pictures[1:4], listener)
        assert listener.wait_status(lifecycle="active")["images failed"] == "0"
