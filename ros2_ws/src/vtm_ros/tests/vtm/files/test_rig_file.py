import json

import numpy as np
import pytest

from tests.vtm_trt.fusion.rig import CAMERAS, LENS
from vtm.body.rotations import rotvec_from_matrix
from vtm.errors import VtmError
from vtm.files.rig_file import load_rig


def toml() -> str:
    """As Pose2Sim writes it."""
    parts = []
    for number, pose in enumerate(CAMERAS):
        turn = rotvec_from_matrix(pose.rotation.T).tolist()
        parts.append(
            f'[cam{number}]\nname = "cam{number}"\nsize = [ 1920.0, 1080.0,]\n'
            f"matrix = [ [ 1500.0, 0.0, 960.0,],\n [ 0.0, 1500.0, 540.0,], [ 0.0, 0.0, 1.0,],]\n"
            f"distortions = [ -0.1, 5e-2, 0.0, 0.0,]\nrotation = {turn}\n"
            f"translation = {(-pose.rotation.T @ pose.position).tolist()}\nfisheye = false\n"
        )
    return "\n".join([*parts, "[metadata]\nadjusted = false\nerror = 0.0\n"])


def json_text(stretched: float = 1.0) -> str:
    return json.dumps({"cameras": [
        {"name": f"cam{number}", "image_width": 1920, "image_height": 1080, "K": LENS.matrix.tolist(),
         "dist": list(LENS.distortion), "R": (stretched * pose.rotation.T).tolist(),
         "t": (-pose.rotation.T @ pose.position).tolist()}
        for number, pose in enumerate(CAMERAS)
    ]})  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [("Calib.toml", toml()), ("rig.json", json_text()), ("rig.yaml", json_text())]
)
def test_cameras_are_where_the_file_has_them(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    rig = load_rig(path)
    assert list(rig) == ["cam0", "cam1", "cam2", "cam3"]
    for camera, pose in zip(rig.values(), CAMERAS, strict=True):
        assert camera.lens == LENS
        np.testing.assert_allclose(camera.pose.rotation, pose.rotation, atol=1e-6)
        np.testing.assert_allclose(camera.pose.position, pose.position, atol=1e-6)


def test_qualisys_cameras_stand_round_the_treadmill_and_look_at_it(clips):
    rig = load_rig(clips / "pose2sim/Calib.qca.txt")
    assert list(rig) == ["cam01", "cam02", "cam03", "cam04"]
    for camera in rig.values():
        assert 1.5 < camera.pose.position[2] < 2.5 and (camera.lens.width, camera.lens.height) == (1088, 1920)
        middle = camera.lens.project((np.array([0, 0, 1.0]) - camera.pose.position) @ camera.pose.rotation)
        assert (np.abs(middle - [544, 960]) < 500).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing here", "is not YAML|holds no camera"),
        ("[a]\nb = 1\n", "holds no camera"),
        (toml().replace("translation", "somewhere"), "has no translation"),
        (toml().replace("size", "extent"), "does not tell"),
        (toml().replace("1500.0, 0.0, 960.0", "0.0, 0.0, 0.0"), "camera matrix|focal|no lens"),
        (json_text(stretched=1.1), "is no rotation"),
    ],
)
def test_what_is_no_rig_is_refused(tmp_path, text, message):
    path = tmp_path / ("rig.json" if text.startswith("{") else "rig.toml")
    path.write_text(text)
    with pytest.raises(VtmError, match=message):
        load_rig(path)
    with pytest.raises(VtmError, match="check the path"):
        load_rig(tmp_path / "missing.toml")
