"""A person whose posture is known, before cameras that are pitched and rolled."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_tools.render.test_overview import bands, pixels_of
from tests.vtm_trt.postprocess.people import FACING, LEVEL_CAMERA, bent_legs, standing
from vtm.body.body_shape import POINT_INDEX, shape_points
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS
from vtm.files.assemble import assemble
from vtm.types import CameraPose, Motion
from vtm_tools.draw.stick_figure import COLOURS
from vtm_tools.render.overview import draw_motion
from vtm_tools.render.view import DIRECTIONS
from vtm_trt.offline.world_alignment import above_ground, grounded
from vtm_trt.postprocess.gravity import gravity

STEP_NS = 40_000_000
TILTS = [(0, 0), (20, 0), (40, 0), (0, 10), (40, 10), (-10, -10)]
PELVIS, NECK = POINT_INDEX["pelvis"], POINT_INDEX["neck"]


def tilted(pitch: float, roll: float) -> np.ndarray:
    """How a camera is turned that looks down by `pitch` degrees and then rolls about its optical axis."""
    return Rotation.from_euler("XZ", [-pitch, roll], degrees=True).as_matrix()


def person(pitch: float, roll: float, frames: int = 50) -> list[Motion]:
    """Somebody who sways a little and turns round, standing."""
    motions = []
    for frame in range(frames):
        sway = np.radians(2.0) * np.sin(frame / 5)
        local = bent_legs(5.0)
        local[0] = Rotation.from_euler("zy", [frame / frames * 2 * np.pi, sway]).as_matrix()
        motions.append(standing(1 + frame * STEP_NS, local, tilt=tilted(pitch, roll)))
    return motions


def lying(frames: int = 50) -> list[Motion]:
    """Somebody who lies on the back across the view of a level camera, with feet that are said to stand."""
    local = np.tile(np.eye(3), (NUM_JOINTS, 1, 1))
    local[0] = FACING.T @ LEVEL_CAMERA.T @ [[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]
    return [standing(1 + frame * STEP_NS, local) for frame in range(frames)]


def lean_deg(points: np.ndarray, view: int) -> float:
    """Of the trunk, from the vertical of one of DIRECTIONS."""
    right, up, _ = np.array(DIRECTIONS[view].axes) @ (points[NECK] - points[PELVIS])
    return float(np.degrees(np.arctan2(abs(right), up)))


@pytest.mark.parametrize(("pitch", "source"), [(8, "contacts"), (30, "assumed")])
def test_two_views_of_one_film_are_levelled_only_where_they_agree(pitch, source):
    one = person(0, 0, frames=100)
    other = [replace(motion, person_id=1, stamp_ns=motion.stamp_ns + 100 * STEP_NS) for motion in person(pitch, 0)]
    assert gravity(one + other).source == source


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
def test_who_stands_is_upright_from_every_side(pitch, roll):
    motions = person(pitch, roll)
    level = gravity(motions)
    assert level.source == "contacts" and level.spread_deg < 3
    assert level.pitch_deg == pytest.approx(pitch, abs=2) and level.roll_deg == pytest.approx(-roll, abs=2)
    (piece,) = grounded(motions, level)
    points = [above_ground(motion, shape_points(motion)) for motion in piece]
    assert max(lean_deg(one, view) for one in points for view in (0, 1)) < 2 + 2, "who sways by 2 degrees"
    assert np.mean([lean_deg(one, view) for one in points for view in (0, 1)]) < 3
    assert min(one[POINT_INDEX["head_top"], 2] for one in points) > 1.4
    assert np.abs([one[[POINT_INDEX["left_heel"], POINT_INDEX["right_heel"]], 2] for one in points]).max() < 0.1


def test_who_lies_stays_lying_and_it_is_said():
    motions = lying()
    level = gravity(motions)
    assert level.caption.startswith("not levelled") and level.axes == pytest.approx(LEVEL_CAMERA)
    (piece,) = grounded(motions, level)
    points = above_ground(piece[-1], shape_points(piece[-1]))
    assert points[:, 2].min() == pytest.approx(0) and points[:, 2].max() < 0.5
    assert lean_deg(points, 0) > 80


@pytest.mark.parametrize("change", ["soon gone", "never stands", "sits"])
def test_who_tells_nothing_leaves_the_axes_of_the_camera(change):
    motions = person(30, 0)
    if change == "soon gone":
        motions = motions[:6]
    if change == "never stands":
        motions = [replace(motion, contacts=np.zeros(4, np.float32)) for motion in motions]
    if change == "sits":
        quats = motions[0].quat_local.copy()
        for side in ("left", "right"):
            quats[JOINT_INDEX[f"{side}_hip"]] = quat_from_matrix(Rotation.from_euler("y", -1.5).as_matrix())
            quats[JOINT_INDEX[f"{side}_knee"]] = quat_from_matrix(Rotation.from_euler("y", 1.5).as_matrix())
        motions = [replace(motion, quat_local=quats) for motion in motions]
    assert gravity(motions).caption.startswith("not levelled: nobody stood straight for long enough")


def test_who_bends_down_now_and_then_does_not_count():
    motions = person(25, 5)
    down = motions[0].quat_local.copy()
    down[JOINT_INDEX["spine1"]] = quat_from_matrix(Rotation.from_euler("y", 1.2).as_matrix())
    half = [replace(motion, quat_local=down) if frame % 5 < 2 else motion for frame, motion in enumerate(motions)]
    assert gravity(half).pitch_deg == pytest.approx(25, abs=2)


@pytest.mark.parametrize(("source", "said"), [("tf", "the camera's pose"), ("imu", "the IMU")])
def test_a_camera_that_is_known_is_believed(source, said):
    axes = LEVEL_CAMERA @ tilted(15, 0)
    motions = [replace(motion, camera=CameraPose(axes, np.zeros(3), source=source)) for motion in lying()]
    assert gravity(motions).caption == f"levelled by {said} (camera pitched 15 deg down)"


@pytest.mark.parametrize(("pitch", "roll"), [(40, 0), (20, 10)])
def test_the_picture_shows_who_stands_upright(tmp_path, pitch, roll):
    motions = person(pitch, roll)
    clip = assemble(motions, [motion.stamp_ns for motion in motions], 25.0, motions[0].observation.intrinsics)
    draw_motion(tmp_path / "p.png", clip, [0], [np.zeros((480, 640, 3), np.uint8)], "a person")
    image = cv2.imread(str(tmp_path / "p.png"))[:1330]  # without the legend
    rows, columns = np.hstack([pixels_of(image, COLOURS[side]) for side in ("left", "right")])
    for first, last in bands(rows)[-2:]:
        shoulders, feet = (
            columns[(low <= rows) & (rows <= high)] for low, high in ((first, first + 30), (last - 40, last))
        )
        assert abs(shoulders.mean() - feet.mean()) < 0.1 * (last - first), "shoulders are above feet"
