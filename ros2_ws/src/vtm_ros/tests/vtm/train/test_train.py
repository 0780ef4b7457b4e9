import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from vtm.errors import VtmError
from vtm.train import train as training
from vtm.train.checkpoint import load_checkpoint
from vtm.train.config import TrainConfig
from vtm_trt.engine.backends import load_runner

SHIPPED = Path(__file__).parents[3] / "config" / "train.yaml"


@pytest.fixture
def config() -> TrainConfig:
    shipped = TrainConfig.load(SHIPPED)
    small = {"channels": 32, "latent": 16, "window": 8, "batch": 4, "frames": 16, "val_windows": 1, "refine_steps": 1}
    return dataclasses.replace(shipped, **small, prior_steps=3, steps=3)


def run(clips_file, out, config, resume=False):
    steps = []
    training.train(clips_file, out, config, lambda step, numbers: steps.append((step, numbers)), resume=resume)
    return steps


class Trained(Exception):
    """Raised to leave out what comes after the training: a run judges its network at the end and exports it."""


def until(clips_file, out, config, last, resume=False, start=None):
    """A run that ends when the checkpoint of the step `last` has been written."""

    def stop(step, numbers):
        if step == last and "val_mpjpe_mm" in numbers:
            raise Trained

    with pytest.raises(Trained):
        training.train(clips_file, out, config, stop, resume=resume, start=start)
    return load_file(out / "checkpoint.safetensors")


def test_training_run_leaves_a_network_and_its_metrics(clips_file, tmp_path, config, monkeypatch):
    monkeypatch.setattr(training, "JUDGED_BATCHES", 1)
    steps = run(clips_file, tmp_path, config)
    assert steps[0][0] == 0 and {"alignment", "bone", "prior"} <= set(steps[-2][1])
    scores = json.loads((tmp_path / "metrics.json").read_text())
    judged = {f"lookahead_{frames}" for frames in (0, 2, 4, 8)}
    assert set(scores) == judged | {"lookahead_0_synthetic_errors", "lookahead_0_camera_unknown"}
    assert 0 < scores["lookahead_0"]["mpjpe_mm"] < 2000
    assert f"{scores['lookahead_8']['mpjpe_mm']:.1f}" in (tmp_path / "vtm.md").read_text()
    assert load_runner(tmp_path / "vtm.onnx").input_shapes["rays"] == (1, 23, 2)
    assert load_checkpoint(tmp_path / "checkpoint.safetensors", config.net).config == config.net


def test_resumed_run_equals_uninterrupted_run(clips_file, tmp_path, config, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", 4)
    whole = until(clips_file, tmp_path / "whole", config, last=5)
    until(clips_file, tmp_path / "parts", config, last=3)
    parts = until(clips_file, tmp_path / "parts", config, last=5, resume=True)
    for name, value in whole.items():
        assert torch.allclose(value, parts[name], atol=1e-6), name


def test_training_lowers_the_loss(clips_file, tmp_path, config):
    losses = {}

    def stop(step, numbers):
        losses[step] = numbers["loss"]
        if step == 50:
            raise Trained

    with pytest.raises(Trained):
        training.train(clips_file, tmp_path, dataclasses.replace(config, prior_steps=52, steps=0), stop)
    assert losses[50] < 0.8 * losses[0]


def test_nothing_to_resume(clips_file, tmp_path, config):
    with pytest.raises(VtmError, match="--resume"):
        run(clips_file, tmp_path, config, resume=True)


def test_run_starts_from_other_weights(clips_file, tmp_path, config):
    plain = dataclasses.replace(config, refine_steps=0, steps=1)
    before = until(clips_file, tmp_path / "plain", plain, last=3)
    weights = tmp_path / "plain" / "checkpoint.safetensors"
    still = dataclasses.replace(config, prior_steps=0, steps=1, learning_rate=0.0, weight_decay=0.0)
    begun = until(clips_file, tmp_path / "more", still, last=0, start=weights)
    assert all(torch.equal(begun[name], value) for name, value in before.items())
    assert any(name.startswith("refine.") for name in begun)
    with pytest.raises(VtmError, match="cannot start"):
        training.train(clips_file, tmp_path, dataclasses.replace(config, channels=48), lambda *_: None, start=weights)


def test_learning_rate_rises_stays_and_falls_in_each_stage():
    shipped = TrainConfig.load(SHIPPED)
    rates = [training._schedule(step, shipped) for step in range(shipped.prior_steps + shipped.steps)]
    assert max(rates) == 1 and min(rates) > 0
    for first, length in ((0, shipped.prior_steps), (shipped.prior_steps, shipped.steps)):
        stage = rates[first : first + length]
        assert stage[0] < 0.01 and stage[-1] < 0.02
        assert stage[training.WARM_UP] == 1 and stage[int(length * (1 - shipped.cooldown))] == pytest.approx(1)


WORD = SHIPPED.read_text().replace("batch: 48", "batch: many")
NO_SWITCH = SHIPPED.read_text().replace("two_parts: true", "two_parts: maybe")


@pytest.mark.parametrize("text", [WORD, NO_SWITCH, "- a list", "seed: 0", "{", SHIPPED.read_text() + "\nextra: 1"])
def test_bad_configuration_is_explained(tmp_path, text):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(VtmError, match="bad.yaml"):
        TrainConfig.load(path)
