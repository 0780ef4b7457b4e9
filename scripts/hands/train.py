#!/usr/bin/env python3
"""Train the hand lifter on what `make_data.py` wrote, judge it on people it never saw, and export it.

    .venv/bin/python scripts/hands/train.py --data data/train*.npz --judge data/val_*.npz --out run/

Writes run/hand_lifter.pt and run/hand_lifter.onnx, and prints the tables of the model card. `--without` world, memory
or forearm trains the network blind to that; `--judge-only` prints the tables of a trained one again.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from rich.progress import track
from sequences import SEEN, Data, forearm_told, load, told, varied

from vtm.body.hand import FINGERS, finger_rotations, hand_points
from vtm.body.rotations import geodesic_angle, matrix_from_rot6d
from vtm.nets.hand_lifter import CHANNELS, INPUTS, OUTPUTS, HandLifter
from vtm.train.export import _forget_origin
from vtm.train.half_weights import round_weights, store_half

PRESENT = 0.5
BLIND = ("world", "memory", "forearm")


def arguments() -> argparse.Namespace:
    """What the user asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", help="files of make_data.py")
    parser.add_argument("--judge", type=Path, nargs="+", default=[], help="files of other people, to judge by")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--start", type=Path, help="hand_lifter.pt to go on from")
    parser.add_argument("--average", type=Path, help="hand_lifter.pt whose weights are averaged with those trained")
    parser.add_argument("--steps", type=int, default=3000, help="of the optimiser")
    parser.add_argument("--batch", type=int, default=64, help="sequences in a step")
    parser.add_argument("--without", choices=BLIND, nargs="*", default=[], help="what the network must not see")
    parser.add_argument("--judge-only", action="store_true", help="do not train")
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    return parser.parse_args()


def run(net: HandLifter, batch: Data, without: list[str], least: float):
    """The network's answers, stacked over time, and which frames (B, T) count."""
    seen = batch["sure"][..., 0] > least
    count, frames = seen.shape
    waited, intervals = torch.zeros(count), []
    for frame in range(frames):
        intervals.append((waited + batch["interval"][:, frame]).clamp(max=1.0))
        waited = torch.where(seen[:, frame], 0.0, intervals[-1])
    inputs = {name: batch[name].flatten(0, 1) for name in ("points", "world", "sure", "forearm", "size")}
    for name in set(without) & set(inputs):
        inputs[name] = torch.zeros_like(inputs[name])
    features = net.see(**inputs, interval=torch.stack(intervals, 1).reshape(-1, 1))
    entering = net.enter(features).unflatten(0, (count, frames))
    state, states = torch.zeros(count, CHANNELS), []
    for frame, enters in enumerate(entering.unbind(1)):
        states.append(net.remember(enters, torch.zeros_like(state) if "memory" in without else state))
        state = torch.where(seen[:, frame, None], states[-1], state)
    answers = net.answer(features, torch.stack(states, 1).flatten(0, 1))
    return *(answer.unflatten(0, (count, frames)) for answer in answers), seen


def places(hand: torch.Tensor, local: torch.Tensor) -> torch.Tensor:
    """The points (B, T, 21, 3) m of a hand from its wrist, in the axes in which it is turned."""
    return hand_points(local, "right") @ hand.transpose(-1, -2)


def loss(net: HandLifter, batch: Data, without: list[str]) -> torch.Tensor:
    """Of a batch."""
    *answers, seen = run(net, batch, without, SEEN)
    pairs = (seen[:, 1:] & seen[:, :-1])[..., None]
    jumps = ((answers[0] - batch["angles"]).diff(dim=1).abs() * pairs).mean()
    jumps = jumps + ((matrix_from_rot6d(answers[1]) - batch["hand"]).diff(dim=1).abs() * pairs[..., None]).mean()
    angles, rot6d, expected = (answer[seen] for answer in answers)
    hand, true_hand, true_angles = matrix_from_rot6d(rot6d), batch["hand"][seen], batch["angles"][seen]
    local, true = finger_rotations(angles, "right"), finger_rotations(true_angles, "right")
    fingers, whole = geodesic_angle(local, true), geodesic_angle(hand, true_hand)
    away = (places(hand, local) - places(true_hand, true)).norm(dim=-1).mean()
    off = torch.cat([fingers.unflatten(-1, (5, 3)).mean(-1), whole[:, None]], -1).detach()
    told = (off / expected + expected.log()).mean()
    exact = fingers.mean() + whole.mean() + 10 * away + 0.2 * (angles - true_angles).abs().mean()
    return exact + 0.03 * told + jumps


def train(net: HandLifter, data: Data, args: argparse.Namespace) -> None:
    """With AdamW and one cycle of the learning rate."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.02)
    peak = 1e-3 if args.start else 2e-3
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=args.steps, pct_start=0.1)
    useful = torch.where((data["presence"] > SEEN).sum(1) > 1)[0]
    mean, steps = 0.0, track(range(args.steps), description=args.out.name)
    for step in steps:
        rows = useful[torch.randint(len(useful), (args.batch,), generator=generator)]
        value = loss(net, varied(data, rows, generator), args.without)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean += 0.01 * (value.item() - mean)
        if step % 250 == 249:
            print(f"step {step + 1}: loss {mean:.3f}", flush=True)


def judge(net: HandLifter, path: Path, without: list[str]) -> dict[str, float]:
    """Print how far off the network is on the frames that show a hand."""
    batch = told(load([path]))
    generator = torch.Generator().manual_seed(1)
    batch["forearm"] = forearm_told(batch["elbow"], generator)
    batch["size"][..., 0] += 0.1 * torch.randn(len(batch["size"]), 1, generator=generator)
    with torch.no_grad():
        angles, rot6d, expected, seen = run(net, batch, without, PRESENT)
        local, true = (finger_rotations(pose, "right") for pose in (angles, batch["angles"]))
        fingers = np.degrees(geodesic_angle(local, true)[seen].numpy())
        hand = np.degrees(geodesic_angle(matrix_from_rot6d(rot6d), batch["hand"])[seen].numpy())
    mean = finger_rotations(batch["angles"][seen].mean(0), "right")
    rest = geodesic_angle(mean.expand_as(true), true)
    by = fingers.reshape(-1, 5, 3)
    four = by[:, :4]
    numbers = {
        "found": 100 * seen.float().mean().item(), "fingers": fingers.mean(), "median": np.median(fingers),
        "thumb": by[:, 4].mean(), "MCP": four[..., 0].mean(), "PIP": four[..., 1].mean(), "DIP": four[..., 2].mean(),
        "hand": hand.mean(), "hand median": np.median(hand), "mean pose": np.degrees(rest[seen].mean()),
    }  # fmt: skip
    back = (batch["hand"][..., 2, 2][seen] < 0).numpy()
    pixels, off = batch["hand_pixels"][seen].numpy(), batch["off"][seen].numpy()
    right = (batch["sure"][..., 1][seen] > 0.5).numpy()
    groups = {
        "back of the hand": back, "palm": ~back, "25-40 px": pixels < 40, "40-70 px": (pixels >= 40) & (pixels < 70),
        "70 px and more": pixels >= 70, "2D within 4 % of the crop": off < 0.04, "side agrees": right,
        "side does not agree": ~right, "something in front": batch["hidden"][seen].numpy() > 0,
    }  # fmt: skip
    print(f"\n{path.stem}: " + ", ".join(f"{name} {value:.1f}" for name, value in numbers.items()))
    for name, group in groups.items():
        if group.any():
            share, own, whole = 100 * group.mean(), fingers[group].mean(), hand[group].mean()
            print(f"  {name}: {share:.0f} %, fingers {own:.1f}, hand {whole:.1f}")
    sureness = np.degrees(expected[seen].numpy())
    for row, name in enumerate(FINGERS):
        sure = sureness[:, row] < np.median(sureness[:, row])
        print(f"  {name}: {by[:, row].mean():.1f}; the surer half {by[sure, row].mean():.1f}")
    sure = sureness[:, 5] < np.median(sureness[:, 5])
    print(f"  hand: the surer half {hand[sure].mean():.1f}, the other {hand[~sure].mean():.1f}")
    steps = seen[:, 1:] & seen[:, :-1] & (batch["interval"][:, 1:] < 0.04)
    moved, wanted = (
        np.degrees(geodesic_angle(pose[:, 1:], pose[:, :-1])[steps].mean().item()) for pose in (local, true)
    )
    print(f"  change per frame at 30 frames/s: {moved:.1f} (truth {wanted:.1f})")
    return {name: float(value) for name, value in numbers.items()}


def export(net: HandLifter, path: Path) -> float:
    """Write the network; returns the largest difference from torch."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((1, 21, 3), (1, 21, 3), (1, 2), (1, 6), (1, 2), (1, 1), (1, CHANNELS))
    inputs = tuple(torch.randn(shape, generator=generator) * 0.2 for shape in shapes)
    with torch.no_grad():
        torch.onnx.export(net, inputs, path, input_names=list(INPUTS), output_names=list(OUTPUTS), opset_version=18,
                          dynamo=True, external_data=False, verbose=False)  # fmt: skip
        wanted = net(*inputs)
    model = onnx.load(path)
    store_half(model)
    _forget_origin(model)
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    values = session.run(list(OUTPUTS), dict(zip(INPUTS, (value.numpy() for value in inputs), strict=True)))
    return max(float(np.abs(a - b.numpy()).max()) for a, b in zip(values, wanted, strict=True))


def main() -> None:
    """Train, export, judge."""
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    args.out.mkdir(parents=True, exist_ok=True)
    net, weights = HandLifter(), args.out / "hand_lifter.pt"
    if args.start:
        net.load_state_dict(torch.load(args.start))
    if not args.judge_only:
        data = load(args.data)
        print({"sequences": len(data["full"]), "hands": int((data["presence"] > PRESENT).sum())})
        train(net.train(), data, args)
        if args.average:
            before = torch.load(args.average)
            net.load_state_dict({name: (value + before[name]) / 2 for name, value in net.state_dict().items()})
        round_weights(net)
        torch.save(net.state_dict(), weights)
    net.load_state_dict(torch.load(weights))
    print("difference of the exported network:", export(net.eval(), args.out / "hand_lifter.onnx"))
    for path in args.judge:
        judge(net, path, args.without)


if __name__ == "__main__":
    main()
