from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.pose_features import POSE_CHANNELS
from vtm.body.root_translation import solve_root
from vtm.body.rotations import matrix_from_quat, matrix_from_rot6d
from vtm.body.skeleton import scaled_offsets, stature
from vtm.camera import Intrinsics, keypoint_box
from vtm.errors import VtmError
from vtm.files.shared import share_folder
from vtm.nets.tpve import lookahead_select
from vtm.nets.vtm import VTM, VtmConfig
from vtm.train.config import TrainConfig
from vtm.train.export import INPUTS, OUTPUTS, Step, example, load_shipped
from vtm.types import CameraPose, Observation
from vtm_trt.engine.backends import Runner
from vtm_trt.engine.backends.host import HostRunner
from vtm_trt.engine.models import model_path
from vtm_trt.stream.lifter import MEMORY, Lifter, motion_network

CAMERA = Intrinsics.from_fov(640, 480)
FRAMES, STEP_NS = 30, 33_333_333


@pytest.fixture(scope="module")
def net() -> VTM:
    """The shipped network, in PyTorch."""
    return load_shipped(model_path("vtm"), TrainConfig.load(share_folder() / "config/train.yaml").net)


def load() -> Runner:
    return motion_network("onnxruntime")


@pytest.fixture
def observations() -> list[Observation]:
    rng = np.random.default_rng(0)
    walk = rng.normal(0, 4, (FRAMES, 23, 2)).cumsum(0) + rng.uniform(100, 400, (23, 2))
    confidence = rng.uniform(0.4, 1, (FRAMES, 23))
    return [
        Observation(i * STEP_NS, CAMERA, walk[i].astype(np.float32), confidence[i].astype(np.float32))
        for i in range(FRAMES)
    ]


@torch.no_grad()
def run_sequence(
    net: VTM,
    observations: list[Observation],
    lookahead: int,
    image: np.ndarray | None = None,
    turning: np.ndarray | None = None,
):
    """The trained module over all frames at once, with the padding that ends a clip."""
    rays = np.stack([o.rays for o in observations])
    confidence = np.stack([o.confidence for o in observations])
    box = keypoint_box(rays, confidence)
    end = ((0, lookahead), (0, 0))
    inputs = (
        np.pad(rays, (*end, (0, 0))),
        np.pad(confidence, end),
        np.concatenate([box, np.tile(np.float32([0, 0, 1]), (lookahead, 1))]),
        np.concatenate([np.float32([[1 / 30]]), np.full((FRAMES + lookahead - 1, 1), STEP_NS * 1e-9, np.float32)]),
        np.pad(np.zeros((FRAMES, 3), np.float32) if turning is None else turning, end),
        np.pad(np.ones((FRAMES, 1), np.float32), end),
    )
    horizon = torch.zeros(1, FRAMES + lookahead)
    features = None if image is None else torch.from_numpy(image)[None]
    select = lookahead_select(lookahead)[None]
    return net(*(torch.as_tensor(x)[None] for x in inputs), select, horizon, torch.zeros_like(horizon), image=features)


@pytest.mark.parametrize("lookahead", [0, 2, 8])
def test_streaming_equals_whole_clip(net, observations, lookahead):
    lifter = Lifter(load(), lookahead)
    motions = [lifter.step(observation) for observation in observations]
    assert motions[:lookahead] == [None] * lookahead
    motions = motions[lookahead:] + lifter.flush()
    assert [motion.stamp_ns for motion in motions] == [observation.stamp_ns for observation in observations]

    clip = run_sequence(net, observations, lookahead)
    want = matrix_from_rot6d(clip.motion.rot6d[0, lookahead:]).numpy()
    got = matrix_from_quat(np.stack([motion.quat_local for motion in motions]))
    assert np.abs(got - want).max() < 1e-4
    ratio = clip.log_bone_ratio[0, lookahead:].exp().numpy()
    assert np.abs(np.stack([motion.bone_ratio for motion in motions]) - ratio).max() < 1e-4
    for i, motion in enumerate(motions):
        depth = clip.motion.log_depth[0, lookahead + i].exp().item()
        _, joints = forward_kinematics(got[i].astype(float), scaled_offsets(motion.bone_ratio), np.zeros(3))
        seen = motion.observation
        root = solve_root(depth, joints, seen.rays, seen.confidence)
        assert np.abs(motion.root_cam - root).max() < 1e-3 * depth


@pytest.mark.parametrize("lookahead", [0, 3])
def test_the_network_is_told_how_the_camera_turns(net, observations, lookahead):
    rates = np.random.default_rng(1).normal(0, 0.3, (FRAMES, 3)).astype(np.float32)
    rates[0] = 0
    turned, carried = Rotation.random(rng=2), []
    for rate, observation in zip(rates, observations, strict=True):
        turned = turned * Rotation.from_rotvec(rate * STEP_NS * 1e-9)
        carried.append(replace(observation, camera=CameraPose(turned.as_matrix(), np.zeros(3))))

    def said(seen: list[Observation]) -> np.ndarray:
        lifter = Lifter(load(), lookahead)
        motions = [lifter.step(observation) for observation in seen][lookahead:] + lifter.flush()
        return matrix_from_quat(np.stack([motion.quat_local for motion in motions]))

    clip = run_sequence(net, observations, lookahead, turning=rates)
    want = matrix_from_rot6d(clip.motion.rot6d[0, lookahead:]).numpy()
    assert np.abs(said(carried) - want).max() < 1e-4
    still = [replace(observation, camera=carried[0].camera) for observation in observations]
    assert np.array_equal(said(still), said(observations))
    assert np.abs(said(carried) - said(observations))[-1, 0].max() > 1e-3


def test_reset_forgets_everything(observations):
    lifter = Lifter(load(), 1)
    first = [lifter.step(observation) for observation in observations]
    lifter.reset()
    again = [lifter.step(observation) for observation in observations]
    assert first[0] is None and again[0] is None
    for a, b in zip(first[1:], again[1:], strict=True):
        assert np.array_equal(a.quat_local, b.quat_local) and np.array_equal(a.root_cam, b.root_cam)


def test_a_frame_without_a_person_keeps_its_place(observations):
    lifter = Lifter(load(), 2)
    motions = [
        lifter.skip(o.stamp_ns) if i == 10 else lifter.step(o) for i, o in enumerate(observations)
    ] + lifter.flush()
    stamps = [motion.stamp_ns for motion in motions if motion is not None]
    assert stamps == [o.stamp_ns for i, o in enumerate(observations) if i != 10]


def test_people_share_a_network(observations):
    """Frame by frame in turn, each is lifted as if alone; one who is forgotten changes nothing for the other."""
    shared = load()
    lifters, alone = [Lifter(shared), Lifter(shared)], Lifter(load())
    for number, observation in enumerate(observations):
        if number == 5:
            lifters[1].reset()
        other = lifters[1].step(replace(observation, keypoints=observation.keypoints[::-1].copy()))
        assert other is not None
        ours, wanted = lifters[0].step(observation), alone.step(observation)
        assert ours is not None and wanted is not None and np.array_equal(ours.quat_local, wanted.quat_local)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_recovers_from_keypoints_that_are_no_numbers(observations, bad):
    lifter, fresh = Lifter(load()), Lifter(load())
    broken = replace(observations[3], keypoints=np.full((23, 2), bad, np.float32))
    motions = [lifter.step(broken if i == 3 else o) for i, o in enumerate(observations)]
    assert all(motion is not None and np.isfinite(motion.quat_local).all() for motion in motions[4:])
    missing = replace(observations[3], confidence=np.zeros(23, np.float32))
    expected = [fresh.step(missing if i == 3 else o) for i, o in enumerate(observations)]
    assert np.array_equal(motions[-1].quat_local, expected[-1].quat_local)


def test_keypoints_may_be_columns_of_an_array(observations):
    table = np.column_stack([observations[0].keypoints, observations[0].confidence])
    columns = replace(observations[0], keypoints=table[:, :2], confidence=table[:, 2])
    a, b = (Lifter(load()).step(observation) for observation in (observations[0], columns))
    assert np.array_equal(a.quat_local, b.quat_local)


def test_a_broken_memory_is_forgotten(observations):
    lifter, fresh = Lifter(runner := load()), Lifter(load())
    lifter.step(observations[0])
    broken = {name: np.full(shape, np.nan, np.float32) for name, shape in runner.input_shapes.items()}
    _, lifter._state = runner.step(broken, lifter._state)
    assert lifter.step(observations[1]) is None
    fresh._last_stamp_ns = observations[1].stamp_ns
    assert np.array_equal(lifter.step(observations[2]).quat_local, fresh.step(observations[2]).quat_local)


def test_lengths_follow_the_subject_height(observations):
    average, child = Lifter(load(), 0), Lifter(load(), 0, subject_height=1.1)
    for observation in observations:
        a, b = average.step(observation), child.step(observation)
    assert stature(scaled_offsets(b.bone_ratio)) == pytest.approx(1.1, abs=1e-3)
    assert np.allclose(a.quat_local, b.quat_local)
    assert b.root_cam / a.root_cam == pytest.approx(np.full(3, 1.1 / stature(scaled_offsets(a.bone_ratio))), rel=1e-3)


class TorchRunner(HostRunner):
    """The step network as PyTorch runs it, for what needs no exported file."""

    def __init__(self, net: VTM):
        self._step = Step(net)
        self._shapes = {name: tuple(x.shape) for name, x in zip(INPUTS, example(net), strict=False)}
        super().__init__(self._shapes, MEMORY)

    @torch.no_grad()
    def _run(self, inputs):
        assert {name: x.shape for name, x in inputs.items()} == self._shapes
        given = tensors({name: inputs[name] for name in INPUTS if name in inputs})
        return dict(zip(OUTPUTS, (x.numpy() for x in self._step(*given.values())), strict=True))

    def describe(self) -> str:
        return "PyTorch"


def tensors(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(x) for name, x in arrays.items()}


def seeing(channels: int) -> VTM:
    torch.manual_seed(3)
    net = VTM(VtmConfig(channels=32, latent=16, window=8, refine_steps=0, image_channels=channels)).eval()
    for name, parameter in net.named_parameters():
        torch.nn.init.normal_(parameter, std=0.03 if "root_out" in name else 0.1)
    return net


def test_image_features_reach_the_network_frame_by_frame(observations):
    net = seeing(POSE_CHANNELS)
    image = np.random.default_rng(1).normal(0, 0.3, (FRAMES, POSE_CHANNELS)).astype(np.float32)
    image[7] = 0
    given = [replace(o, image=None if i == 7 else image[i]) for i, o in enumerate(observations)]
    lifter = Lifter(TorchRunner(net), 2)
    motions = [lifter.step(observation) for observation in given][2:] + lifter.flush()
    got = matrix_from_quat(np.stack([motion.quat_local for motion in motions]))
    for features, same in ((image, True), (0 * image, False)):
        padded = np.concatenate([features, np.zeros((2, POSE_CHANNELS), np.float32)])
        want = matrix_from_rot6d(run_sequence(net, observations, 2, padded).motion.rot6d[0, 2:]).numpy()
        assert (np.abs(got - want).max() < 1e-4) == same


def test_network_with_other_image_features_is_explained():
    with pytest.raises(VtmError, match="12 image features.*70"):
        Lifter(TorchRunner(seeing(12)))


@pytest.mark.parametrize(("options", "range_"), [({"lookahead": 9}, "0..8"), ({"subject_height": 17.0}, "0.4..2.6")])
def test_bad_options_name_the_range(options, range_):
    with pytest.raises(VtmError, match=range_):
        Lifter(load(), **options)
