"""Hard cases end to end, from picture to motion with the shipped networks: rendered people, whose motion is known.

Each case has its own bounds, measured with the shipped networks and given a margin of about a third.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets, stature
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.metrics.pose import mpjpe, pa_mpjpe
from vtm.types import Frame
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.person_stream import MotionStream

pytest.importorskip("moderngl", reason="pip install --no-deps -r requirements/render.txt")
pytest.importorskip("anny", reason="pip install --no-deps -r requirements/render.txt")

from vtm.samples.postures import through  # noqa: E402
from vtm.samples.renders.anny_body import Person, make_person  # noqa: E402
from vtm.samples.renders.clip import RenderedClip, Shot  # noqa: E402
from vtm.samples.renders.renderer import Renderer  # noqa: E402
from vtm.samples.renders.scene import Look  # noqa: E402

SIZE, FPS, SETTLED = (480, 360), 30, 8
"""The first frames, in which the network has seen next to nothing, are not judged."""
LOOK = Look(np.array([0.5, 0.3, 0.81]), np.full(3, 0.4), np.full(3, 0.7), np.full(3, 0.5), 0.0, 0.01, 0.6)
APART = 0.15
"""Left and right joints this far from each other (m) must not be exchanged."""


@dataclass(frozen=True)
class Case:
    """A person takes `postures`, one every 0.7 s. The camera stands at `bearing` degrees from where the person faces at
    first, `distance` metres away, `height` above the ground, and looks at a point `aim` metres high with a lens of
    `focal` pixels. mpjpe, pa_mpjpe: bounds, mm; exchanged: largest share of pairs with left for right."""

    postures: tuple[str, ...]
    mpjpe: float
    pa_mpjpe: float
    exchanged: float = 0.02
    bearing: float = 20
    distance: float = 3.5
    height: float = 1.3
    aim: float = 0.85
    focal: float = 480


CASES = {
    "plain": Case(("stand", "wave", "arms up"), 110, 65),
    "camera_rate away": Case(("stand", "half turned", "turned"), 80, 50, exchanged=0.06),
    "legs crossed": Case(("stand", "legs crossed", "stand"), 80, 50),
    "arms behind the back": Case(("stand", "arms behind the back", "arms behind the back"), 125, 130),
    "sitting": Case(("stand", "sit", "sit with legs crossed"), 95, 70, bearing=50),
    "lying": Case(
        ("sit", "lie on the back", "lie on the back"), 210, 125, exchanged=0.09, bearing=80, aim=0.3, height=1.8
    ),
    "cut by the image border": Case(("stand", "wave", "arms crossed"), 125, 85, aim=1.45, distance=2.2),
    "very near": Case(("stand", "arms ahead", "arms crossed"), 135, 105, distance=1.3, height=1.5, aim=1.2),
    "very far": Case(("stand", "lean", "arms up"), 125, 85, exchanged=0.06, distance=8.0),
}


@pytest.fixture(scope="module")
def person() -> Person:
    try:
        Renderer(8, 8).close()
    except VtmError as fault:
        pytest.skip(str(fault))
    return make_person({"gender": 0.3, "weight": 0.45})


@pytest.fixture(scope="module")
def stream(person) -> MotionStream:
    height = stature(scaled_offsets(person.rig.ratio))
    return MotionStream(PoseTracker("full", threads=1), subject_height=height)


def look_at(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """World to optical axes of an upright camera."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def filmed(case: Case, person: Person) -> RenderedClip:
    local, root, seconds = through([(name, 0.7 * index) for index, name in enumerate(case.postures)], FPS, blend=0.6)
    bearing = np.radians(case.bearing)
    eye = np.array([np.cos(bearing) * case.distance, np.sin(bearing) * case.distance, case.height])
    lens = Intrinsics(*SIZE, case.focal, case.focal, SIZE[0] / 2, SIZE[1] / 2)
    rotation = look_at(eye, np.array([0.0, 0.0, case.aim]))
    shot = Shot(lens, np.tile(rotation, (len(local), 1, 1)), np.tile(eye, (len(local), 1)))
    return RenderedClip(local, root, seconds, 11, SIZE, person=person, shot=shot, look=LOOK)


def lifted(stream: MotionStream, clip: RenderedClip) -> tuple[np.ndarray, np.ndarray]:
    """Joints (N, 22, 3) that the program says, metres, and the frames (N,) that they belong to."""
    stream.reset()
    joints, frames = [], []
    for index, image in enumerate(clip):
        motion = stream.step(Frame(image, round(clip.truth.seconds[index] * 1e9), clip.truth.intrinsics))
        if motion is not None:
            local = matrix_from_quat(motion.quat_local)
            joints.append(forward_kinematics(local, scaled_offsets(motion.bone_ratio), motion.root_cam)[1])
            frames.append(index)
    return np.array(joints), np.array(frames)


def exchanged(found: np.ndarray, true: np.ndarray) -> float:
    """Share of wrists, elbows, knees and ankles that are nearer to the other side's true one, where these are apart."""
    count = wrong = 0
    for name in ("wrist", "elbow", "knee", "ankle"):
        left, right = JOINT_INDEX[f"left_{name}"], JOINT_INDEX[f"right_{name}"]
        apart = np.linalg.norm(true[:, left] - true[:, right], axis=-1) > APART
        for own, other in ((left, right), (right, left)):
            right_way, wrong_way = (np.linalg.norm(found[:, own] - true[:, j], axis=-1) for j in (own, other))
            count += apart.sum()
            wrong += (apart & (wrong_way < right_way)).sum()
    return wrong / max(count, 1)


@pytest.mark.parametrize("name", CASES)
def test_case(name, stream, person):
    case = CASES[name]
    clip = filmed(case, person)
    joints, frames = lifted(stream, clip)
    assert len(frames) > 0.9 * len(clip), "the person was lost"
    use = frames >= SETTLED
    found, true = joints[use], clip.truth.joints[frames[use]]
    found, true = found - found[:, :1], true - true[:, :1]
    errors = {"mpjpe": mpjpe(found, true) * 1e3, "pa_mpjpe": pa_mpjpe(found, true) * 1e3}
    errors["exchanged"] = exchanged(found, true)
    print(name, {key: round(float(value), 3) for key, value in errors.items()})
    for key, value in errors.items():
        assert value < getattr(case, key), f"{key} of {value:.3f}"
