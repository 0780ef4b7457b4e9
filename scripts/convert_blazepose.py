#!/usr/bin/env python3
"""Convert Google's BlazePose weights (Apache-2.0) from the npm package `@mediapipe/pose` to the shipped ONNX files.

    python3.11 -m venv /tmp/convert
    /tmp/convert/bin/pip install -r requirements/convert_blazepose.txt
    /tmp/convert/bin/python scripts/convert_blazepose.py

Four networks are written to the `models/` folders of the packages, with their lines in SHA256SUMS. TFLite holds the
weights in half precision; they stay half precision in the files (a Cast, folded when the network is loaded), so nothing
is rounded. The segmentation branch is cut. Every file is compared with TFLite's own output before it is written.
"""

import argparse
import base64
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
import tf2onnx.graph
from onnx import numpy_helper
from onnx.utils import Extractor
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

PACKAGE = "@mediapipe/pose@0.5.1675469404"
INTEGRITY = "DFZsNWTsSphRIZppnUCuunzBiHP2FdJXR9ehc7mMi4KG+oPaOH0Em3d6kr7Py+TSyTXC1doH88KcF28k2sBxsQ=="
OPSET = 17
LANDMARKS = {"Identity": "landmarks", "Identity_1": "presence", "Identity_3": "heatmap", "Identity_4": "world"}
NETWORKS = {
    "pose_detection": ("pose_solution_packed_assets.data", {"Identity": "boxes", "Identity_1": "scores"}),
    "pose_landmark_lite": ("pose_landmark_lite.tflite", LANDMARKS),
    "pose_landmark_full": ("pose_landmark_full.tflite", LANDMARKS),
    "pose_landmark_heavy": ("pose_landmark_heavy.tflite", LANDMARKS),
}
PACKAGES = Path(__file__).resolve().parents[1] / "ros2_ws/src"
APART = {"pose_landmark_heavy": "vtm_ros_heavy"}
"""Networks in packages of their own."""


def fetch(folder: Path, package: str = PACKAGE) -> Path:
    """Download an npm package into `folder`."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    return folder / packed.stdout.split()[-1]


def unpack(package: Path, folder: Path, name: str = PACKAGE, integrity: str = INTEGRITY) -> Path:
    """Check a package against its published SHA-512 and unpack it into `folder`."""
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if digest != integrity:
        sys.exit(f"{package} is not {name}: its SHA-512 differs from the published one; delete it and fetch again")
    with tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def dense(source: Path, target: Path) -> Path:
    """Replace sparse weights and their DENSIFY operators, which ONNX lacks, by dense weights."""
    model = flatbuffer_utils.read_model(str(source))
    graph = model.subgraphs[0]
    codes = [max(code.deprecatedBuiltinCode, code.builtinCode) for code in model.operatorCodes]
    interpreter = tf.lite.Interpreter(
        str(source),
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    interpreter.invoke()
    kept = []
    for operator in graph.operators:
        if codes[operator.opcodeIndex] != schema.BuiltinOperator.DENSIFY:
            kept.append(operator)
            continue
        sparse, densified = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
        weights = schema.BufferT()
        weights.data = np.frombuffer(interpreter.get_tensor(operator.outputs[0]).tobytes(), np.uint8)
        model.buffers.append(weights)
        densified.buffer = len(model.buffers) - 1
        sparse.sparsity, sparse.buffer = None, 0
    graph.operators = kept
    flatbuffer_utils.write_model(model, str(target))
    return target


def convert(tflite: Path, outputs: dict[str, str], name: str = "blazepose") -> onnx.ModelProto:
    """The part of the TFLite network that leads to `outputs`, as ONNX with short, stable names."""
    tf2onnx.graph.Node.__hash__ = lambda node: 0  # it walks through sets of nodes: now in one order, run after run
    model, _ = tf2onnx.convert.from_tflite(str(tflite), opset=OPSET)
    source = model.graph.input[0].name
    model = Extractor(onnx.shape_inference.infer_shapes(model)).extract_model([source], list(outputs))
    del model.graph.value_info[:]
    del model.metadata_props[:]
    rename(model.graph, {source: "image", **outputs})
    halve(model.graph)
    model.producer_name, model.producer_version, model.ir_version = f"convert_{name}", "1", 8
    model.graph.name, model.doc_string = name, ""
    del model.opset_import[:]
    model.opset_import.append(onnx.helper.make_opsetid("", OPSET))
    onnx.checker.check_model(model, full_check=True)
    return model


def rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Give every tensor and node a short name, in graph order; `names` are given."""
    names = dict(names)
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{index}"
        for output in node.output:
            names.setdefault(output, f"x{index}")
        for name in node.input:
            names.setdefault(name, f"w{len(names)}" if name else "")
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    for value in (*graph.initializer, *graph.input, *graph.output):
        value.name = names[value.name]
    graph.initializer.sort(key=lambda tensor: tensor.name)


def halve(graph: onnx.GraphProto) -> None:
    """Store every weight that half precision holds exactly as half precision with a Cast behind it."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 16:
            continue
        half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue
        name = tensor.name
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], f"Cast_{name}", to=onnx.TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def largest_difference(tflite: Path, onnx_bytes: bytes, outputs: dict[str, str]) -> dict[str, float]:
    """Largest difference per output between ONNX Runtime and TFLite, as a share of its range, over four images."""
    interpreter = tf.lite.Interpreter(str(tflite))
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]
    indices = {outputs[o["name"]]: o["index"] for o in interpreter.get_output_details() if o["name"] in outputs}
    session = onnxruntime.InferenceSession(onnx_bytes, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    worst = dict.fromkeys(indices, 0.0)
    for _ in range(4):
        blocks = random.random((1, 8, 8, 3), dtype=np.float32)
        image = blocks.repeat(entry["shape"][1] // 8, 1).repeat(entry["shape"][2] // 8, 2)
        interpreter.set_tensor(entry["index"], image)
        interpreter.invoke()
        for name, value in zip(indices, session.run(list(indices), {"image": image}), strict=True):
            reference = interpreter.get_tensor(indices[name])
            share = np.abs(value - reference).max() / max(1.0, np.abs(reference).max())
            worst[name] = max(worst[name], float(share))
    return worst


def write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def record(checksums: Path, digests: dict[str, str]) -> None:
    """Replace or add the lines of `digests` in a sha256sum file, leaving the others."""
    lines = checksums.read_text().splitlines() if checksums.exists() else []
    known = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    known.update(digests)
    write(checksums, "".join(f"{known[name]}  {name}\n" for name in sorted(known)).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="an already downloaded npm package (.tgz)")
    parser.add_argument("--packages", type=Path, default=PACKAGES, help="folder of the packages to write to")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        sources = unpack(arguments.package or fetch(Path(work)), Path(work))
        for name, (file, outputs) in NETWORKS.items():
            tflite = dense(sources / file, Path(work) / f"{name}.tflite")
            content = convert(tflite, outputs).SerializeToString(deterministic=True)
            differences = largest_difference(sources / file, content, outputs)
            listed = ", ".join(f"{key} {value:.1e}" for key, value in differences.items())
            print(f"{name}: {len(content) / 1e6:.1f} MB; largest difference to TFLite, of the range: {listed}")
            if max(differences.values()) > 1e-3:
                sys.exit(f"{name} does not reproduce TFLite; nothing was written for it")
            folder = arguments.packages / APART.get(name, "vtm_ros") / "models"
            folder.mkdir(parents=True, exist_ok=True)
            write(folder / f"{name}.onnx", content)
            record(folder / "SHA256SUMS", {f"{name}.onnx": hashlib.sha256(content).hexdigest()})


if __name__ == "__main__":
    main()
