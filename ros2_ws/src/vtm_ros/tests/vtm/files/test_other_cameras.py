"""Cameras in the words of other programs: each read as what it is, or refused with the cause."""

import json

import pytest

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics

K = [[900.0, 0.0, 650.0], [0.0, 910.0, 350.0], [0.0, 0.0, 1.0]]
FIVE = (-0.1, 0.02, 0.001, -0.002, 0.03)
FISHEYE = (-0.01, 0.02, -0.003, 0.0004)
NUMBERS = {"fx": 900.0, "fy": 910.0, "cx": 650.0, "cy": 350.0}
NAMED = dict(zip(("k1", "k2", "p1", "p2", "k3"), FIVE, strict=True))
REALSENSE = {"fx": 900.0, "fy": 910.0, "ppx": 650.0, "ppy": 350.0, "width": 1280, "height": 720}
TOML = """\
[cam_{number}]
name = "{name}"  # of the lens
size = [ 1280.0, 720.0,]
matrix = [ [ 900.0, 0.0, 650.0,],
  [ 0.0, 910.0, 350.0,], [ 0.0, 0.0, 1.0,],]
distortions = [ -0.1, 0.02, 0.001, -0.002,]
fisheye = {fisheye}

"""
INI = """\
# of ROS
[image]
width
1280
height
720
[narrow_stereo]
camera matrix
900.0 0.0 650.0
0.0 910.0 350.0
0.0 0.0 1.0
distortion
-0.1 0.02 0.001 -0.002 0.03
"""
ORB_SLAM2 = """\
%YAML:1.0
Camera.fx: 900.0
Camera.fy: 910.0
Camera.cx: 650.0
Camera.cy: 350.0
image_width: 1280
image_height: 720
Viewer.PointSize:2
Viewer.CameraSize: 0.08
"""
ZED = (
    "[LEFT_CAM_HD]\nfx=900\nfy=910\ncx=650\ncy=350\nk1=-0.1\nk2=0.02\np1=0.001\np2=-0.002\nk3=0.03\n\n[STEREO]\nB=120\n"
)
COLMAP = "# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n1 PINHOLE 1280 720 900 910 650.5 350.5\n"
OPENMVG = {
    "width": 1280,
    "height": 720,
    "focal_length": 900.0,
    "principal_point": [650.0, 350.0],
    "disto_k3": [1e-2] * 3,
}


def _nerf(**more):
    return json.dumps({"fl_x": 900.0, "fl_y": 910.0, "cx": 650.0, "cy": 350.0, "w": 1280.0, "h": 720, **more})


@pytest.mark.parametrize(
    ("text", "distortion", "fisheye", "which"),
    [
        (TOML.format(number=1, name="A", fisheye="false"), FIVE[:4], False, ""),
        (TOML.format(number=1, name="A", fisheye="true"), FIVE[:4], True, ""),
        (TOML.format(number=1, name="A", fisheye="false") + TOML.format(number=2, name="B", fisheye="false")
         + "[metadata]\nerror = 0.1\n", FIVE[:4], False, "#cam_2"),
        (INI, FIVE, False, ""),
        (ORB_SLAM2, (), False, ""),
        (ZED, FIVE, False, ""),
        (COLMAP, (), False, ""),
        (COLMAP + "7 OPENCV_FISHEYE 1280 720 900 910 650.5 350.5 -0.01 0.02 -0.003 0.0004\n", FISHEYE, True, "#7"),
        (_nerf(frames=[]), (), False, ""),
        (_nerf(camera_model="OPENCV", **NAMED), FIVE, False, ""),
        (_nerf(camera_model="OPENCV_FISHEYE", k1=-0.01, k2=0.02, k3=-0.003, k4=0.0004), FISHEYE, True, ""),
        (json.dumps({**REALSENSE, "model": "distortion.inverse_brown_conrady", "coeffs": [0.0] * 5}), (), False, ""),
        (json.dumps({"color": {**REALSENSE, "model": "brown_conrady", "coeffs": FIVE}, "depth": REALSENSE}),
         FIVE, False, "#color"),
        (json.dumps({"width": 1280, "height": 720, "intrinsic_matrix": [900, 0, 0, 0, 910, 0, 650, 350, 1]}),
         (), False, ""),
        (json.dumps({"cameras": [{"name": "a", "resolution": [1280, 720], "K": K, "distCoef": FIVE}]}),
         FIVE, False, ""),
        (json.dumps({"Camera": {"model": "perspective", "cols": 1280, "rows": 720, **NUMBERS, **NAMED}}),
         FIVE, False, ""),
        (json.dumps({"Camera": {"model": "fisheye", "cols": 1280, "rows": 720, **NUMBERS,
                                "k1": -0.01, "k2": 0.02, "k3": -0.003, "k4": 0.0004}}), FISHEYE, True, ""),
    ],
)  # fmt: skip
def test_cameras_of_other_programs_are_read(tmp_path, text, distortion, fisheye, which):
    path = tmp_path / "camera.txt"
    path.write_text(text, encoding="utf-8")
    expected = Intrinsics(1280, 720, 900.0, 910.0, 650.0, 350.0, tuple(distortion), fisheye)
    assert load_intrinsics(f"{path}{which}") == expected


def test_openmvg(tmp_path):
    one = {"key": 0, "value": {"polymorphic_name": "pinhole_radial_k3", "ptr_wrapper": {"data": OPENMVG}}}
    path = tmp_path / "sfm_data.json"
    path.write_text(json.dumps({"sfm_data_version": "0.3", "intrinsics": [one]}))
    assert load_intrinsics(path).distortion == (0.01, 0.01, 0.0, 0.0, 0.01)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "git lfs pull"),
        ('%YAML:1.0\ncam0_calib: "left.yaml"\nimage_width: 752\n', "left.yaml"),
        ('{"CalibrationInformation": {"Cameras": []}}', "camera_info"),
        ('<calibration source="a"><cameras><camera serial="1"/></cameras></calibration>', "Pose2Sim"),
        ("1 THIN_PRISM_FISHEYE 100 100 1 2 3 4 5 6 7 8 9 10 11 12\n", "THIN_PRISM_FISHEYE"),
        ('{"camera_angle_x": 0.69, "frames": []}', "add w and h"),
        (json.dumps({**REALSENSE, "model": "inverse_brown_conrady", "coeffs": FIVE}), "inverse_brown_conrady"),
        (ORB_SLAM2.replace("image_width", "wide"), "size of picture"),
        (TOML.format(number=1, name="A", fisheye="false") + TOML.format(number=2, name="B", fisheye="true"),
         "name one"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_told_why(tmp_path, text, cause):
    path = tmp_path / "camera.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VtmError, match=cause):
        load_intrinsics(path)
