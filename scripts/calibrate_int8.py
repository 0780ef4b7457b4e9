#!/usr/bin/env python3
"""Find out which convolutions of the image networks bear 8-bit integers, and write models/int8.json.

    .venv/bin/python scripts/calibrate_int8.py

The networks look at rendered people (CC0 bodies, nobody's picture). The largest input of each convolution becomes its
range; nothing is trained. Then each convolution but the heads is rounded alone, which tells what that costs the
network's outputs. The cheapest per unit of work are taken, as many as together stay within the budget.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator

import cv2
import numpy as np
import onnx
import onnxruntime
from rich.progress import track

from vtm.camera import Intrinsics
from vtm.files.atomic_file import atomic_file
from vtm.samples.postures import POSTURES, through
from vtm.samples.renders.clip import RenderedClip
from vtm.types import Frame
from vtm_trt.engine.models import model_path, models_folder
from vtm_trt.engine.precision import CALIBRATION
from vtm_trt.engine.precision.int8 import to_int8
from vtm_trt.engine.precision.layers import heads
from vtm_trt.engine.precision.weights import plain_weights
from vtm_trt.pose2d import detector, landmarks
from vtm_trt.pose2d.crop import HostCrop
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.roi import Roi

SIZES = ((480, 360), (360, 480), (448, 448), (640, 360))
JUDGED = 8
"""Pictures on which single convolutions are judged; all of them give the ranges."""

Feeds = list[dict[str, np.ndarray]]


def pictures(people: int) -> Iterator[np.ndarray]:
    """Three (H, W, 3) BGR of each of that many random people, who take random postures."""
    names = list(POSTURES)
    for seed in track(range(people), "rendering"):
        rng = np.random.default_rng(seed)
        local, root, seconds = through([(names[i], 0.5 * t) for t, i in enumerate(rng.integers(len(names), size=3))], 2)
        yield from RenderedClip(local, root, seconds, seed, SIZES[seed % len(SIZES)])


def gather(people: int) -> dict[str, Feeds]:
    """The inputs of every image network for these pictures."""
    find = PersonDetector("onnxruntime", threads=1)
    whole, person = HostCrop(detector.INPUT), HostCrop(landmarks.INPUT)
    found: Feeds = []
    searched: Feeds = []
    for picture in pictures(people):
        height, width = picture.shape[:2]
        frame = Frame(picture, 0, Intrinsics.from_fov(width, height))
        searched.append({"image": whole(frame, Roi(width / 2, height / 2, max(width, height), 0.0)).copy()})
        if roi := find(frame):
            found.append({"image": person(frame, roi).copy()})
    return {"pose_detection": searched} | {f"pose_landmark_{variant}": found for variant in landmarks.VARIANTS}


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["WeightBiasQuantization"],  # it would round biases, too
    )


def largest_inputs(model: onnx.ModelProto, convolutions: list[onnx.NodeProto], feeds: Feeds) -> dict[str, float]:
    watched = onnx.ModelProto.FromString(model.SerializeToString())
    tensors = sorted({node.input[0] for node in convolutions} - {value.name for value in model.graph.input})
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in tensors)
    runner, largest = session(watched), {}
    for feed in feeds:
        values = feed | dict(zip(tensors, runner.run(tensors, feed), strict=True))
        for node in convolutions:
            largest[node.name] = max(largest.get(node.name, 0.0), float(np.abs(values[node.input[0]]).max()))
    return largest


def run(model: onnx.ModelProto, feeds: Feeds) -> list[np.ndarray]:
    """Each output for all feeds."""
    runner = session(model)
    return [np.stack(column) for column in zip(*(runner.run(None, feed) for feed in feeds), strict=True)]


def cost(model: onnx.ModelProto, ranges: dict[str, float], feeds: Feeds, wanted: list[np.ndarray]) -> float:
    """Root mean square change of the outputs over their spread, when these convolutions are rounded."""
    rounded = onnx.ModelProto.FromString(model.SerializeToString())
    to_int8(rounded, ranges)
    pairs = zip(run(rounded, feeds), wanted, strict=True)
    return float(np.sqrt(np.mean([((value - want) ** 2).mean() / want.var() for value, want in pairs])))


def work(model: onnx.ModelProto, convolutions: list[onnx.NodeProto]) -> dict[str, float]:
    """Multiplications of each convolution."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    shapes = {x.name: [d.dim_value for d in x.type.tensor_type.shape.dim] for x in (*graph.value_info, *graph.output)}
    weights = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    return {
        node.name: float(np.prod(shapes[node.output[0]]) * np.prod(weights[node.input[1]][1:])) for node in convolutions
    }


def cheapest(costs: dict[str, float], effort: dict[str, float], allowance: float) -> set[str]:
    """Convolutions whose costs, added up as squares, stay within the allowance."""
    chosen, spent = set(), 0.0
    for node in sorted(costs, key=lambda node: costs[node] ** 2 / effort[node]):
        if spent + costs[node] ** 2 <= allowance**2:
            chosen.add(node)
            spent += costs[node] ** 2
    return chosen


def calibrate(name: str, feeds: Feeds, budget: float) -> dict:
    path = model_path(name)
    model = onnx.load(path)
    plain_weights(model)
    last = heads(model.graph)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv" and node.output[0] not in last]
    largest = largest_inputs(model, convolutions, feeds)
    judged = feeds[:: max(1, len(feeds) // JUDGED)][:JUDGED]
    wanted = run(model, judged)
    costs = {node: cost(model, {node: largest[node]}, judged, wanted) for node in track(largest, f"{name:20}")}
    effort = work(model, convolutions)
    allowance, together = budget, np.inf
    while together > budget:
        chosen = cheapest(costs, effort, allowance)
        together = cost(model, {node: largest[node] for node in chosen}, judged, wanted)
        allowance *= 0.8
    share = sum(effort[node] for node in chosen) / sum(effort.values())
    print(f"{name}: {len(chosen)} of {len(costs)} convolutions, {share:.0%} of the work, cost {together:.3f}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    ranges = {node: float(f"{value:.5g}") for node, value in largest.items() if node in chosen}
    return {"sha256": digest, "largest_input": ranges}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=24, help="three pictures each")
    parser.add_argument("--budget", type=float, default=0.06, help="root mean square error over the outputs' spread")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    table = {name: calibrate(name, feeds, arguments.budget) for name, feeds in gather(arguments.people).items()}
    with atomic_file(models_folder() / CALIBRATION) as draft:
        draft.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
