"""Fingers in every format, read back by other readers than ours and compared with the points of the motion file."""

import csv

import bvhio
import numpy as np
import pygltflib
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_tools.export.test_glb import UPRIGHT, array, transforms
from vtm.body.hand import FINGERS
from vtm.body.hand_skeleton import WITH_HANDS
from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.body.skeleton import BODY, JOINT_INDEX
from vtm.files.bvh import read_bvh
from vtm.files.whole_body import whole_body
from vtm.mocap.bvh_reader import read_bvh as read_any_bvh
from vtm.mocap.retarget import retarget
from vtm_tools.cli.app import main
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.export.names import NAMES
from vtm_tools.export.world import in_the_world

FIRST_POINT = {"thumb": 1, "index": 5, "middle": 9, "ring": 13, "pinky": 17}
"""Of each finger among MediaPipe's 21."""
POINTS = [21 * side + FIRST_POINT[finger] + k for side in (0, 1) for finger in FINGERS for k in range(3)]
FINGER_NAMES = [f"{side}_{finger}{k}" for side in ("left", "right") for finger in FINGERS for k in (1, 2, 3)]
INDICES = [WITH_HANDS.index[name] for name in FINGER_NAMES]
FRAME = 40


@pytest.fixture(scope="module")
def motion(clip_with_hands):
    return in_the_world(clip_with_hands)


@pytest.fixture(scope="module")
def path(clip_with_hands, tmp_path_factory):
    path = tmp_path_factory.mktemp("hands") / "motion.npz"
    clip_with_hands.save(path)
    return path


@pytest.fixture(scope="module")
def fingers(clip_with_hands, motion):
    """The joints (30, 3) m of FRAME in the world, from the points of the file on the wrists of the body."""
    rotations, joints = motion.joints()
    wrists = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
    points = clip_with_hands.hand_points[FRAME] @ rotations[FRAME, wrists].transpose(0, 2, 1)
    return (points + joints[FRAME, wrists][:, None]).reshape(42, 3)[POINTS]


def test_the_fingers_hang_from_the_wrists(motion, fingers):
    np.testing.assert_allclose(motion.joints()[1][FRAME, INDICES], fingers, atol=1e-5)


@pytest.mark.parametrize("names", ["smplx", "blender"])
def test_bvh(path, fingers, tmp_path, names):
    assert main(["export", str(path), "--out", str(tmp_path / "a.bvh"), "--names", names]) == 0
    root = bvhio.readAsHierarchy(str(tmp_path / "a.bvh"))
    root.loadPose(FRAME)
    seen = {joint.Name: np.array(joint.PositionWorld) for joint, _, _ in root.layout()}
    assert len(seen) == 52
    x, y, z = fingers.T
    found = [seen[NAMES[names][index]] for index in INDICES]
    np.testing.assert_allclose(found, np.stack([-y, z, -x], 1), atol=1e-4)


def test_names_of_other_programs():
    ring = INDICES[FINGER_NAMES.index("right_ring2")]
    called = [names[ring] for names in NAMES.values()]
    assert called == ["right_ring2", "f_ring.02.R", "RightHandRing2", "mixamorig:RightHandRing2", "RightHandRing2"]
    assert all(len(set(names)) == 52 for names in NAMES.values())


def test_bvh_as_the_camera_saw_it_comes_back(clip_with_hands, tmp_path):

    write_even_bvh(tmp_path / "a.bvh", clip_with_hands)
    written, body = read_bvh(tmp_path / "a.bvh"), whole_body(clip_with_hands)
    valid = clip_with_hands.valid
    off = geodesic_angle(matrix_from_quat(written.quat_local[valid]), matrix_from_quat(body.quat_local[valid]))
    assert off.max() < 1e-3
    np.testing.assert_allclose(written.offsets, body.offsets, atol=1e-5)
    held = body.quat_local[100:125, BODY.count :]
    np.testing.assert_array_equal(held, np.broadcast_to(body.quat_local[99, BODY.count :], held.shape))
    assert len(retarget(read_any_bvh(tmp_path / "a.bvh")).local) == len(valid), "vtm data import reads it, too"


def test_glb(path, fingers, tmp_path):
    assert main(["export", str(path), "--out", str(tmp_path / "a.glb")]) == 0
    gltf = pygltflib.GLTF2.load(str(tmp_path / "a.glb"))
    index = {node.name: number for number, node in enumerate(gltf.nodes)}
    placed = transforms(gltf, FRAME)
    np.testing.assert_allclose(placed[[index[n] for n in FINGER_NAMES], :3, 3], fingers @ UPRIGHT.T, atol=1e-4)
    skin, left = gltf.skins[0], gltf.meshes[0].primitives[0].attributes
    inverse = array(gltf, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    moved, joints = placed[skin.joints] @ inverse, array(gltf, left.JOINTS_0)[:, 0]
    points = (moved[joints] @ np.c_[array(gltf, left.POSITION), np.ones(len(joints))][..., None])[:, :3, 0]
    near = np.linalg.norm(points[:, None] - fingers[:15] @ UPRIGHT.T, axis=-1).min(0)
    assert near.max() < 0.02, "every joint of the left hand is inside the left skin"


def test_csv(clip_with_hands, path, tmp_path):
    assert main(["export", str(path), "--out", str(tmp_path / "a.csv")]) == 0
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[-42:] == list(HAND_ANGLE_NAMES)
    angles = [[float(row[name]) for name in HAND_ANGLE_NAMES] for row in rows]
    given = clip_with_hands.hand_angles[clip_with_hands.valid].reshape(-1, 42)
    known = np.isfinite(given).all(1)
    np.testing.assert_allclose(np.array(angles)[known], given[known], atol=2e-3)


def test_npz_for_retargeting(path, motion, fingers, tmp_path):
    assert main(["export", str(path), "--out", str(tmp_path / "a.npz")]) == 0
    file = np.load(tmp_path / "a.npz", allow_pickle=False)
    assert tuple(file["body_names"]) == WITH_HANDS.names
    np.testing.assert_allclose([file[f"{name}/position"][FRAME] for name in FINGER_NAMES], fingers, atol=1e-4)
    turned = Rotation.from_quat(file["left_thumb2/quaternion"][FRAME], scalar_first=True).as_matrix()
    left, up, forward = turned.T
    ours = motion.joints()[0][FRAME, WITH_HANDS.index["left_thumb2"]]
    np.testing.assert_allclose(np.stack([forward, left, up], -1), ours, atol=1e-5)


def test_without_hands_there_are_none(clip):
    motion = in_the_world(clip)
    assert motion.skeleton is BODY and motion.local.shape[1] == 22 and whole_body(clip).quat_local is clip.quat_local
