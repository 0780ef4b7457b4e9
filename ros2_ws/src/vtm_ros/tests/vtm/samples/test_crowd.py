"""Several rendered people: who stands in front of whom, and what of each the picture shows."""

import numpy as np
import pytest

from vtm.body.skeleton import JOINT_INDEX, PARENTS, scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.crowd_file import CrowdTruth

pytest.importorskip("moderngl", reason="pip install --no-deps -r requirements/render.txt")
pytest.importorskip("anny", reason="pip install --no-deps -r requirements/render.txt")

from vtm.samples import staging  # noqa: E402
from vtm.samples.crowd_scenes import TOWARDS_CAMERA, standing_shot  # noqa: E402
from vtm.samples.renders.anny_body import make_person  # noqa: E402
from vtm.samples.renders.crowd import RenderedCrowd  # noqa: E402
from vtm.samples.renders.renderer import Renderer  # noqa: E402
from vtm.samples.renders.scene import Look  # noqa: E402

LENS = Intrinsics(160, 120, 130.0, 130.0, 80.0, 60.0)
LOOK = Look(np.array([0, 0, 1.0]), np.zeros(3), np.ones(3), np.ones(3), 0.0, 0.0, 0.5)
FRONT, BEHIND, HALF_OUT, OUTSIDE = (3.5, 0.0), (5.0, 0.05), (4.0, 2.41), (4.0, 4.0)


@pytest.fixture(scope="module")
def crowd() -> RenderedCrowd:
    try:
        Renderer(8, 8).close()
    except VtmError as fault:
        pytest.skip(str(fault))
    seconds = np.arange(2) / 30
    builds = [{"gender": 0.2}, {"gender": 0.9, "weight": 0.7}]
    people = [make_person(builds[number % 2]) for number in range(4)]
    places = (FRONT, BEHIND, HALF_OUT, OUTSIDE)
    moves = [staging.keep("stand", place, TOWARDS_CAMERA, seconds, 1.0, number) for number, place in enumerate(places)]
    return RenderedCrowd(moves, people, seconds, standing_shot(LENS, 2), LOOK, 5)


def test_shares_of_the_bodies_that_the_picture_shows(crowd):
    visible, covered = crowd.truth.visible[:, 0], crowd.truth.covered[:, 0]
    assert visible[0] > 0.99 and covered[0] == 0
    assert visible[1] < 0.5 and visible[1] + covered[1] > 0.99
    assert 0.3 < visible[2] < 0.7 and covered[2] < 0.02
    assert visible[3] == covered[3] == 0


def test_who_is_alone_is_shown_as_in_company_but_for_the_others(crowd):
    together, front, behind = (next(iter(film)).astype(int) for film in (crowd, crowd.alone(0), crowd.alone(1)))
    x, y = crowd.truth.intrinsics.project(crowd.truth.joints[0, 0, JOINT_INDEX["spine2"]]).round().astype(int)
    np.testing.assert_array_equal(front[y, x], together[y, x])
    assert (front[y, x] != behind[y, x]).any(), "the one behind does not hide the one in front"
    np.testing.assert_array_equal(front[:8], together[:8])  # the same room


def test_the_truth_is_a_body_of_our_skeleton_and_survives_its_file(crowd, tmp_path):
    crowd.truth.save(tmp_path / "scene.npz")
    truth = CrowdTruth.load(tmp_path / "scene.npz")
    assert truth.intrinsics == LENS and truth.keypoints.shape == (4, 2, 23, 2)
    for who in range(4):
        offsets = scaled_offsets(truth.ratio[who])
        for child in range(1, 22):
            turned = truth.rotations[who][:, PARENTS[child]] @ offsets[child]
            np.testing.assert_allclose(
                truth.joints[who][:, child], truth.joints[who][:, PARENTS[child]] + turned, atol=1e-5
            )
    mid_hip = truth.keypoints[0, 0, [11, 12]].mean(0)
    assert np.linalg.norm(truth.intrinsics.project(truth.joints[0, 0, 0]) - mid_hip) < 6
    (tmp_path / "scene.npz").write_bytes(b"no archive")
    with pytest.raises(VtmError, match="render_people"):
        CrowdTruth.load(tmp_path / "scene.npz")
