import pytest

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics

CALIBRATION = """\
image_width: 640
image_height: 480
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [500.5, 0., 320.25, 0., 501.5, 240.75, 0., 0., 1.]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.25, 0.1, 0.001, -0.002, 0.0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1., 0., 0., 0., 1., 0., 0., 0., 1.]
projection_matrix:
  rows: 3
  cols: 4
  data: [480., 0., 321., 0., 0., 481., 241., 0., 0., 0., 1., 0.]
"""


def write(tmp_path, text):
    path = tmp_path / "camera.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_camera_calibration_file(tmp_path):
    expected = Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, (-0.25, 0.1, 0.001, -0.002, 0.0))
    assert load_intrinsics(write(tmp_path, CALIBRATION)) == expected


def test_zero_distortion_is_none(tmp_path):
    text = CALIBRATION.replace("[-0.25, 0.1, 0.001, -0.002, 0.0]", "[0., 0., 0., 0., 0.]")
    assert load_intrinsics(write(tmp_path, text)).distortion == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "image_width"),
        ("just text", "image_width"),
        (b"\x89PNG\r\n\x1a\n\xff", "not YAML"),
        ("%YAML:1.0\n---\nK: !!opencv-matrix\n   rows: 3", "not YAML"),
        (CALIBRATION.replace("camera_matrix", "matrix"), "camera_matrix"),
        (CALIBRATION.replace("501.5, ", ""), "9 numbers"),
        (CALIBRATION.replace("501.5", "many"), "many"),
        (CALIBRATION.replace("500.5", ".nan"), "unusable"),
        (CALIBRATION.replace("500.5", "-500.5"), "unusable"),
        (CALIBRATION.replace("image_width: 640", "image_width: 0"), "unusable"),
        (CALIBRATION.replace("plumb_bob", "equidistant"), "equidistant.*rectify"),
        (CALIBRATION.replace(", -0.002, 0.0]", "]"), "3 coefficients"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path, text, reason):
    path = write(tmp_path, text)
    with pytest.raises(VtmError, match=reason) as caught:
        load_intrinsics(path)
    assert str(path) in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(VtmError, match="check the path"):
        load_intrinsics(tmp_path / "nothing.yaml")


def test_a_camera_file_may_be_named_by_an_url(tmp_path):
    path = tmp_path / "front camera.yaml"
    path.write_text(CALIBRATION)
    assert load_intrinsics(f"file://{tmp_path}/front%20camera.yaml") == load_intrinsics(path)
