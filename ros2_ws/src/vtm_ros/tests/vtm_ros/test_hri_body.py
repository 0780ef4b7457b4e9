"""The REP-155 body, its URDF read by a public library, beside our own forward kinematics."""

import io

import numpy as np
import pytest
import yourdfpy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS, scaled_offsets
from vtm_ros.outputs.hri_body import ANGLE_NAMES, JOINTS, body_origin, project
from vtm_ros.outputs.hri_urdf import hri_urdf

REP_155 = """waist r_head y_head p_head l_y_shoulder l_p_shoulder l_r_shoulder l_elbow r_y_shoulder r_p_shoulder
    r_r_shoulder r_elbow l_y_hip l_p_hip l_r_hip l_knee r_y_hip r_p_hip r_r_hip r_knee""".split()
SIDES = (("l", "left"), ("r", "right"))
LIMBS = [
    ((f"{short}_{start}", f"{short}_{end}"), (f"{long}_{start}", f"{long}_{end}"))
    for short, long in SIDES
    for start, end in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
]
seeds = st.integers(0, 2**32 - 1)


def robot(offsets: np.ndarray) -> yourdfpy.URDF:
    text = io.StringIO(hri_urdf(offsets, "abcde"))
    return yourdfpy.URDF.load(text, load_meshes=False, build_collision_scene_graph=False)


def placed(model: yourdfpy.URDF, angles: np.ndarray) -> dict[str, np.ndarray]:
    """Every link's pose (4, 4) in the link body."""
    model.update_cfg({f"{name}_abcde": angle for name, angle in zip(ANGLE_NAMES, angles, strict=True)})
    names = ("body", *(joint.child for joint in JOINTS))
    return {name: model.get_transform(f"{name}_abcde", "body_abcde") for name in names}


def ours(quats: np.ndarray, offsets: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Rotations and places in the pelvis' frame."""
    local = matrix_from_quat(quats)
    local[0] = np.eye(3)
    turns, joints = forward_kinematics(local, offsets, np.zeros(3))
    return ({name: found[index] for name, index in JOINT_INDEX.items()} for found in (turns, joints))


def posed(**rotvecs) -> np.ndarray:
    """The T-pose but for these joints."""
    vectors = np.zeros((NUM_JOINTS, 3))
    for name, vector in rotvecs.items():
        vectors[JOINT_INDEX[name]] = np.radians(vector)
    return quat_from_matrix(matrix_from_rotvec(vectors))


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def random_person(seed: int, spread: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    quats = quat_from_matrix(matrix_from_rotvec(spread * random.normal(size=(NUM_JOINTS, 3))))
    return quats, scaled_offsets(random.uniform(0.8, 1.2, NUM_JOINTS - 1))


def test_names_are_those_of_rep_155():
    assert list(ANGLE_NAMES) == REP_155
    model = robot(VIRTUAL_OFFSETS)
    assert model.validate() and model.base_link == "body_abcde"
    assert model.actuated_joint_names == [f"{name}_abcde" for name in REP_155]
    for link in ("torso", "head", "l_wrist", "r_ankle", "l_shoulder", "r_hip"):
        assert f"{link}_abcde" in model.link_map


@given(seeds, st.sampled_from([0.1, 0.5, 1.0]))
@example(11026, 1.0)
@settings(deadline=None, max_examples=25)
def test_limbs_and_head_point_where_ours_do(seed, spread):
    quats, offsets = random_person(seed, spread)
    angles, residual = project(quats, offsets)
    theirs, (turns, places) = placed(robot(offsets), angles), ours(quats, offsets)
    assert np.allclose(theirs["head"][:3, :3], turns["head"], atol=1e-9)
    for (start, end), (our_start, our_end) in LIMBS:
        bone = theirs[end][:3, 3] - theirs[start][:3, 3]
        our_bone = places[our_end] - places[our_start]
        assert np.linalg.norm(bone) == pytest.approx(np.linalg.norm(our_bone), abs=1e-6)
        # Only where a limb is nearly straight, or folded altogether, may the plane that it bends in differ.
        upper = places[our_start] - places[LIMBS_ABOVE[our_start]] if our_start in LIMBS_ABOVE else our_bone
        bend = angle_deg(upper, our_bone)
        straight = min(bend, 180 - bend) < 21 and our_start in LIMBS_ABOVE
        assert angle_deg(bone, our_bone) < (20 if straight else 1e-4)
    measured = [angle_deg(theirs["torso"][:3, 2], trunk(places)), angle_deg(theirs["torso"][:3, 1], shoulders(places))]
    assert residual >= sum(measured) / 12 - 1e-6


LIMBS_ABOVE = {f"{side}_{end}": f"{side}_{start}" for side in ("left", "right")
               for start, end in (("shoulder", "elbow"), ("hip", "knee"))}  # fmt: skip


def trunk(places: dict[str, np.ndarray]) -> np.ndarray:
    middle = (places["left_shoulder"] + places["right_shoulder"]) / 2
    return middle - (places["left_hip"] + places["right_hip"]) / 2


def shoulders(places: dict[str, np.ndarray]) -> np.ndarray:
    return places["left_shoulder"] - places["right_shoulder"]


def test_the_same_person_upright_stands_in_the_same_place():
    angles, residual = project(posed(), VIRTUAL_OFFSETS)
    theirs, (_, places) = placed(robot(VIRTUAL_OFFSETS), angles), ours(posed(), VIRTUAL_OFFSETS)
    for (_, end), (_, our_end) in LIMBS:
        assert np.linalg.norm(theirs[end][:3, 3] + body_origin(VIRTUAL_OFFSETS) - places[our_end]) < 0.005
    assert residual < 1


@pytest.mark.parametrize(
    ("pose", "expected"),
    [
        (dict(left_shoulder=(-80, 0, 0)), dict(l_p_shoulder=10, r_p_shoulder=90)),
        (dict(left_elbow=(0, 0, -60)), dict(l_elbow=60, r_elbow=0)),
        (dict(right_elbow=(0, 0, 60)), dict(l_elbow=0, r_elbow=60)),
        (dict(left_hip=(0, -50, 0)), dict(l_r_hip=50, r_r_hip=0)),
        (dict(right_knee=(0, 40, 0)), dict(l_knee=0, r_knee=-40)),
        (dict(right_hip=(-20, 0, 0)), dict(r_p_hip=20, l_p_hip=0)),
        (dict(spine1=(0, 30, 0)), dict(waist=17)),
        (dict(neck=(0, 0, 35)), dict(y_head=35)),
    ],
)
def test_angles_mean_what_human_description_means(pose, expected):
    """Arms raised sideways, elbows, hips and the waist bent forward, a leg spread count positive; knees negative."""
    angles = dict(zip(ANGLE_NAMES, np.degrees(project(posed(**pose), VIRTUAL_OFFSETS).angles), strict=True))
    assert {name: angles[name] for name in expected} == pytest.approx(expected, abs=1.5)


def test_the_residual_tells_of_a_twisted_trunk():
    straight, twisted = (project(posed(spine2=(0, 0, twist)), VIRTUAL_OFFSETS).residual_deg for twist in (0, 36))
    assert twisted - straight == pytest.approx(36 / 12, abs=0.5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_arm_swung_round_in_a_circle_turns_one_angle_only(side):
    """Forward, up, backward, down: beyond straight up the pitch goes on past 180 degrees, and nothing else jumps."""
    shoulder = JOINT_INDEX[f"{side}_shoulder"]
    lowered = matrix_from_rotvec(np.radians([-90.0 if side == "left" else 90.0, 0, 0]))
    swung, angles = [], None
    for swing in range(20, 341, 10):
        quats = posed()
        quats[shoulder] = quat_from_matrix(matrix_from_rotvec(np.radians([0, -float(swing), 0])) @ lowered)
        angles = project(quats, VIRTUAL_OFFSETS, angles).angles
        swung.append(np.degrees(angles))
    swung, first = np.array(swung), ANGLE_NAMES.index(f"{side[0]}_y_shoulder")
    assert np.abs(np.diff(swung[:, first : first + 3], axis=0)).max() < 12
    assert swung[-1, first + 1] - swung[0, first + 1] == pytest.approx(320, abs=2)
    assert swung[:, first] == pytest.approx(90, abs=3)


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_the_sample_before_changes_the_description_but_not_the_pose(seed):
    (before, _), (quats, offsets) = random_person(seed), random_person(seed + 1)
    alone, after = project(quats, offsets), project(quats, offsets, 3 * project(before, offsets).angles)
    assert after.residual_deg == pytest.approx(alone.residual_deg)
    model = robot(offsets)
    theirs = placed(model, alone.angles)
    changed = placed(model, after.angles)
    for link in ("torso", "head", *(end for (_, end), _ in LIMBS)):  # inside a ball joint the ways may differ
        assert np.allclose(changed[link], theirs[link], atol=1e-6), link
