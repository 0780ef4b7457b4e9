"""The programs as a user starts them."""

import signal

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image

from tests.vtm_ros.support import PATIENCE_S, Listener, clip_pictures, program, ros, wait_until, write_clip
from tests.vtm_trt.sources import films
from tests.vtm_trt.sources.mp4 import turned
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.nodes.spinning import spinning

CAMERA_FILE = """\
image_width: 360
image_height: 640
camera_matrix: {rows: 3, cols: 3, data: [400., 0., 180., 0., 401., 320., 0., 0., 1.]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, 0., 0., 0., 0.]}
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", clip_pictures(30))


def ended(process) -> tuple[int, str]:
    """Exit code and stderr of a process that ends by itself."""
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in errors
    return process.returncode, errors


def test_camera_and_capture_in_two_processes(clip):
    with ros(), program("capture_node") as capture:
        listener = Listener()
        with spinning(listener):
            listener.wait_status(lifecycle="active")
            with program("video_camera", "--ros-args", "-p", f"video:={clip}") as camera:
                assert ended(camera)[0] == 0
            status = listener.wait_status(fps_in="0.0", fps_out="0.0")
            assert int(status["images received"]) >= int(status["images published"]) > 0
            wait_until(lambda: int(status["images published"]) == len(listener.stamps()), "every pose")
            wait_until(lambda: listener.received["robot_description"], "a description")
            capture.send_signal(signal.SIGINT)
            assert ended(capture)[0] == 0


def test_one_process_plays_a_clip_to_its_end(clip):
    with program("one_process", "--video", str(clip)) as both:
        assert ended(both)[0] == 0


def test_one_process_publishes_until_it_is_interrupted(clip):
    with ros():
        listener = Listener("/anna")
        arguments = ["--video", str(clip), "--loop", "--ros-args", "-r", "__ns:=/anna", "-p", "lookahead:=1"]
        with spinning(listener), program("one_process", *arguments) as both:
            wait_until(lambda: len(listener.stamps()) > 10 and len(listener.received["/tf"]) > 10, "motion")
            listener.wait_status(**{"look-ahead [frames]": "1"})
            both.send_signal(signal.SIGINT)
            assert ended(both)[0] == 0


def test_every_frame_of_a_clip_arrives_with_its_calibration(clip, tmp_path):
    camera_file = tmp_path / "camera.yaml"
    camera_file.write_text(CAMERA_FILE)
    with ros():
        listener = Listener()
        listener.listen(Image, "image")
        listener.listen(CameraInfo, "camera_info")
        parameters = ["-p", f"video:={clip}", "-p", f"camera_info_file:={camera_file}"]
        for topic in ("image", "camera_info"):  # a busy listener shall miss nothing
            parameters += ["-p", f"qos_overrides./{topic}.publisher.depth:=30"]
        with spinning(listener), program("video_camera", "--ros-args", *parameters) as camera:
            assert ended(camera)[0] == 0
            images, infos = listener.received["image"], listener.received["camera_info"]
            wait_until(lambda: len(images) == len(infos) == 30, "30 images")
    stamps = [ns_from_time(image.header.stamp) for image in images]
    assert stamps == sorted(set(stamps)) == [ns_from_time(info.header.stamp) for info in infos]
    assert (stamps[-1] - stamps[0]) * 1e-9 > 0.9 * 29 / 30, "a busy machine may be slower than the clip, but not faster"
    assert {(i.width, i.height, i.encoding, i.step, i.header.frame_id) for i in images} == {
        (360, 640, "bgr8", 1080, "camera_optical_frame")
    }
    np.testing.assert_allclose(infos[0].k, [400, 0, 180, 0, 401, 320, 0, 0, 1])
    np.testing.assert_allclose(infos[0].d, [0.1, 0, 0, 0, 0])


def test_a_looping_camera_goes_on_until_it_is_interrupted(clip):
    with ros():
        listener = Listener()
        listener.listen(Image, "image")
        parameters = ["-p", f"video:={clip}", "-p", "loop:=true", "-p", "rate:=100.0"]
        with spinning(listener), program("video_camera", "--ros-args", *parameters) as camera:
            wait_until(lambda: len(listener.received["image"]) > 70, "more images than the clip has")
            camera.send_signal(signal.SIGINT)
            assert ended(camera)[0] == 0
    stamps = [ns_from_time(image.header.stamp) for image in listener.received["image"]]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_capture_ends_well(interrupt):
    with ros(), program("capture_node") as capture:
        listener = Listener()
        with spinning(listener):
            listener.wait_status(lifecycle="active")
        capture.send_signal(interrupt)
        assert ended(capture)[0] == 0


@pytest.mark.parametrize(
    ("module", "args", "sentence"),
    [
        ("video_camera", ["--ros-args", "-p", "video:=/nothing.mp4"], "there is no video /nothing.mp4; check the path"),
        ("video_camera", [], "no video is given"),
        ("video_camera", ["--ros-args", "-p", f"video:={__file__}"], "cannot be read as a video"),
        (
            "video_camera",
            ["--ros-args", "-p", "rate:=-1.0"],
            "'rate' is out of range; it must be a decimal number in 0.1..1000.0, or 0.0",
        ),
        (
            "video_camera",
            ["--ros-args", "-p", "video:=x.mp4", "-p", "qos_overrides./image.publisher.reliability:=sure"],
            "`sure`; correct the parameter",
        ),
        ("capture_node", ["--ros-args", "-p", "lookahead:=99"], "integer in 0..8"),
        ("capture_node", ["--ros-args", "-p", "backend:=abacus"], "one of: auto"),
        ("capture_node", ["--ros-args", "-p", "lookahead"], "'-p lookahead'"),
        ("capture_node", ["--ros-args", "--params-file", "/nothing.yaml"], "/nothing.yaml"),
        ("one_process", ["--video", "/nothing.mp4"], "there is no video"),
        ("one_process", [], "--video"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(module, args, sentence):
    with program(module, *args) as process:
        code, errors = ended(process)
    assert code == 2
    assert sentence in errors
    assert len(errors.strip().splitlines()) <= 4


def test_a_shell_without_ros_is_told_what_to_source(clip, monkeypatch):
    monkeypatch.delenv("AMENT_PREFIX_PATH")
    with program("one_process", "--video", str(clip)) as both:
        code, errors = ended(both)
    assert code == 2
    assert "not in this shell's environment; run: source " in errors


def test_a_phone_video_is_published_upright(tmp_path):
    clip = turned(films.write(tmp_path / "phone.mp4"), 90)
    with ros():
        listener = Listener()
        listener.listen(Image, "image")
        listener.listen(CameraInfo, "camera_info")
        with spinning(listener), program("video_camera", "--ros-args", "-p", f"video:=file://{clip}") as camera:
            assert ended(camera)[0] == 0
            wait_until(lambda: listener.received["image"] and listener.received["camera_info"], "images")
        for message in (listener.received["image"][0], listener.received["camera_info"][0]):
            assert (message.width, message.height) == (64, 96)
