import dataclasses
import json
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from vtm.errors import VtmError
from vtm.nets.vtm import VTM
from vtm.samples.clips import Clips
from vtm.samples.virtual_camera import carried
from vtm.samples.windows import sample
from vtm.train import checkpoint
from vtm.train import train as training
from vtm.train.checkpoint import load_checkpoint
from vtm.train.config import TrainConfig
from vtm.train.optimizer import Optimizer
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


def test_run_ends_in_time_with_a_checkpoint_to_resume(clips_file, tmp_path, config, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(training.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(training, "JUDGED_BATCHES", 1)
    long = dataclasses.replace(config, prior_steps=2, steps=1000)
    steps: list[int] = []
    training.train(clips_file, tmp_path, long, lambda step, _: steps.append(step), seconds=5.0)
    assert max(steps) == 4 and (tmp_path / "metrics.json").is_file()
    assert "2 steps of stage 1 (TPMAE alone) and 3 of stage 2" in checkpoint.passes(tmp_path / checkpoint.WEIGHTS)[0]
    ended = load_file(tmp_path / checkpoint.WEIGHTS)
    assert set(ended) == set(until(clips_file, tmp_path, dataclasses.replace(long, steps=4), last=5, resume=True))


def test_windows_and_the_step_stay_where_the_network_is(clips_file, config, variety, monkeypatch):
    """Tensors on the device "meta" have no numbers, but do not mix with those of the processor."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    generator = torch.Generator()
    with torch.device("meta"):
        windows = sample(Clips(clips_file, "train").to("meta"), 6, 16, generator, variety, look=carried)
    net = VTM(config.net).to("meta")
    optimizer = Optimizer(net, 1e-3, 1e-4)
    for stage in (training._prior_terms, training._video_terms):
        loss = torch.stack(list(stage(net, windows, generator, config.weights).values())).sum()
        assert loss.is_meta
        optimizer.step(loss, 1e-4)


def test_half_precision_computes_nearly_the_same(clips_file, config, monkeypatch):
    torch.manual_seed(0)
    net, losses = VTM(config.net), []
    windows = training._batch(Clips(clips_file, "train"), None, config, torch.Generator().manual_seed(0), "cpu")
    for half in (False, True):
        monkeypatch.setattr(training, "_half_is_fast", lambda _, half=half: half)
        terms = training._video_terms(net, windows, torch.Generator().manual_seed(1), config.weights)
        losses.append(torch.stack(list(terms.values())).sum().item())
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.03)


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


def test_learning_rate_falls_towards_the_end_of_the_time():
    shipped = TrainConfig.load(SHIPPED)
    step = shipped.prior_steps + training.WARM_UP
    rates = [training._schedule(step, shipped, left) for left in (1.0, shipped.cooldown, shipped.cooldown / 2, -0.1)]
    assert rates == pytest.approx([1.0, 1.0, 0.5, 0.0])


def test_single_lines_are_changed():
    changed = TrainConfig.load(SHIPPED, ["batch=256", "image=pose", "two_parts=false"])
    assert (changed.batch, changed.image, changed.two_parts) == (256, "pose", False)
    for wrong in ("bach=1", "batch=many", "batch", "two_parts=1"):
        with pytest.raises(VtmError, match="train.yaml"):
            TrainConfig.load(SHIPPED, [wrong])


WORD = SHIPPED.read_text().replace("batch: 48", "batch: many")
NO_SWITCH = SHIPPED.read_text().replace("two_parts: true", "two_parts: maybe")


@pytest.mark.parametrize("text", [WORD, NO_SWITCH, "- a list", "seed: 0", "{", SHIPPED.read_text() + "\nextra: 1"])
def test_bad_configuration_is_explained(tmp_path, text):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(VtmError, match="bad.yaml"):
        TrainConfig.load(path)
