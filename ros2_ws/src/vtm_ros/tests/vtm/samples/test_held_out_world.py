import numpy as np
import pytest

from vtm.samples.held_out_world import FRAMES, held_out_recordings


@pytest.mark.parametrize("moving", [False, True])
def test_the_world_has_a_floor_and_the_camera_is_where_it_says(clips_file, moving):
    (example,) = held_out_recordings(clips_file, 1, moving)
    cameras = [seen.camera for seen in example.observations]
    assert len(cameras) == FRAMES and all(camera is not None for camera in cameras)
    turns, places = np.stack([one.rotation for one in cameras]), np.stack([one.position for one in cameras])
    np.testing.assert_allclose(turns @ np.swapaxes(turns, -1, -2), np.eye(3)[None].repeat(FRAMES, 0), atol=1e-5)
    assert (np.ptp(places, axis=0).max() > 0.05) == moving
    assert np.abs(np.diff(places, axis=0)).max() < 0.05, "a camera in somebody's hands does not jump"
    assert (places[:, 2] > 0).all()
    seen = np.stack([one.keypoints for one in example.observations])
    sure = np.stack([one.confidence for one in example.observations]) > 0.5
    neck = example.true.joints[:, 12, :2] / example.true.joints[:, 12, 2:]
    assert np.median(np.linalg.norm(seen[:, 22] - neck, axis=-1)[sure[:, 22]]) < 0.1
    world = np.einsum("tij,tkj->tki", turns, example.true.joints) + places[:, None]
    assert -0.3 < world[..., 2].min() and world[..., 2].max() < 3, "people are on the floor"


def test_always_the_same(clips_file):
    one, other = (held_out_recordings(clips_file, 1, True)[0] for _ in range(2))
    np.testing.assert_array_equal(one.true.joints, other.true.joints)
    np.testing.assert_array_equal(one.observations[-1].rays, other.observations[-1].rays)
