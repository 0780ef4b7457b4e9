"""Windows of varied motion: each variation, alone and with the others, keeps targets, contacts and sides together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import within_limits
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.mocap.clip_file import Clip, Entry, write_clips
from vtm.nets.body import offsets_from_ratio
from vtm.samples.augment import Variety
from vtm.samples.clips import Clips
from vtm.samples.windows import CONTACT_SPEED, STRIDES, Windows, sample

PLAIN = Variety(mirror=0.0, time_warp=0.0, recombine=0.0, perturb=0.0, proportions=0.0)
ALONE = {
    "plain": PLAIN,
    "mirror": replace(PLAIN, mirror=0.5),
    "time warp": replace(PLAIN, time_warp=0.35),
    "recombine": replace(PLAIN, recombine=1.0),
    "proportions": replace(PLAIN, proportions=0.07),
    "several": Variety(mirror=0.5, time_warp=0.35, recombine=0.0, perturb=0.0, proportions=0.07),
}
"""Those after which one can tell from the feet how the arms move; recombining mixes mirrored halves with others."""
WITH_PERTURB = {"perturb": replace(PLAIN, perturb=0.12), "everything": Variety(0.5, 0.35, 0.35, 0.12, 0.07)}
BATCH, FRAMES = 96, 20


def moving(seconds: float, pace: float) -> Clip:
    """Someone stands on the left foot, waves the left arm overhead and swings the right leg; the right arm hangs."""
    time = np.arange(int(seconds * 60)) / 60 * pace
    turns = np.zeros((len(time), 22, 3))
    turns[:, JOINT_INDEX["left_shoulder"], 0] = 1.2 + 0.2 * np.sin(9 * time)
    turns[:, JOINT_INDEX["right_shoulder"], 0] = 1.4
    turns[:, JOINT_INDEX["right_hip"], 1] = -0.6 + 0.5 * np.sin(5 * time)
    turns[:, JOINT_INDEX["right_knee"], 1] = 0.9 + 0.3 * np.sin(5 * time)
    quat = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat().reshape(len(time), 22, 4)
    return Clip(quat, np.tile([0.0, 0.0, 0.95], (len(time), 1)), VIRTUAL_OFFSETS, 60.0)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Clips:
    path: Path = tmp_path_factory.mktemp("one-legged") / "clips.npz"
    made = [(f"pace {pace}", moving(8, pace)) for pace in (0.8, 1.0, 1.25)]
    write_clips(path, [(Entry(n, "made", "1", len(c.quat), 8.0, "train", 1.0, 1.7), c) for n, c in made])
    return Clips(path, "train")


def windows(clips: Clips, variety: Variety, seed: int = 0) -> Windows:
    generator = torch.Generator().manual_seed(seed)
    return sample(clips, BATCH, FRAMES, generator, variety, level=0.0, measured=0.0)


def feet_speed(w: Windows) -> torch.Tensor:
    """Speeds (B, T, 4) in m/s that the contacts stand for; NaN where they are saturated."""
    speed = CONTACT_SPEED * (1 - torch.logit(w.contact.double()) / 5)
    return torch.where((w.contact > 1e-3) & (w.contact < 0.9), speed, torch.nan)


@pytest.mark.parametrize("name", [*ALONE, *WITH_PERTURB])
def test_targets_are_one_body(clips, name):
    w = windows(clips, (ALONE | WITH_PERTURB)[name])
    offsets = offsets_from_ratio(w.log_bone_ratio.exp())[:, None]
    rotations, joints = forward_kinematics(w.local, offsets, torch.zeros_like(w.root))
    assert torch.allclose(joints, w.joints, atol=1e-4)
    assert geodesic_angle(rotations, w.rotations).max() < 1e-2
    assert within_limits(w.local).all()


@pytest.mark.parametrize("name", ALONE)
def test_left_stays_left(clips, name):
    """The arm that waves is on the side of the foot that stands: in the contacts, the joints and the picture."""
    w = windows(clips, ALONE[name])
    stands_left = w.contact[..., :2].mean((1, 2)) > w.contact[..., 2:].mean((1, 2))
    assert stands_left.float().mean() == pytest.approx(1 - ALONE[name].mirror, abs=0.15)
    left, right = JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]
    assert ((w.joints[..., left, 1] < w.joints[..., right, 1]) == stands_left[:, None]).float().mean() > 0.95
    left, right = KEYPOINT_INDEX["left_wrist"], KEYPOINT_INDEX["right_wrist"]
    seen = (w.confidence[..., left] > 0) & (w.confidence[..., right] > 0)
    higher = (w.rays[..., left, 1] < w.rays[..., right, 1]) == stands_left[:, None]
    assert higher[seen].float().mean() > 0.95  # but from right above
    bent = [w.local[..., JOINT_INDEX[knee], 2, 2] < 0.95 for knee in ("left_knee", "right_knee")]
    assert (bent[1] == stands_left[:, None]).all() and (bent[0] != stands_left[:, None]).all()


@pytest.mark.parametrize("name", ALONE)
def test_the_standing_foot_keeps_its_contact(clips, name):
    w = windows(clips, ALONE[name])
    contact = w.contact.unflatten(-1, (2, 2)).mean(-1)
    assert contact.amax(-1).min() > 0.9
    assert contact.amin(-1).mean() < 0.3


def test_frame_rates_and_dropped_frames(clips):
    """6 to 60 frames/s; now and then a frame is missing, which doubles the interval and shows in the motion."""
    w = windows(clips, PLAIN)
    steps = (w.interval[..., 0] * 60).round()
    assert torch.allclose(steps / 60, w.interval[..., 0], atol=1e-6)
    usual = steps.amin(1, keepdim=True)
    assert set(usual.flatten().tolist()) == set(STRIDES.tolist())
    dropped = steps == 2 * usual
    assert (dropped | (steps == usual)).all()
    assert 0.01 < dropped.float().mean() < 0.06


def test_a_slower_tempo_lengthens_the_intervals_and_slows_the_feet(clips):
    """The same motion, drawn with the same random numbers, in another time."""
    plain, warped = windows(clips, PLAIN), windows(clips, replace(PLAIN, time_warp=0.35))
    assert torch.equal(plain.local[:, :, 1:], warped.local[:, :, 1:])
    tempo = (warped.interval / plain.interval)[..., 0]
    assert torch.allclose(tempo, tempo[:, :1].expand_as(tempo), rtol=1e-4)
    assert tempo.log().abs().max() < 0.35 and tempo.log().std() > 0.1
    ratio = (feet_speed(plain) / feet_speed(warped))[:, 1:]
    error = (ratio / tempo[:, 1:, None]).log().abs()
    assert error.isfinite().sum() > 100
    assert error[error.isfinite()].max() < 0.05


def test_recombined_halves_are_those_of_two_windows(clips):
    plain, mixed = windows(clips, PLAIN), windows(clips, replace(PLAIN, recombine=1.0))
    legs = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("hip", "knee", "ankle", "foot")]
    assert torch.equal(plain.local[:, :, legs], mixed.local[:, :, legs])
    arms = [JOINT_INDEX["left_shoulder"], JOINT_INDEX["right_shoulder"]]
    same = (plain.local[:, None, :, arms] == mixed.local[None, :, :, arms]).flatten(2).all(-1)
    assert same.any(0).all(), "every upper half comes whole from one window"
    assert (same.float().argmax(0) != torch.arange(BATCH)).float().mean() > 0.8


def test_a_perturbed_joint_moves_smoothly(clips):
    plain, moved = windows(clips, PLAIN), windows(clips, replace(PLAIN, perturb=0.12))
    offset = plain.local[:, :, 1:].transpose(-1, -2) @ moved.local[:, :, 1:]
    step = geodesic_angle(offset[:, 1:], offset[:, :-1]) / plain.interval[:, 1:]
    assert step.max() < 9, "rad/s"
    assert 0.02 < geodesic_angle(plain.local[:, :, 1:], moved.local[:, :, 1:]).mean() < 0.2
