"""Rendered people show exactly what their truth says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, MIRROR, PARENTS, person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError

moderngl = pytest.importorskip("moderngl", reason="pip install --no-deps -r requirements/render.txt")
pytest.importorskip("anny", reason="pip install --no-deps -r requirements/render.txt")

from vtm.samples.renders.anny_body import Person, make_person, random_person  # noqa: E402
from vtm.samples.renders.clip import RenderedClip, Shot  # noqa: E402
from vtm.samples.renders.mesh import Mesh, Paint  # noqa: E402
from vtm.samples.renders.renderer import Renderer, clip_space  # noqa: E402
from vtm.samples.renders.scene import Look  # noqa: E402

SIZE = (160, 240)
CAMERA = Intrinsics(*SIZE, 240.0, 240.0, 80.0, 120.0)
FRONT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
"""World to the optical axes of a camera that looks along -x, at the face of a person who looks along +x."""
EYE = np.array([3.0, 0.0, 0.0])
EVEN = Look(np.array([0, 0, 1.0]), np.zeros(3), np.ones(3), np.ones(3), 0.0, 0.0, 0.5)
LEFT, RIGHT, MIDDLE = 0, 1, 2


@pytest.fixture(scope="module")
def renderer():
    try:
        made = Renderer(*SIZE)
    except VtmError as fault:
        pytest.skip(str(fault))
    yield made
    made.close()


@pytest.fixture(scope="module")
def person() -> Person:
    return make_person({})


def posed(person: Person, turns: dict[str, tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations and joints of a T-pose with some joints turned by rotation vectors (radians)."""
    local = np.tile(np.eye(3), (22, 1, 1))
    for joint, turn in turns.items():
        local[JOINT_INDEX[joint]] = Rotation.from_rotvec(turn).as_matrix()
    return forward_kinematics(local, scaled_offsets(person.rig.ratio), np.zeros(3))


def sides(renderer: Renderer, person: Person, rotations: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Which side of the body each pixel shows from the front: LEFT, RIGHT, MIDDLE, or -1 for nothing."""
    joint = person.bones[:, 0]
    side = np.array([LEFT if "left" in name else RIGHT if "right" in name else MIDDLE for name in JOINT_NAMES])[joint]
    mesh = Mesh(person.vertices, person.normals, person.faces, person.bones, person.weights, side)
    renderer.load(mesh, [Paint(colour, colour) for colour in ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0))], EVEN)
    bones = np.tile(np.eye(4), (23, 1, 1))
    bones[:22] = person.skin_matrices(rotations, joints)
    picture = renderer.draw(bones, clip_space(CAMERA.matrix, *SIZE, FRONT, EYE))
    return np.where(picture.any(-1), picture.argmax(-1), -1)


def pixels(points: np.ndarray) -> np.ndarray:
    return np.round(CAMERA.project((points - EYE) @ FRONT.T)).astype(int)


@given(
    seed=st.integers(0, 2**31),
    build=st.fixed_dictionaries(dict.fromkeys(("gender", "weight", "height"), st.floats(0, 1))),
)
@settings(max_examples=10, deadline=None)
def test_every_joint_of_the_mesh_falls_on_ours(seed, build):
    person = make_person(build)
    local = Rotation.random(22, random_state=seed).as_matrix()
    rotations, joints = forward_kinematics(local, scaled_offsets(person.rig.ratio), np.array([1.0, 2.0, 3.0]))
    matrices = person.skin_matrices(rotations, joints)
    moved = (matrices[:, :3, :3] @ person.rig.anchor[..., None])[..., 0] + matrices[:, :3, 3]
    np.testing.assert_allclose(moved, joints, atol=1e-9)
    # The far end of a limb's bone as well: no skin is stretched between an elbow and its wrist.
    for joint in ("knee", "ankle", "foot", "elbow", "wrist"):
        for side in ("left", "right"):
            child = JOINT_INDEX[f"{side}_{joint}"]
            parent = JOINT_INDEX[f"{side}_" + {"knee": "hip", "ankle": "knee", "foot": "ankle", "elbow": "shoulder",
                                               "wrist": "elbow"}[joint]]  # fmt: skip
            end = matrices[parent] @ np.append(person.rig.anchor[child], 1)
            np.testing.assert_allclose(end[:3], joints[child], atol=2e-3)


def test_people_differ_but_not_left_from_right():
    people = [random_person(seed) for seed in range(4)]
    for person in people:
        np.testing.assert_allclose(person.rig.ratio, person.rig.ratio[[joint - 1 for joint in MIRROR[1:]]], atol=1e-6)
        assert 0.4 < person_scale(person.rig.ratio) < 1.4
    heights = [np.ptp(person.vertices[:, 2]) for person in people]
    assert np.ptp(heights) > 0.03
    again = random_person(2)
    np.testing.assert_array_equal(again.vertices, people[2].vertices)


def test_t_pose(person):
    """Arms sideways, legs down, feet ahead, palms down, the face ahead; soles at one height."""
    skin = person.pose(*posed(person, {}))
    moved_by = person.bones[:, 0]
    hand, foot, head = (skin[moved_by == JOINT_INDEX[name]] for name in ("left_wrist", "left_ankle", "head"))
    reach = np.ptp(hand, axis=0)
    assert hand[:, 1].min() > 0.4 and reach[1] > 0.12
    assert reach[2] < reach[0]  # a palm faces up or down
    assert foot[:, 0].max() > 0.08 and abs(foot[:, 1].mean() - 0.1) < 0.05
    assert head[:, 0].max() > 0.1 > -head[:, 0].min()  # the nose sticks out ahead


@pytest.mark.parametrize(
    ("turns", "part", "axis", "sign"),
    [
        ({"left_elbow": (0, 0, -1.5)}, "left_wrist", 0, 1),  # flexed elbows bring the hands forward
        ({"right_elbow": (0, 0, 1.5)}, "right_wrist", 0, 1),
        ({"left_knee": (0, 1.5, 0)}, "left_ankle", 0, -1),  # flexed knees bring the feet back
        ({"right_knee": (0, 1.5, 0)}, "right_ankle", 0, -1),
        ({"spine2": (0, 0.5, 0)}, "head", 0, 1),  # a bow
    ],
)
def test_joints_bend_the_right_way(person, turns, part, axis, sign):
    of_part = person.bones[:, 0] == JOINT_INDEX[part]
    straight, bent = (person.pose(*posed(person, chosen))[of_part].mean(0) for chosen in ({}, turns))
    assert sign * (bent - straight)[axis] > 0.1


def test_pixels_show_the_joints_on_their_sides(renderer, person):
    """Limb joints lie on skin of their own side, seen from the front in a pose with nothing in front of them."""
    pose = {
        "left_shoulder": (-0.9, 0, 0),
        "right_shoulder": (0.4, 0, 0),
        "left_hip": (0.3, 0, 0),
        "right_hip": (-0.2, 0, 0),
    }
    rotations, joints = posed(person, pose)
    shown, at = sides(renderer, person, rotations, joints), pixels(joints)
    for name in ("shoulder", "elbow", "wrist", "knee", "ankle"):
        assert shown[tuple(at[JOINT_INDEX[f"left_{name}"]][::-1])] == LEFT, name
        assert shown[tuple(at[JOINT_INDEX[f"right_{name}"]][::-1])] == RIGHT, name
    for name in ("pelvis", "spine2", "neck", "head"):
        assert shown[tuple(at[JOINT_INDEX[name]][::-1])] != -1, name


def test_the_renderer_draws_the_skin_that_pose_computes(renderer, person):
    rotations, joints = posed(person, {"left_shoulder": (-1.0, 0.3, 0.2), "right_knee": (0, 1.0, 0)})
    shown = sides(renderer, person, rotations, joints) >= 0
    skin = pixels(person.pose(rotations, joints))
    rows, columns = np.nonzero(shown)
    np.testing.assert_allclose([columns.min(), columns.max()], [skin[:, 0].min(), skin[:, 0].max()], atol=2)
    np.testing.assert_allclose([rows.min(), rows.max()], [skin[:, 1].min(), skin[:, 1].max()], atol=2)


def swing(frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """local, root, seconds: arms down and swinging."""
    seconds = np.arange(frames) / 30
    local = np.tile(np.eye(3), (frames, 22, 1, 1))
    for joint, side in (("left_shoulder", -1), ("right_shoulder", 1)):
        down = Rotation.from_rotvec([side * 1.2, 0, 0])
        local[:, JOINT_INDEX[joint]] = (
            Rotation.from_rotvec(np.outer(np.sin(seconds * 6), [0, 0.6, 0])) * down
        ).as_matrix()
    return local, np.tile([0, 0, 0.95], (frames, 1)), seconds


def test_a_clip_follows_from_its_seed(renderer):
    first, second, other = (list(RenderedClip(*swing(3), seed=seed, size=(96, 128))) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, second)
    assert first[0].shape == (128, 96, 3) and first[0].dtype == np.uint8
    assert (np.array(first) != np.array(other)).mean() > 0.5


def test_the_truth_is_a_body_of_our_skeleton(renderer):
    truth = RenderedClip(*swing(8), seed=6).truth
    offsets = scaled_offsets(truth.ratio)
    for child in range(1, 22):
        expected = truth.joints[:, PARENTS[child]] + truth.rotations[:, PARENTS[child]] @ offsets[child]
        np.testing.assert_allclose(truth.joints[:, child], expected, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(truth.rotations), 1, atol=1e-6)
    assert (truth.joints[..., 2] > 0).all()


def test_what_moves_in_the_pictures_moves_in_the_truth(renderer, person):
    """Before a still camera only the swinging arms change, and they are where the truth says."""
    still = Shot(CAMERA, np.tile(FRONT, (8, 1, 1)), np.tile(EYE + (0, 0, 0.95), (8, 1)))
    clip = RenderedClip(*swing(8), seed=6, size=SIZE, person=person, shot=still, look=EVEN)
    frames = np.array(list(clip)).astype(int)
    changed = np.argwhere((np.abs(frames[7] - frames[0]) > 40).any(-1))[:, ::-1]
    assert len(changed) > 50
    arms = clip.truth.pixels[[0, 7]][:, [16, 17, 18, 19, 20, 21]].reshape(-1, 2)
    distance = np.linalg.norm(changed[:, None] - arms, axis=-1).min(1)
    assert np.percentile(distance, 99) < 0.22 * 240 / 3  # the hand reaches 20 cm beyond the wrist


def test_motion_blur_is_centred_and_optional(renderer, person):
    sharp, blurred = EVEN, replace(EVEN, exposure=1.0)
    pictures = [list(RenderedClip(*swing(5), seed=8, size=SIZE, person=person, look=look)) for look in (sharp, blurred)]
    difference = np.abs(pictures[0][2].astype(float) - pictures[1][2]).max()
    assert difference > 20  # the arms smear
    assert np.abs(pictures[0][2].astype(float) - pictures[1][2]).mean() < 5  # the rest stays


def test_something_in_front_hides_a_part(renderer):
    free, hidden = (list(RenderedClip(*swing(3), seed=9, occluded=occluded))[1] for occluded in (False, True))
    assert (np.abs(free.astype(int) - hidden) > 30).any(-1).mean() > 0.002


def test_without_a_driver_the_remedy_is_named(monkeypatch):
    def no_driver(**_):
        raise RuntimeError("libEGL.so.1 not found")

    monkeypatch.setattr(moderngl, "create_context", no_driver)
    with pytest.raises(VtmError, match="apt install libegl1 libgl1-mesa-dri"):
        Renderer(8, 8)
