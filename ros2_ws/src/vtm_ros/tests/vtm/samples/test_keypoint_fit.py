"""What is measured on renders is what was put in."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body.keypoint_offsets import ON_BODY
from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES, MIRROR_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import person_scale, scaled_offsets
from vtm.samples.renders.errors import STEP, error_tracks, save_tracks, summary
from vtm.samples.renders.keypoint_fit import Found, box_side, exact_keypoints, fit_offsets

CLIPS, FRAMES = 6, 30


@pytest.fixture(scope="module")
def perfect() -> Found:
    """People in random poses whose keypoints were all found exactly where `vtm.nets.body` puts them."""
    rng = np.random.default_rng(0)
    local = (
        Rotation.from_rotvec(rng.normal(0, 0.5, (CLIPS * FRAMES * 22, 3))).as_matrix().reshape(CLIPS, FRAMES, 22, 3, 3)
    )
    local[:, :, 0] = Rotation.random(CLIPS * FRAMES, rng=rng).as_matrix().reshape(CLIPS, FRAMES, 3, 3)
    ratio = np.exp(rng.normal(0, 0.1, (CLIPS, 21)))
    rotations, joints = forward_kinematics(local, scaled_offsets(ratio)[:, None], np.zeros((CLIPS, FRAMES, 3)))
    joints = joints + (0.0, 0.0, 4.0)
    camera = np.tile([640.0, 480, 500, 500, 320, 240], (CLIPS, 1))
    found = Found(np.zeros((CLIPS, FRAMES, 23, 2)), np.ones((CLIPS, FRAMES, 23)), joints, rotations, ratio, camera)
    return replace(found, pixels=found.project(exact_keypoints(found)))


def test_the_fit_finds_the_table_that_made_the_keypoints(perfect):
    fitted = fit_offsets(perfect)
    assert list(fitted) == list(KEYPOINT_NAMES[:21])
    for name, entry in fitted.items():
        base, frame, offset = ON_BODY[name]
        assert entry.base == base, name
        if entry.frame == frame:
            np.testing.assert_allclose(entry.offset, offset, atol=5e-4, err_msg=name)
    assert sum(entry.frame == ON_BODY[name][1] for name, entry in fitted.items()) >= 19


def test_the_fit_bears_noise_and_outliers(perfect):
    rng = np.random.default_rng(1)
    noisy = perfect.pixels + rng.normal(0, 2, perfect.pixels.shape)
    wrong = rng.random(noisy.shape[:3]) < 0.1
    noisy[wrong] += rng.normal(0, 60, (wrong.sum(), 2))
    fitted = fit_offsets(replace(perfect, pixels=noisy))
    for name in ("left_eye", "right_heel", "left_big_toe", "right_ear"):
        np.testing.assert_allclose(fitted[name].offset, ON_BODY[name][2], atol=6e-3, err_msg=name)


def test_errors_are_shares_of_the_box(perfect):
    side = box_side(perfect.project(exact_keypoints(perfect)))
    knee, wrist = KEYPOINT_INDEX["left_knee"], KEYPOINT_INDEX["right_wrist"]
    pixels, confidence = perfect.pixels.copy(), perfect.confidence.copy()
    pixels[:, :, knee, 0] += 0.05 * side
    confidence[:, 10:13, wrist] = 0
    tracks = error_tracks(replace(perfect, pixels=pixels, confidence=confidence))
    np.testing.assert_allclose(tracks.error[:, :, knee], np.broadcast_to([0.05, 0], (CLIPS, FRAMES, 2)), atol=1e-9)
    assert not tracks.error[:, 10:13, wrist].any()
    others = [index for index in range(23) if index != knee]
    np.testing.assert_allclose(tracks.error[:, :, others], 0, atol=1e-6)
    rows = summary(tracks)["keypoints"]
    assert rows["left_knee"]["median"] == pytest.approx(0.05) and rows["left_knee"]["jitter"] == 0
    assert rows["right_wrist"]["missing"] == pytest.approx(0.1, abs=0.02)


def test_swaps_are_told(perfect):
    legs = [index for index, name in enumerate(KEYPOINT_NAMES) if "knee" in name or "ankle" in name]
    pixels = perfect.pixels.copy()
    other = pixels[:, :, list(MIRROR_KEYPOINTS)]
    pixels[:, ::2, legs] = other[:, ::2, legs]
    swapped = error_tracks(replace(perfect, pixels=pixels)).swapped
    assert swapped[:, ::2, legs].mean() > 0.7  # the others are nearly in line with the camera
    assert not swapped[:, 1::2].any() and not np.delete(swapped, legs, axis=2).any()


def test_tracks_and_findings_survive_a_file(perfect, tmp_path):
    perfect.save(tmp_path / "found.npz")
    loaded = Found.load(tmp_path / "found.npz")
    np.testing.assert_array_equal(Found.joined([loaded, loaded]).joints[CLIPS:], perfect.joints)
    rng = np.random.default_rng(2)
    found = replace(perfect, pixels=perfect.pixels + rng.normal(0, 5, perfect.pixels.shape))
    tracks = error_tracks(found)
    save_tracks(tracks, tmp_path / "tracks.npz")
    with np.load(tmp_path / "tracks.npz") as archive:
        kept = (tracks.inside & (tracks.confidence > 0)).mean((1, 2)) > 0.2
        np.testing.assert_allclose(archive["error"] * archive["step"], tracks.error[kept], atol=STEP)
        np.testing.assert_array_equal(archive["confidence"] / 255, tracks.confidence[kept])


def test_the_shipped_tracks_look_measured():
    """Robust spread of a few percent of the box; some points lost; nothing absurd."""
    from vtm.samples.noise import MEASURED

    with np.load(MEASURED) as archive:
        error, confidence, inside = archive["error"] * archive["step"], archive["confidence"], archive["inside"]
    assert error.shape[1:] == (48, 23, 2) and confidence.shape == inside.shape == error.shape[:3]
    assert len(error) > 100 and MEASURED.stat().st_size < 1.5e6
    seen = (confidence > 127) & inside
    assert 0.005 < np.median(np.abs(error[seen])) < 0.02
    assert np.abs(np.median(error[seen], axis=0)).max() < 0.004  # nothing leans to one side
    assert 0.01 < (confidence == 0)[inside].mean() < 0.2


def test_person_scale_matters(perfect):
    """Offsets are those of the virtual skeleton: a child's heel is nearer to its ankle."""
    small = replace(perfect, ratio=perfect.ratio * 0.5)
    heel = exact_keypoints(perfect)[:, :, 17] - perfect.joints[:, :, 7]
    child = exact_keypoints(small)[:, :, 17] - small.joints[:, :, 7]
    np.testing.assert_allclose(child, heel / 2, atol=1e-9)
    assert person_scale(small.ratio).max() < 0.7
