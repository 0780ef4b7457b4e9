from dataclasses import fields

import numpy as np
import pytest
import torch

from vtm import camera
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import LIMB_BONES, person_scale
from vtm.errors import VtmError
from vtm.nets.body import keypoints_on_body, offsets_from_ratio
from vtm.samples.augment import Variety
from vtm.samples.clips import Clips
from vtm.samples.virtual_camera import project
from vtm.samples.windows import sample
from vtm.train.train import delayed


@pytest.fixture(scope="module")
def clips(clips_file) -> Clips:
    return Clips(clips_file, "train")


@pytest.fixture(scope="module", params=[True, False], ids=["varied", "plain"])
def windows(clips, variety, request):
    return sample(clips, 16, 24, torch.Generator().manual_seed(3), variety if request.param else None)


@pytest.mark.parametrize(
    ("field", "changes"),
    [(None, None), ("mirror", "pose"), ("recombine", "pose"), ("perturb", "pose"), ("time_warp", "tempo"),
     ("proportions", "body")],
)  # fmt: skip
def test_each_variation_changes_its_own_thing_only(clips, field, changes):
    nothing = {name.name: 0.0 for name in fields(Variety)}
    windows = sample(
        clips, 16, 24, torch.Generator().manual_seed(3), Variety(**nothing | ({field: 1.0} if field else {}))
    )
    ratio = clips.limb_ratio / torch.from_numpy(person_scale(clips.limb_ratio.numpy()))[:, None]
    ticks = windows.interval * 60
    off = {
        "pose": torch.cdist(windows.local[:, :, 1:].flatten(2), clips.local[None, :, 1:].flatten(2)).amin(-1).max(),
        "tempo": (ticks - ticks.round()).abs().max(),
        "body": torch.cdist(windows.log_bone_ratio.double(), ratio.double().log()).amin(-1).max(),
    }
    assert {name for name, value in off.items() if value > 2e-2} == ({changes} if changes else set())


def test_without_the_virtual_skeleton_bodies_keep_their_size(clips_file):
    windows = sample(Clips(clips_file, "val", False), 8, 24, torch.Generator().manual_seed(3), None)
    virtual = sample(Clips(clips_file, "val"), 8, 24, torch.Generator().manual_seed(3), None)
    size = float(Clips(clips_file, "val").limb_ratio[0, LIMB_BONES[0]])
    assert abs(size - 1) > 0.01
    assert torch.allclose(windows.joints.norm(dim=-1), virtual.joints.norm(dim=-1) * size, atol=1e-4)
    assert torch.allclose(windows.log_bone_ratio.exp(), virtual.log_bone_ratio.exp() * size, atol=1e-5)


def test_split_is_kept(clips, clips_file):
    assert len(clips) == 3
    assert len(Clips(clips_file, "val")) == 1


def test_missing_archive_is_explained(tmp_path):
    with pytest.raises(VtmError, match=r"cmu_clips\.npz"):
        Clips(tmp_path / "nothing.npz", "train")


def test_targets_agree_with_each_other(windows):
    """Forward kinematics of the rotations and bone ratios gives the joints; the root is consistent with the depth."""
    offsets = offsets_from_ratio(windows.log_bone_ratio.exp())[:, None]
    rotations, joints = forward_kinematics(windows.local, offsets, torch.zeros_like(windows.root))
    assert torch.allclose(joints, windows.joints, atol=1e-4)
    assert geodesic_angle(rotations, windows.rotations).max() < 1e-2
    assert torch.allclose(windows.motion.log_depth, windows.root[..., 2].clamp(min=0.3).log(), atol=1e-5)
    assert person_scale(windows.log_bone_ratio.exp().numpy()) == pytest.approx(np.ones(16), abs=1e-5)


def test_observed_rays_are_the_projected_body(windows):
    """Without the noise they differ by the noise alone: the median error stays at a few percent of the box."""
    points = keypoints_on_body(windows.rotations, windows.joints + windows.root[:, :, None])
    error = (windows.rays - project(points)).norm(dim=-1)[windows.confidence > 0.7]
    assert (error / windows.box[..., 2:].expand_as(windows.confidence)[windows.confidence > 0.7]).median() < 0.03


def test_person_is_upright_in_the_image(windows):
    """In optical axes y points down: the head is above the pelvis for the upright motion of these clips."""
    assert (windows.joints[:, :, 15, 1] < -0.2).float().mean() > 0.9  # but from cameras right above


def test_box_is_the_cameras(windows):
    expected = camera.keypoint_box(windows.rays.numpy(), windows.confidence.numpy())
    assert np.allclose(windows.box.numpy(), expected, atol=1e-6)


def test_clips_play_back_and_forth(clips):
    steps = torch.full((1, 60), 2)
    rows = clips.rows(torch.tensor([2]), torch.tensor([3]), steps)[0] - clips.first[2]
    assert rows.min() >= 0 and rows.max() <= clips.length[2] - 1
    assert (rows.diff().abs() <= 2).all()


def test_delayed_targets(windows):
    lookahead = torch.arange(16) % 9
    late, when = delayed(windows, lookahead)
    for i, frames in enumerate(lookahead.tolist()):
        assert torch.equal(late.joints[i, frames:], windows.joints[i, : 24 - frames])
        assert when[i, :frames].sum() == 0 and torch.equal(when[i, frames:], windows.seen[i, : 24 - frames])
    assert torch.equal(late.rays, windows.rays)
