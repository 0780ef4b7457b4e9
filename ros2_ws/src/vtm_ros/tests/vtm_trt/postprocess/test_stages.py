"""What each stage does to people whose motion is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_trt.postprocess.people import (
    CAMERA_HEIGHT,
    LEVEL_CAMERA,
    STANDING,
    bent_legs,
    level_camera,
    pelvis_height,
    standing,
)
from vtm.body.rotations import matrix_from_quat
from vtm.errors import VtmError
from vtm.types import CameraPose, Forecast, Motion
from vtm_trt.postprocess.feet import ALONG, DEEPEST_M, Feet
from vtm_trt.postprocess.floor import Floor
from vtm_trt.postprocess.forecast import Prediction
from vtm_trt.postprocess.legs import ANKLE, HEIGHT_M, TOE, legs, root_in_world
from vtm_trt.postprocess.postprocess import PostprocessConfig, Postprocessor
from vtm_trt.postprocess.smoothing import PRESETS, Smoothing
from vtm_trt.postprocess.trajectory import Trajectory

STEP_NS = 33_333_333
NOISE_M = np.array([0.03, 0.01, 0.01])
"""Of the network's root: along the line of sight, and across."""


def swaying(count: int, contacts: np.ndarray = STANDING, seed: int = 0, noise: float = 1.0) -> list[Motion]:
    """Somebody who stands still, as a network sees it."""
    random = np.random.default_rng(seed)
    motions = []
    for index in range(count):
        local = bent_legs(10.0 + noise * random.normal(0, 0.3))
        place = np.array([3.0, 0.0, pelvis_height(bent_legs(10.0))]) + noise * random.normal(0, 1, 3) * NOISE_M
        motions.append(standing(1 + index * STEP_NS, local, place, contacts, level_camera()))
    return motions


def points(motions: list[Motion]) -> np.ndarray:
    """(T, 4, 3) of heels and toes in the world."""
    return np.array([legs(motion).points for motion in motions])


def turned_deg(first: Motion, second: Motion) -> float:
    """The largest difference between two joints' rotations."""
    one, other = (Rotation.from_matrix(matrix_from_quat(m.quat_local.astype(float))) for m in (first, second))
    return float(np.degrees((one.inv() * other).magnitude().max()))


class TestFeet:
    def test_feet_that_stand_move_little_though_the_root_shakes(self):
        motions = swaying(150)
        feet = Feet()
        speed = [
            np.linalg.norm(np.diff(points(m), axis=0), axis=-1)[30:].mean() for m in (motions, list(map(feet, motions)))
        ]
        assert speed[1] < 0.2 * speed[0]

    def test_who_comes_nearer_with_feet_that_seem_to_stand_stays_in_their_size(self):
        ways = np.linspace(0, 1, 60)[:, None] * [-1.0, 0.0, 0.0]
        motions = [replace(m, root_cam=(m.root_cam + m.camera.rotation.T @ way).astype(np.float32))
                   for m, way in zip(swaying(60, noise=0.0), ways, strict=True)]  # fmt: skip
        away = [[np.linalg.norm(m.root_cam) for m in those] for those in (motions, list(map(Feet(), motions)))]
        assert 0.5 * ALONG < np.abs(np.divide(*away) - 1).max() < ALONG + 0.01

    def test_feet_that_never_stand_are_left_alone(self):
        motions = swaying(10, contacts=np.zeros(4))
        motions = [replace(motion, camera=replace(motion.camera, floor=-1.0)) for motion in motions]
        for before, after in zip(motions, map(Feet(), motions), strict=True):
            assert turned_deg(before, after) < 0.1
            np.testing.assert_allclose(after.root_cam, before.root_cam, atol=1e-5)

    def test_nothing_jumps_when_contacts_come_and_go(self):
        random = np.random.default_rng(3)
        motions = swaying(200, noise=0.3)
        motions = [replace(motion, contacts=random.choice([0.1, 0.4, 0.9], 4).astype(np.float32)) for motion in motions]
        before = np.linalg.norm(np.diff(points(motions), axis=0), axis=-1)
        after = np.linalg.norm(np.diff(points(list(map(Feet(), motions))), axis=0), axis=-1)
        assert after.max() < before.max() + 0.02

    @pytest.mark.parametrize("sunk", [0.02, 0.1])
    def test_no_foot_is_in_the_ground(self, sunk):
        random = np.random.default_rng(4)
        heights = np.array([HEIGHT_M[ANKLE], HEIGHT_M[TOE]] * 2)
        motions = [
            replace(
                m, contacts=random.choice([0.1, 0.4, 0.9], 4).astype(np.float32), camera=replace(m.camera, floor=sunk)
            )
            for m in swaying(60, noise=0.3)
        ]
        assert (points(motions)[..., 2] - heights - sunk).min() < -0.9 * sunk
        assert (points(list(map(Feet(), motions)))[..., 2] - heights - sunk).min() > -1e-3

    def test_a_ground_far_above_the_feet_is_none(self):
        motion = swaying(1)[0]
        after = Feet()(replace(motion, camera=replace(motion.camera, floor=2.0)))
        assert points([after])[..., 2].max() < 2 * DEEPEST_M + 0.1

    def test_when_let_go_the_correction_fades(self):
        motions = swaying(120)
        motions = [replace(m, contacts=np.zeros(4, np.float32)) if i >= 60 else m for i, m in enumerate(motions)]
        after = list(map(Feet(), motions))
        np.testing.assert_allclose(points(after)[-30:], points(motions)[-30:], atol=0.01)


class TestTrajectory:
    def test_a_still_person_drifts_less_than_a_centimetre_a_minute(self):
        stage = Trajectory()
        roots = np.array([root_in_world(stage(motion)) for motion in swaying(30 * 25)])
        seconds = [roots[start : start + 150].mean(0) for start in range(150, 750, 150)]
        drift = np.linalg.norm(seconds[-1] - seconds[0]) / 15 * 60
        assert drift < 0.01 * 2, "m/min; twice the target, as 20 s of noise alone give the half of it"
        assert roots[150:].std(0).max() < 0.4 * NOISE_M.max()

    def test_without_feet_that_stand_it_follows_the_network(self):
        motions = []
        for index in range(90):
            place = np.array([3.0, 0.03 * index, 1.0])
            motions.append(standing(1 + index * STEP_NS, None, place, np.zeros(4), level_camera()))
        after = np.array([root_in_world(m) for m in map(Trajectory(), motions)])
        np.testing.assert_allclose(after[30:, 1], 0.03 * np.arange(30, 90), atol=0.03)


class TestSmoothing:
    @pytest.mark.parametrize("preset", PRESETS)
    def test_a_constant_signal_is_unchanged(self, preset):
        stage = Smoothing(PRESETS[preset])
        for motion in swaying(20, noise=0.0):
            after = stage(motion)
            assert turned_deg(motion, after) < 0.1
            np.testing.assert_allclose(after.root_cam, motion.root_cam, atol=1e-5)

    def test_the_presets_are_ordered_and_noise_shrinks(self):
        motions = swaying(120)
        shake = {"off": np.array([root_in_world(m) for m in motions])[30:].std(0).max()}
        for preset, strength in PRESETS.items():
            shake[preset] = np.array([root_in_world(m) for m in map(Smoothing(strength), motions)])[30:].std(0).max()
        assert shake["off"] > shake["teleop"] > shake["balanced"] > shake["recording"]

    @pytest.mark.parametrize("preset", PRESETS)
    def test_the_lag_is_what_it_says(self, preset):
        stage, rate = Smoothing(PRESETS[preset]), 1.5
        angle, behind, said = 0.0, [], []
        for index in range(150):
            angle = rate * index * STEP_NS * 1e-9
            local = bent_legs(0.0)
            local[16] = Rotation.from_euler("z", angle).as_matrix()
            after = stage(standing(1 + index * STEP_NS, local, camera=level_camera()))
            found = Rotation.from_quat(after.quat_local[16]).inv() * Rotation.from_euler("z", angle)
            behind.append(found.as_rotvec()[2] / rate)
            said.append(stage.lag_s)
        assert said[-1] == pytest.approx(behind[-1], rel=0.25, abs=0.004)

    def test_an_unknown_preset_is_refused(self):
        with pytest.raises(VtmError, match="off, teleop, balanced, recording"):
            Postprocessor(PostprocessConfig(smoothing="glue"))


class TestPrediction:
    def test_no_time_ahead_changes_nothing(self):
        motion = standing(0, camera=level_camera())
        assert Prediction()(motion) is motion
        assert (
            Prediction()(replace(motion, forecast=Forecast(0.0, np.ones((22, 3)), np.ones(3)))).quat_local
            is motion.quat_local
        )

    def test_the_pose_turns_and_moves_as_said_and_is_less_sure(self):
        motion = standing(0, camera=level_camera())
        turn = np.zeros((22, 3))
        turn[5] = [0, 0.2, 0]
        after = Prediction()(replace(motion, forecast=Forecast(0.1, turn, np.array([0.1, 0, 0]))))
        assert turned_deg(motion, after) == pytest.approx(np.degrees(0.2), abs=0.01)
        np.testing.assert_allclose(after.root_cam - motion.root_cam, [0.1, 0, 0], atol=1e-6)
        assert (after.confidence < motion.confidence).all() and after.stamp_ns == motion.stamp_ns


class TestFloor:
    def test_a_level_camera_and_the_height_of_the_ground(self):
        floor = Floor()
        for index in range(60):
            motion = floor(standing(1 + index * STEP_NS))
        np.testing.assert_allclose(floor.up, [0, -1, 0], atol=0.03)
        assert motion.camera.source == "contacts"
        assert motion.camera.floor == pytest.approx(-CAMERA_HEIGHT, abs=0.06)

    @pytest.mark.parametrize(("pitch", "roll"), [(20, 0), (-15, 0), (10, 8)])
    def test_a_tilted_camera_is_found_out(self, pitch, roll):
        tilt = Rotation.from_euler("xz", [pitch, roll], degrees=True).as_matrix()
        floor = Floor()
        for index in range(400):
            floor(standing(1 + index * STEP_NS, tilt=tilt))
        up = tilt.T @ [0, -1, 0]
        assert np.degrees(np.arccos(floor.up @ up)) < 3.0

    def test_who_lies_with_feet_that_seem_to_stand_does_not_tell_which_way_is_up(self):
        floor, local = Floor(), bent_legs(0.0)
        local[0] = Rotation.from_euler("x", 80, degrees=True).as_matrix()
        for index in range(60):
            after = floor(standing(1 + index * STEP_NS, local))
        np.testing.assert_array_equal(floor.up, [0, -1, 0])
        assert after.camera.source == "assumed"

    def test_a_known_camera_is_kept_and_its_ground_measured(self):
        floor = Floor()
        camera = CameraPose(LEVEL_CAMERA, np.array([1.0, 2.0, 10.0 + CAMERA_HEIGHT]))
        for index in range(60):
            after = floor(standing(1 + index * STEP_NS, camera=camera))
        assert after.camera.source == "tf" and after.camera.rotation is camera.rotation
        assert after.camera.floor == pytest.approx(10.0, abs=0.06)

    def test_it_is_kept_for_another_person_and_forgotten_when_told(self):
        tilt = Rotation.from_euler("x", 20, degrees=True).as_matrix()
        floor = Floor()
        for index in range(100):
            floor(standing(1 + index * STEP_NS, tilt=tilt))
        learned = floor.up
        floor.reset()
        np.testing.assert_array_equal(floor.up, learned)
        floor.forget()
        np.testing.assert_allclose(floor.up, [0, -1, 0])


class TestRefinement:
    def test_a_reset_forgets_the_motion(self):
        motions = swaying(20)
        refinement = Postprocessor(PostprocessConfig())
        first = [refinement(motion) for motion in motions]
        refinement.forget_floor()
        for one, other in zip(first, map(refinement, motions), strict=True):
            np.testing.assert_allclose(other.quat_local, one.quat_local, atol=1e-6)

    def test_another_refinement_takes_over_what_is_known_of_the_floor(self):
        before = Postprocessor(PostprocessConfig())
        for motion in swaying(30):
            height = before(motion).camera.floor
        after = Postprocessor(PostprocessConfig(smoothing="off"), before)
        elsewhere = replace(swaying(1)[0], contacts=np.zeros(4, np.float32), stamp_ns=10**10)
        assert after(elsewhere).camera.floor == pytest.approx(height)

    def test_when_the_camera_is_told_by_another_source_the_world_is_new(self):
        refinement = Postprocessor(PostprocessConfig())
        for motion in swaying(30):
            refinement(motion)
        last = standing(2 * 10**9)
        after = refinement(last)
        assert (refinement.source, after.camera.source) == ("contacts", "contacts")
        np.testing.assert_allclose(after.root_cam, last.root_cam, atol=0.05)

    def test_with_all_off_the_pose_is_the_networks(self):
        refinement = Postprocessor(PostprocessConfig(trajectory=False, smoothing="off", feet=False))
        for motion in swaying(5):
            after = refinement(motion)
            assert after.quat_local is motion.quat_local and after.root_cam is motion.root_cam
