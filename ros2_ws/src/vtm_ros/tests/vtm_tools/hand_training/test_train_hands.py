"""`vtm train-hands` on made films of hands, whose points the hand network sees exactly."""

import numpy as np
import pytest
import torch

from vtm.body.hand import LOWER, UPPER, finger_rotations, hand_points
from vtm.body.rotations import matrix_from_rotvec
from vtm.nets.hand_lifter import HandLifter
from vtm_tools.cli.app import main
from vtm_tools.hand_training.learning import train
from vtm_tools.hand_training.sequences import load
from vtm_trt.stream.hand_lifter import LENGTH, hand_network

COUNT, FRAMES, CROP, FOCAL = 6, 8, 224.0, 1000.0


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    rng, shape = np.random.default_rng(0), (COUNT, FRAMES)
    angles = rng.uniform(LOWER, UPPER, (COUNT, 1, 21)) * np.ones((1, FRAMES, 1))
    hand = matrix_from_rotvec(rng.normal(0, 0.5, (COUNT, 1, 3))) @ np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    hand = np.broadcast_to(hand, (*shape, 3, 3))
    world = hand_points(finger_rotations(angles, "right"), "right") @ np.swapaxes(hand, -1, -2)
    rays = (world + [0.0, 0.0, 2.0])[..., :2] / (world + [0.0, 0.0, 2.0])[..., 2:]
    middle, side = rays.mean(2), np.full(shape, 0.2)
    pixels = ((rays - middle[:, :, None]) / side[..., None, None] + 0.5) * CROP
    path = tmp_path_factory.mktemp("hands") / "films.npz"
    np.savez(
        path, angles=angles, hand=hand, elbow=hand, world=world, middle=middle, side=side, pixels=pixels,
        points=np.concatenate([pixels, np.zeros((*pixels.shape[:-1], 1))], -1), turn=np.zeros(shape),
        wrist=np.broadcast_to([0.0, 0.0, 2.0], (*shape, 3)), presence=np.full(shape, 0.9), agrees=np.full(shape, 0.9),
        scale=np.ones(shape), length=np.full(shape, LENGTH), focal=np.full(shape, FOCAL),
        interval=np.full(shape, 1 / 30), full=np.ones(shape), hidden=np.zeros(shape),
    )  # fmt: skip
    return path


def test_it_learns(films):
    torch.manual_seed(0)
    means = list(train(HandLifter().train(), load([films]), 120, 8))
    steps = [100 * now - 99 * before for before, now in zip(means, means[1:], strict=False)]
    assert np.mean(steps[-20:]) < 0.7 * np.mean(steps[:20])


def test_a_network_that_runs(films, tmp_path, capsys):
    out, again = tmp_path / "run", tmp_path / "again"
    judged = ["--judge", str(films)]
    assert main(["train-hands", str(films), "--out", str(out), "--steps", "2", "--batch", "4", *judged]) == 0
    said = capsys.readouterr().out
    assert f"{COUNT} sequences" in said and "films: found 100.0, fingers " in said and "hand: the surer half" in said
    runner = hand_network("onnxruntime", out / "hand_lifter.onnx")
    shapes = {"points": (1, 21, 3), "world": (1, 21, 3), "sure": (1, 2), "forearm": (1, 6), "size": (1, 2),
              "interval": (1, 1)}  # fmt: skip
    told = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    outputs, _ = runner.step(told, runner.blank_state())
    assert np.isfinite(outputs["angles"]).all() and (outputs["angles"] >= LOWER - 1e-3).all()

    start = ["--start", str(out / "hand_lifter.pt"), "--out", str(again)]
    assert main(["train-hands", *start, *judged]) == 0, "without films it judges and writes what it is given"
    assert (again / "hand_lifter.onnx").read_bytes() == (out / "hand_lifter.onnx").read_bytes()
    assert capsys.readouterr().out.split("fingers ")[1][:8] == said.split("fingers ")[1][:8]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([], "nothing to learn from"),
        (["missing.npz"], "missing.npz is no file of"),
        (["missing.npz", "--without", "sight"], "world, memory, forearm"),
        (["missing.npz", "--start", "missing.pt"], "cannot read missing.pt"),
    ],
)
def test_what_is_wrong_is_said(given, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train-hands", *given]) == 2
    shown = capsys.readouterr().err
    assert complaint in shown and shown.count("\n") == 1 and not list(tmp_path.iterdir())
