"""The two-stage training of VTM in one readable loop.

Stage 1 trains TPMAE alone; stage 2 trains TPVE jointly with the pre-trained TPMAE. Both stages are one count of steps,
so a run that was stopped goes on from its checkpoint with `resume`.
"""

import ctypes
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import torch

from vtm.body.pose_features import POSE_CHANNELS
from vtm.errors import VtmError
from vtm.nets.body import offsets_from_ratio
from vtm.nets.history import History
from vtm.nets.refine import Pose
from vtm.nets.tpmae import MotionCode
from vtm.nets.tpve import MAX_LOOKAHEAD, lookahead_select
from vtm.nets.vtm import VTM
from vtm.samples.clips import Clips
from vtm.samples.render_windows import Renders
from vtm.samples.virtual_camera import carried
from vtm.samples.windows import Windows, sample
from vtm.train import checkpoint, losses
from vtm.train.card import model_card
from vtm.train.config import TrainConfig
from vtm.train.curves import draw_curves
from vtm.train.evaluate import evaluate, evaluate_windows
from vtm.train.export import export
from vtm.train.half_weights import round_weights
from vtm.train.optimizer import Optimizer

SAVE_EVERY = 500
LOG = "log.jsonl"
WARM_UP = 200
"""Steps over which the learning rate rises."""
JUDGED_BATCHES = 8
"""Held-out batches on which the trained network is judged in the end."""
Report = Callable[[int, dict[str, float]], None]


def train(
    clips_files: Path | Sequence[Path],
    out: Path,
    config: TrainConfig,
    report: Report,
    device: str = "cpu",
    resume: bool = False,
    start: Path | None = None,
    renders: Sequence[Path] = (),
    val_renders: Sequence[Path] = (),
    seconds: float | None = None,
) -> None:
    """Train on the `train` split of clip files, and judge on their `val` split.

    Writes its checkpoint, log.jsonl and curves.png under `out` as it goes, and at the end metrics.json, the network
    vtm.onnx and its card vtm.md.

    Args:
        clips_files: One clip file or several.
        out: The folder of the run.
        config: What decides it.
        report: Called with the step and its numbers, every 50 steps.
        device: PyTorch's name of it.
        resume: Go on from the checkpoint in `out`.
        start: Weights to begin with, a checkpoint.safetensors; layers that it lacks begin afresh.
        renders: Files of rendered people, which become `render_share` of each batch.
        val_renders: Such files of the `val` split, on which the network is judged as well.
        seconds: Training ends after this time at the latest, and the learning rate falls towards it; judging and
            exporting come on top. None for as long as all steps take.

    Raises:
        VtmError: A file is missing or wrong, or the loss is no longer finite.
    """
    if config.net.image_channels not in (0, POSE_CHANNELS):
        raise VtmError(f"no training material has the image features '{config.image}'; set image to none or pose")
    began = time.monotonic()
    _reuse_freed_memory()
    clips, held_out = (Clips(clips_files, split, config.virtual_skeleton) for split in ("train", "val"))
    films, held_out_films = (
        Renders(files, config.virtual_skeleton) if files else None for files in (renders, val_renders)
    )
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    clips, films = clips.to(device), films.to(device) if films else None
    net = VTM(config.net).to(device)
    optimizer = Optimizer(net, config.learning_rate, config.weight_decay)
    out.mkdir(parents=True, exist_ok=True)
    if start is not None:
        checkpoint.start_from(start, net)
    first = checkpoint.restore(out, net, optimizer, generator) if resume else 0
    before = checkpoint.passes(start) if start else checkpoint.passes(out / checkpoint.WEIGHTS)[:-1] if resume else []
    total = config.prior_steps + config.steps
    for step in range(first, total):
        windows = _batch(clips, films, config, generator, device)
        stage = _prior_terms if step < config.prior_steps else _video_terms
        terms = stage(net, windows, generator, config.weights)
        loss = torch.stack(list(terms.values())).sum()
        left = 1 - (time.monotonic() - began) / seconds if seconds else 1.0
        ends = step == total - 1 or left <= 0
        saves = ends or (step + 1) % SAVE_EVERY == 0
        if (saves or step % 50 == 0) and not torch.isfinite(loss):  # not always: a GPU has to be waited for
            raise VtmError(f"the loss became {float(loss)} by step {step}: lower learning_rate and start again")
        optimizer.step(loss, config.learning_rate * _schedule(step, config, left))
        if ends or step % 50 == 0:
            numbers = {"loss": loss.item(), **{name: value.item() for name, value in terms.items()}}
            _log(out, {"step": step + 1, **numbers})
            report(step, numbers)
        if saves:
            passes = [*before, _pass(config, clips, films, step + 1)]
            checkpoint.save(out, net, optimizer, generator, step + 1, passes)
            if step >= config.prior_steps:
                scores = _scores(net, held_out, held_out_films, 1, config.val_windows, (0, 8))
                _log(out, {"step": step + 1, "seconds": round(time.monotonic() - began), **scores})
                draw_curves(out / LOG, out / "curves.png")
                report(step, {f"val_{name}": value for name, value in scores["lookahead_0"].items()})
        if ends:
            break
    round_weights(net)
    scores = _scores(net, held_out, held_out_films, JUDGED_BATCHES, config.val_windows, (0, 2, 4, 8))
    (out / "metrics.json").write_text(json.dumps(scores, indent=2) + "\n")
    export(net.to("cpu"), out / "vtm.onnx")
    (out / "vtm.md").write_text(model_card(net, config, scores, passes, held_out))


def _pass(config: TrainConfig, clips: Clips, films: Renders | None, steps: int) -> str:
    prior = min(steps, config.prior_steps)
    rendered = f", {config.render_share:.0%} of them from {len(films)} clips of rendered people" if films else ""
    return (
        f"{date.today().isoformat()}: {prior} steps of stage 1 (TPMAE alone) and {steps - prior} of "
        f"stage 2 (TPVE with the pre-trained TPMAE), learning rate {config.learning_rate:g}, {config.batch} windows of "
        f"{config.frames} frames each{rendered}; {len(clips)} clips, {clips.minutes():.1f} minutes of motion"
    )


def _batch(
    clips: Clips, films: Renders | None, config: TrainConfig, generator: torch.Generator, device: str
) -> Windows:
    """The next windows, made where the network is: on a GPU a processor would take longer for them than it."""
    filmed = round(config.batch * config.render_share) if films else 0
    variety, noise = config.variety, (config.noise, config.measured)
    seed = int(torch.randint(2**62, (), generator=generator))
    with torch.device(device):
        drawn = torch.Generator(device).manual_seed(seed)
        windows = sample(clips, config.batch - filmed, config.frames, drawn, variety, *noise, carried)
        return windows.joined(films.sample(filmed, config.frames, drawn)) if films else windows


def _scores(
    net: VTM, clips: Clips, films: Renders | None, batches: int, size: int, lookaheads: Sequence[int]
) -> dict[str, dict[str, float]]:
    scores = {f"lookahead_{n}": evaluate(net, clips, n, batches, size) for n in lookaheads}
    scores["lookahead_0_synthetic_errors"] = evaluate(net, clips, 0, batches, size, measured=0.0)
    scores["lookahead_0_camera_unknown"] = evaluate(net, clips, 0, batches, size, camera_rate=False)
    if films:
        seen = films.whole()
        scores["rendered"] = evaluate_windows(net, seen, 0)
        if net.config.image_channels:
            scores["rendered_without_image"] = evaluate_windows(
                net, replace(seen, image=torch.zeros_like(seen.image)), 0
            )
    return scores


def _log(out: Path, line: dict) -> None:
    with (out / LOG).open("a") as log:
        log.write(json.dumps(line) + "\n")


def _prior_terms(net: VTM, windows: Windows, generator: torch.Generator, weights: dict[str, float]) -> dict:
    """Stage 1: what goes into TPMAE must come out."""
    when = torch.ones_like(windows.contact[..., 0])
    motion, contact, log_error = net.tpmae(windows.motion, windows.camera_rate)
    terms, error = losses.reconstruction(Pose.of(motion, _offsets(windows)), windows, when, weights)
    return terms | losses.heads(contact, log_error, error, windows, when, weights)


def _video_terms(net: VTM, windows: Windows, generator: torch.Generator, weights: dict[str, float]) -> dict:
    """Stage 2: keypoints are mapped into the latent space of the motion, and the shared decoders decode both.

    Of each batch, the motion encoders see the first third: enough for the alignment and to keep the prior.
    """
    batch, frames, _ = windows.interval.shape
    device = windows.rays.device
    lookahead = torch.randint(0, MAX_LOOKAHEAD + 1, (batch,), generator=generator)
    select = torch.stack([lookahead_select(int(n)) for n in lookahead]).to(device)
    arrived = torch.ones_like(windows.interval)
    target, when = delayed(windows, lookahead.to(device))
    future = losses.future(target, when, int(torch.randint(1, 7, (1,), generator=generator)))
    few = target.first(max(batch // 3, 1))
    history, prior_history = History(), History()
    with torch.autocast(device.type, torch.bfloat16, enabled=_half_is_fast(device)):
        true_upper, true_lower = net.tpmae.encode(few.motion)
        true_features = net.tpmae.decoder.features(true_upper, true_lower, few.camera_rate, prior_history)
        found = (windows.rays, windows.confidence, windows.box, windows.interval, windows.camera_rate)
        latent = net.encode(*found, arrived, select, history, windows.image).single()
    out = net.decode(latent, windows.rays, windows.confidence, select, future.horizon, windows.convention, history)
    pose = Pose.of(out.motion, offsets_from_ratio(out.log_bone_ratio.exp()))
    terms, error = losses.reconstruction(pose, target, when, weights)
    terms |= losses.heads(out.contact, out.log_error, error, target, when, weights)
    terms |= losses.ahead(out.turn_ahead, out.way_ahead, future, weights)
    early = [value for pose in out.decoded for value in losses.reconstruction(pose, target, when, weights)[0].values()]
    if early:
        terms["decoded"] = torch.stack(early).sum() * weights["decoded"]
    off = (out.log_bone_ratio - target.log_bone_ratio[:, None]).abs().mean(-1)
    terms["bone"] = (off * when).sum() / when.sum() * weights["bone"]

    when = when[: len(few.rays)]
    upper, lower = latent.upper[: len(few.rays)], latent.lower[: len(few.rays)]
    true_upper, true_lower = true_upper.float(), true_lower.float()
    terms["alignment"] = losses.alignment(upper, lower, true_upper, true_lower, when) * weights["alignment"]
    motion, _, _ = net.tpmae.decoder.read(true_features[0].float(), true_features[1].float(), prior_history)
    prior, _ = losses.reconstruction(Pose.of(motion, _offsets(few)), few, when, weights)
    terms["prior"] = torch.stack(list(prior.values())).sum() * weights["prior"]
    return terms


def _half_is_fast(device: torch.device) -> bool:
    return device.type != "cpu" or torch.cpu._is_avx512_bf16_supported()


def _offsets(windows: Windows) -> torch.Tensor:
    return offsets_from_ratio(windows.log_bone_ratio.exp())[:, None]


def delayed(windows: Windows, lookahead: torch.Tensor) -> tuple[Windows, torch.Tensor]:
    """The targets as they should come out.

    Args:
        windows: The targets of each frame.
        lookahead: (B,) frames by which they come late.

    Returns:
        The delayed windows, and (B, T) 1 where there is a target: the frame has come and showed somebody.
    """
    frames = windows.interval.shape[1]
    index = torch.arange(frames, device=lookahead.device)[None] - lookahead[:, None]

    def pick(x: torch.Tensor) -> torch.Tensor:
        shape = (*index.shape, *(1,) * (x.dim() - 2))
        return torch.gather(x, 1, index.clamp(min=0).reshape(shape).expand(-1, -1, *x.shape[2:]))

    motion = MotionCode(*(pick(x) for x in vars(windows.motion).values()))
    moved = {
        name: pick(getattr(windows, name))
        for name in ("interval", "camera_rate", "local", "rotations", "joints", "root", "contact")
    }
    return Windows(**{**vars(windows), **moved, "motion": motion}), (index >= 0) * pick(windows.seen)


def _schedule(step: int, config: TrainConfig, left: float = 1.0) -> float:
    """Share of the learning rate: warm-up, a plateau, and a straight fall to nothing.

    The fall is over the last `cooldown` of each stage, and of the time, of which a share `left` is left.
    """
    first, length = (0, config.prior_steps) if step < config.prior_steps else (config.prior_steps, config.steps)
    into = step - first
    in_time = max(left, 0.0) / max(config.cooldown, 1e-6)
    return min(1.0, (into + 1) / WARM_UP, (length - into) / max(config.cooldown * length, 1), in_time)


def _reuse_freed_memory() -> None:
    """Keep glibc from giving large buffers back to the kernel between steps; on a CPU this trains 2-3 times faster."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        trim_threshold, mmap_max = -1, -4
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)
