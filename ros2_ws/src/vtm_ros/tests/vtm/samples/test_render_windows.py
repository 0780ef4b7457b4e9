"""Windows of rendered people, from made-up truth: no picture is needed for them."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.pose_features import POSE_CHANNELS, pose_features
from vtm.body.skeleton import person_scale, scaled_offsets
from vtm.errors import VtmError
from vtm.files.shared import share_folder
from vtm.nets.body import keypoints_on_body, offsets_from_ratio
from vtm.nets.vtm import VTM
from vtm.samples.render_windows import WITHOUT_IMAGE, Renders
from vtm.samples.renders.filmed import Filmed
from vtm.samples.virtual_camera import project
from vtm.samples.windows import Windows
from vtm.train import train as training
from vtm.train.config import TrainConfig
from vtm.train.evaluate import evaluate_windows

CLIPS, FRAMES, FOCAL, CENTRE = 3, 20, 500.0, np.array([320.0, 200.0])
LOST = (1, 5)
"""Clip and frame in which nobody is found."""


def filmed() -> Filmed:
    """People of different size who sway while their left foot stands, before cameras that move; perfect pixels."""
    rng = np.random.default_rng(4)
    time = np.linspace(0, 1, FRAMES)[None, :, None, None]
    local = Rotation.from_rotvec((rng.normal(0, 0.4, (CLIPS, 1, 22, 3)) * (0.5 + time)).reshape(-1, 3)).as_matrix()
    local = local.reshape(CLIPS, FRAMES, 22, 3, 3)
    ratio = np.linspace(0.8, 1.2, CLIPS)[:, None] * np.ones((CLIPS, 21))
    offsets = np.stack([scaled_offsets(row) for row in ratio])[:, None]
    rotations, joints = forward_kinematics(local, offsets, np.zeros((CLIPS, FRAMES, 3)))
    size = person_scale(ratio)[:, None, None, None]
    points = keypoints_on_body(torch.from_numpy(rotations), torch.from_numpy(joints / size)).numpy() * size
    joints, points = joints - points[:, :, 17:18], points - points[:, :, 17:18]
    turn = Rotation.from_euler("x", -90, degrees=True) * Rotation.from_rotvec(rng.normal(0, 0.3, (CLIPS * FRAMES, 3)))
    rotation = turn.as_matrix().reshape(CLIPS, FRAMES, 3, 3)
    centre = -(rotation.swapaxes(-1, -2) @ np.array([0.2, -0.1, 4.0]))

    def seen(x: np.ndarray) -> np.ndarray:
        return ((x - centre[:, :, None])[:, :, :, None] @ rotation[:, :, None].swapaxes(-1, -2))[:, :, :, 0]

    inside = seen(points)
    pixels = inside[..., :2] / inside[..., 2:] * FOCAL + CENTRE
    confidence, image = np.ones((CLIPS, FRAMES, NUM_KEYPOINTS)), pose_features(inside)
    pixels[LOST], confidence[LOST], image[LOST] = 0, 0, 0
    camera = np.tile([640, 400, FOCAL, FOCAL, *CENTRE], (CLIPS, 1))
    truth = (seen(joints), rotation[:, :, None] @ rotations, ratio, camera)
    return Filmed(pixels, confidence, *truth, image, rotation, centre, np.full(CLIPS, 30.0))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("renders") / "films.npz"
    filmed().save(path)
    return path


@pytest.fixture(scope="module")
def renders(file) -> Renders:
    return Renders([file])


@pytest.fixture(params=["whole", "drawn"])
def windows(renders, request) -> Windows:
    """The drawn ones are mirrored half of the time, and run forth and back."""
    return renders.whole() if request.param == "whole" else renders.sample(48, 16, torch.Generator().manual_seed(2))


def test_truth_lies_under_the_pixels(windows):
    """The body that the targets describe, in virtual-skeleton units, is seen where the keypoints are."""
    offsets = offsets_from_ratio(windows.log_bone_ratio.exp())[:, None]
    rotations, joints = forward_kinematics(windows.local, offsets, windows.root)
    assert torch.allclose(rotations, windows.rotations, atol=1e-5)
    assert torch.allclose(joints, windows.joints + windows.root[:, :, None], atol=1e-5)
    there = windows.confidence > 0
    assert torch.allclose(project(keypoints_on_body(rotations, joints))[there], windows.rays[there], atol=1e-4)
    assert torch.allclose(windows.motion.log_depth.exp(), windows.root[..., 2])


def test_features_are_the_body_in_space(windows):
    """Up to their noise they are the keypoints about mid_hip, left on the left of the mirrored body, too."""
    there = windows.image[..., -1] > 0
    points = keypoints_on_body(windows.rotations, windows.joints)
    error = windows.image[..., :-1].unflatten(-1, (NUM_KEYPOINTS, 3)) - (points - points[:, :, 21:22])
    assert 0.3 < there.float().mean() < 1
    assert error[there].norm(dim=-1).mean() < 0.06
    assert (windows.image[~there] == 0).all()


def test_a_standing_foot_is_in_contact_though_the_camera_moves(renders):
    """The left heel stands still; in the mirror it is the right one."""
    whole = renders.whole()
    assert whole.contact[..., 0].min() > 0.99 and whole.contact[..., 1:].min() < 0.5
    heels = renders.sample(64, 16, torch.Generator().manual_seed(5)).contact[..., [0, 2]].amin(1) > 0.99
    assert heels.any(1).all() and heels.any(0).all()


def test_lost_frames_show_nobody(renders):
    whole = renders.whole()
    assert whole.seen.sum() == CLIPS * FRAMES - 1 and whole.seen[LOST] == 0
    assert (whole.rays[LOST] == 0).all() and whole.box[LOST].tolist() == [0, 0, 1]


def test_mirror_undoes_itself(renders):
    twice = renders.seen.mirrored().mirrored()
    assert all(torch.equal(x, vars(twice)[name]) for name, x in vars(renders.seen).items())


def test_some_windows_have_no_image(renders):
    drawn = renders.sample(400, 8, torch.Generator().manual_seed(1))
    assert 1 - drawn.image[..., -1].amax(1).mean() == pytest.approx(WITHOUT_IMAGE, abs=0.08)


def test_without_the_virtual_skeleton_lengths_are_metres(file, renders):
    metres, size = Renders([file], virtual_skeleton=False), torch.tensor([0.8, 1.0, 1.2])
    assert torch.allclose(metres.whole().root, renders.whole().root * size[:, None, None], atol=1e-5)
    assert torch.allclose(metres.ratio, size[:, None].expand(-1, 21))


def test_wrong_file_is_explained(tmp_path):
    (tmp_path / "no.npz").write_text("no archive")
    for name in ("no.npz", "absent.npz"):
        with pytest.raises(VtmError, match=f"{name}.*measure_pose2d"):
            Renders([tmp_path / name])


@pytest.fixture
def config() -> TrainConfig:
    small = {"channels": 32, "latent": 16, "window": 8, "batch": 4, "frames": 16, "val_windows": 2}
    return dataclasses.replace(
        TrainConfig.load(share_folder() / "config/train.yaml"), **small, image="pose", render_share=0.5
    )


def test_batches_have_both_sources(clips_file, renders, config):
    clips = training.Clips(clips_file, "train")
    drawn = training._batch(clips, renders, config, torch.Generator().manual_seed(0), "cpu")
    assert len(drawn.rays) == 4 and drawn.image.shape == (4, 16, POSE_CHANNELS)
    assert (drawn.image[:2] == 0).all() and not (drawn.image[2:] == 0).all()
    assert len(drawn.motion.rot6d) == 4


def test_features_that_the_material_lacks_are_refused(clips_file, tmp_path, config):
    with pytest.raises(VtmError, match="none or pose"):
        training.train(clips_file, tmp_path, dataclasses.replace(config, image="resnet18"), lambda *_: None)


def test_scores_tell_what_the_image_is_worth(clips_file, renders, config):
    torch.manual_seed(0)
    net = VTM(config.net)
    scores = training._scores(net, training.Clips(clips_file, "val"), renders, 1, 2, (0,))
    judged = {"lookahead_0", "lookahead_0_synthetic_errors", "lookahead_0_camera_unknown"}
    assert set(scores) == judged | {"rendered", "rendered_without_image"}
    same = evaluate_windows(
        net, dataclasses.replace(renders.whole(), image=torch.zeros(CLIPS, FRAMES, POSE_CHANNELS)), 0
    )
    assert scores["rendered_without_image"] == same != scores["rendered"]


def test_image_branch_begins_quietly_and_learns(renders, config):
    torch.manual_seed(0)
    net, generator = VTM(config.net), torch.Generator().manual_seed(0)
    windows = renders.whole()
    found = (windows.rays, windows.confidence, windows.box, windows.interval, windows.camera_rate)
    arrived = torch.ones_like(windows.interval)
    select = training.lookahead_select(0).expand(CLIPS, -1, -1)
    inputs = (*found, arrived, select, torch.zeros(CLIPS, FRAMES), windows.convention)
    with torch.no_grad():
        seeing, blind = net(*inputs, image=windows.image).motion.rot6d, net(*inputs).motion.rot6d
        assert 0 < (seeing - blind).abs().mean() < 0.1 * blind.abs().mean()
    terms = training._video_terms(net, windows, generator, config.weights)
    torch.stack(list(terms.values())).sum().backward()
    assert net.tpve.image_upper.weight.grad.abs().max() > 0 and net.tpve.image_lower.weight.grad.abs().max() > 0


def test_windows_are_made_where_the_renders_are(renders):
    with torch.device("meta"):
        windows = renders.to("meta").sample(3, 12, torch.Generator())
    assert windows.rays.shape == (3, 12, 23, 2)
    assert all(x.is_meta for name, x in vars(windows).items() if name != "motion")
