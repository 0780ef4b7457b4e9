import json

import cv2
import numpy as np
import pytest
import yaml

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics, save_intrinsics

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
PLUMB_BOB = (-0.25, 0.1, 0.001, -0.002, 0.0)
LENS = Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, PLUMB_BOB)
EQUIDISTANT = (-0.01, 0.02, -0.003, 0.0004)
RATIONAL = (0.3, -0.2, 0.001, -0.002, 0.05, 0.6, -0.1, 0.02)
PRISM, TILTED = (*RATIONAL, 1e-3, 2e-3, -1e-3, 3e-3), (*RATIONAL, 1e-3, 2e-3, -1e-3, 3e-3, 0.01, -0.02)
KALIBR = """\
cam0:
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [-0.25, 0.1, 0.001, -0.002]
  distortion_model: radtan
  intrinsics: [500.5, 501.5, 320.25, 240.75]
  resolution: [640, 480]
  rostopic: /cam0/image_raw
cam1:
  T_cn_cnm1:
  - [1.0, 0.0, 0.0, -0.1]
  - [0.0, 1.0, 0.0, 0.0]
  - [0.0, 0.0, 1.0, 0.0]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [-0.01, 0.02, -0.003, 0.0004]
  distortion_model: equidistant
  intrinsics: [500.5, 501.5, 320.25, 240.75]
  resolution: [640, 480]
  rostopic: /cam1/image_raw
"""
ECHO = """\
header:
  stamp:
    sec: 1
    nanosec: 2
  frame_id: camera
height: 480
width: 640
distortion_model: plumb_bob
d:
- -0.25
- 0.1
- 0.001
- -0.002
- 0.0
k: [500.5, 0.0, 320.25, 0.0, 501.5, 240.75, 0.0, 0.0, 1.0]
r: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
p: [480.0, 0.0, 321.0, 0.0, 0.0, 481.0, 241.0, 0.0, 0.0, 0.0, 1.0, 0.0]
binning_x: 0
binning_y: 0
roi:
  x_offset: 0
  y_offset: 0
  height: 0
  width: 0
  do_rectify: false
---
"""


ORB_SLAM = """\
%YAML:1.0

File.version: "1.0"
Camera.type: "PinHole"
Camera1.fx: 500.5
Camera1.fy: 501.5
Camera1.cx: 320.25
Camera1.cy: 240.75
Camera1.k1: -0.25
Camera1.k2: 0.1
Camera1.p1: 0.001
Camera1.p2: -0.002
Camera.width: 640
Camera.height: 480
Camera.fps: 20
ORBextractor.nFeatures: 1500
"""
VINS = """\
%YAML:1.0
---
model_type: KANNALA_BRANDT
image_width: 640
image_height: 480
projection_parameters:
   k2: -0.01
   k3: 0.02
   k4: -0.003
   k5: 0.0004
   mu: 500.5
   mv: 501.5
   u0: 320.25
   v0: 240.75
"""
K_NAMED = {"fx": 500.5, "fy": 501.5, "cx": 320.25, "cy": 240.75}


def basalt(model: str, names: str, coefficients) -> str:
    lens = {**K_NAMED, **dict(zip(names.split(), coefficients, strict=True))}
    camera = {"camera_type": model, "intrinsics": lens}
    return json.dumps({"value0": {"intrinsics": [camera], "resolution": [[640, 480]]}})


def write(tmp_path, text, name="camera.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def with_lens(model: str, coefficients) -> str:
    text = CALIBRATION.replace("plumb_bob", model).replace("cols: 5", f"cols: {len(coefficients)}")
    return text.replace("[-0.25, 0.1, 0.001, -0.002, 0.0]", str(list(coefficients)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CALIBRATION, LENS),
        (with_lens("plumb_bob", (0.0,) * 5), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75)),
        (with_lens("plumb_bob", PLUMB_BOB[:4]), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, PLUMB_BOB[:4])),
        (with_lens("rational_polynomial", RATIONAL), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, RATIONAL)),
        (with_lens("rational_polynomial", PRISM), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, PRISM)),
        (with_lens("rational_polynomial", TILTED), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, TILTED)),
        (with_lens("equidistant", EQUIDISTANT), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, EQUIDISTANT, True)),
        (with_lens("equidistant", (0.0,) * 4), Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, (0.0,) * 4, True)),
        (with_lens("equidistant", (*EQUIDISTANT, 0.0)),
         Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, EQUIDISTANT, True)),
        (with_lens("plumb_bob", (*PLUMB_BOB, 0.0, 0.0, 0.0)), LENS),
        (CALIBRATION.replace("distortion_model: plumb_bob\n", ""), LENS),
        (CALIBRATION.replace("500.5", "250.25"), Intrinsics(640, 480, 250.25, 501.5, 320.25, 240.75, PLUMB_BOB)),
        (ECHO, LENS),
        (ECHO * 3 + "header:\n  stamp:\n    sec: [", LENS),
        (ECHO.replace("\nd:", "\nD:").replace("\nk:", "\nK:"), LENS),
        (ECHO.replace("binning_x: 0\nbinning_y: 0", "binning_x: 2\nbinning_y: 2"),
         Intrinsics(320, 240, 250.25, 250.75, 160.125, 120.375, PLUMB_BOB)),
        (ECHO.replace("x_offset: 0", "x_offset: 100").replace("height: 0\n  width: 0", "height: 480\n  width: 400"),
         Intrinsics(400, 480, 500.5, 501.5, 220.25, 240.75, PLUMB_BOB)),
        (KALIBR[: KALIBR.index("cam1")], Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, PLUMB_BOB[:4])),
        (KALIBR[KALIBR.index("cam1") :], Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, EQUIDISTANT, True)),
        ("camera_model: pinhole\nintrinsics: [500.5, 501.5, 320.25, 240.75]\nresolution: [640, 480]\n"
         "distortion_model: radial-tangential\ndistortion_coefficients: [-0.25, 0.1, 0.001, -0.002]\n",
         Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, PLUMB_BOB[:4])),
        (ORB_SLAM, Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, PLUMB_BOB[:4])),
        (ORB_SLAM.replace("Camera1", "Camera").replace('Camera.type: "PinHole"', "") + "Camera.k3: 0.0\n", LENS),
        (ORB_SLAM.replace("p1: 0.001", "k3: -0.003").replace("p2: -0.002", "k4: 0.0004").replace("PinHole",
         "KannalaBrandt8").replace("-0.25", "-0.01").replace("k2: 0.1", "k2: 0.02"),
         Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, EQUIDISTANT, True)),
        (VINS, Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, EQUIDISTANT, True)),
        (basalt("pinhole-radtan8", "k1 k2 p1 p2 k3 k4 k5 k6", RATIONAL),
         Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, RATIONAL)),
        (basalt("kb4", "k1 k2 k3 k4", EQUIDISTANT),
         Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, EQUIDISTANT, True)),
        (CALIBRATION.replace("  rows: 1\n  cols: 5\n  data: [-0.25, 0.1, 0.001, -0.002, 0.0]",
                             "  k1: -0.25\n  k2: 0.1\n  p1: 0.001\n  p2: -0.002\n  k3: 0.0"), LENS),
        (CALIBRATION.replace("distortion_coefficients", "dist_coeff"), LENS),
    ],
)  # fmt: skip
def test_camera_files(tmp_path, text, expected):
    assert load_intrinsics(write(tmp_path, text)) == expected


@pytest.mark.parametrize("ending", ["yaml", "xml", "json"])
@pytest.mark.parametrize("lens", [(PLUMB_BOB, 0), (RATIONAL, 0), (PRISM, 0), (TILTED, 0), (EQUIDISTANT, 1)])
def test_what_opencv_writes(tmp_path, ending, lens):
    distortion, fisheye = lens
    storage = cv2.FileStorage(str(tmp_path / f"c.{ending}"), cv2.FILE_STORAGE_WRITE)
    storage.write("calibration_time", "Sat Nov 28 16:00:00 2026")
    for key, value in (("image_width", 640), ("image_height", 480), ("flags", 0), ("fisheye_model", fisheye)):
        storage.write(key, value)
    storage.write("camera_matrix", LENS.matrix)
    storage.write("distortion_coefficients", np.array(distortion).reshape(-1, 1))
    storage.write("per_view_reprojection_errors", np.ones((3, 1), np.float32))
    storage.release()
    expected = Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, distortion, bool(fisheye))
    assert load_intrinsics(tmp_path / f"c.{ending}") == expected


@pytest.mark.parametrize("lens", [((),), (PLUMB_BOB,), (TILTED,), (EQUIDISTANT, True), ((0.0,) * 4, True)])
def test_what_is_saved_comes_back(tmp_path, lens):
    sent = Intrinsics(640, 480, 500.5, 501.5, 320.25, 240.75, *lens)
    save_intrinsics(tmp_path / "c.yaml", sent, "camera")
    assert load_intrinsics(tmp_path / "c.yaml") == sent


def test_one_of_several_cameras_is_named(tmp_path):
    path = write(tmp_path, KALIBR)
    assert load_intrinsics(f"{path}#cam1").fisheye and not load_intrinsics(f"{path}#cam0").fisheye
    with pytest.raises(VtmError, match="has no camera cam2; it has cam0, cam1"):
        load_intrinsics(f"{path}#cam2")


OPENCV_ALONE = {"image_width": 640, "image_height": 480, "camera_matrix": LENS.matrix.tolist()}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "image_width"),
        ("just text", "image_width"),
        (b"\x89PNG\r\n\x1a\n\xff", "not YAML"),
        ("%YAML:1.0\n---\nK: !!opencv-matrix\n   rows: 3", "add image_width and image_height"),
        ("<opencv_storage><camera", "not YAML, XML or JSON"),
        ('{"camera_matrix": ', "not YAML, XML or JSON"),
        (CALIBRATION.replace("camera_matrix", "numbers"), "camera_matrix"),
        (CALIBRATION.replace("501.5, ", ""), "3 x 3 has 8 numbers"),
        (CALIBRATION.replace("  rows: 3\n  cols: 3\n", "").replace("501.5, ", ""), "9 numbers"),
        (CALIBRATION.replace("501.5", "many"), "many"),
        (CALIBRATION.replace("500.5", ".nan"), "unusable"),
        (CALIBRATION.replace("500.5", "-500.5"), "unusable"),
        (CALIBRATION.replace("image_width: 640", "image_width: 0"), "unusable"),
        (CALIBRATION.replace("image_width: 640", "image_width: 640.5"), "whole"),
        (CALIBRATION.replace("image_width: 640", "image_width: true"), "needs numbers"),
        (CALIBRATION.replace("image_width: 640\n", ""), "add image_width"),
        (CALIBRATION.replace("640", "480").replace("image_height: 480", "image_height: 640"), "exchanged"),
        (CALIBRATION.replace("640", "320").replace("480\n", "240\n"), "another size"),
        (CALIBRATION.replace("640", "1280").replace("480\n", "960\n"), "at 25 % of the width and 25 % .* another size"),
        (CALIBRATION.replace("[500.5, 0., 320.25, 0., 501.5, 240.75,", "[1., 0., 0., 0., 1., 0.,"), "the identity"),
        (CALIBRATION.replace("[500.5, 0., 320.25, 0., 501.5, 240.75,", "[.8, 0., .5, 0., 1.1, .5,"), "K in pixels"),
        (CALIBRATION.replace("[500.5, 0., 320.25, 0., 501.5, 240.75,", "[500.5, 0., 0., 0., 501.5, 0., 320.25,"),
         "matrix of 3 x 3 has 10"),
        (CALIBRATION.replace("[500.5, 0., 320.25, 0., 501.5, 240.75, 0., 0., 1.]",
                             "[500.5, 0., 0., 0., 501.5, 0., 320.25, 240.75, 1.]"), "row by row"),
        (CALIBRATION.replace("[500.5, 0., 320.25, 0., 501.5, 240.75, 0., 0., 1.]", str([0.0] * 9)), "nobody cali"),
        (CALIBRATION.replace("500.5", "5005"), "belong to no camera"),
        (with_lens("ftheta", PLUMB_BOB), "ftheta.*rectify"),
        (with_lens("equidistant", (0.1,) * 5), "5 coefficients; it needs 4"),
        (with_lens("plumb_bob", PLUMB_BOB[:3]), "3 coefficients"),
        (with_lens("plumb_bob", RATIONAL), "those of rational_polynomial are 8"),
        (with_lens("none", PLUMB_BOB), "name the model"),
        (with_lens("plumb_bob", EQUIDISTANT).replace("distortion_model: plumb_bob\n", ""), "may be.*fisheye's"),
        (with_lens("plumb_bob", PLUMB_BOB) + "fisheye_model: 1\n", "says fisheye and"),
        (json.dumps({**OPENCV_ALONE, "dist": [0.1] * 6}), "6 distortion coefficients"),
        (json.dumps({**OPENCV_ALONE, "dist": [0.1] * 4}), "may be.*fisheye's"),
        (yaml.safe_dump({"M1": [1], "M2": [2], "image_size": [640, 480]}), "two cameras"),
        (KALIBR, "2 cameras; name one: FILE#cam0"),
        (KALIBR[: KALIBR.index("cam1")].replace("model: pinhole", "model: omni"), "'omni'.*pinhole-equi"),
        (KALIBR[: KALIBR.index("cam1")].replace("radtan", "fov"), "'fov' is not supported"),
        (KALIBR[: KALIBR.index("cam1")].replace("[500.5, 501.5,", "[1.2, 500.5, 501.5,"), "5 numbers"),
        (CALIBRATION.replace("distortion_coefficients", "DistortionNumbers"), "DistortionNumbers, which is not"),
        (basalt("ds", "xi alpha", (-0.2, 0.6)), "'ds' is not supported"),
        (VINS.replace("KANNALA_BRANDT", "MEI"), "'MEI' is not supported"),
        (VINS.replace("mu: ", "mm: "), "focal lengths and centre are missing; it has k2"),
        (VINS.replace("image_width: 640\n", ""), "add image_width"),
        (ECHO + ECHO.replace("500.5", "600.5"), "different calibrations"),
        (ECHO.replace("500.5", "0.0").replace("501.5", "0.0").replace("320.25", "0.0").replace("240.75", "0.0")
         .replace("1.0]\nr", "0.0]\nr"), "nobody calibrated"),
    ],
)  # fmt: skip
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
