"""Networks in other precisions: what they may round, and how little that moves on a real person."""

import json

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from tests.vtm_trt.engine.exact_half import ExactRunner, rounding
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Frame, Motion, Observation
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path, models_folder, networks
from vtm_trt.engine.onnx_lint import lint_model
from vtm_trt.engine.precision import CALIBRATION, variant
from vtm_trt.engine.precision.half import GEOMETRY, to_half
from vtm_trt.engine.precision.layers import LAYERS, weighted_layers
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.landmarks import LandmarkNetwork
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.sources.video import Video
from vtm_trt.stream.lifter import MEMORY, Lifter

HALF, SINGLE = TensorProto.FLOAT16, TensorProto.FLOAT
NETWORKS = sorted(path.stem for path in networks())
IMAGE_NETWORKS = [name for name in NETWORKS if name.startswith("pose")]
VARIANTS = [(name, precision) for name in NETWORKS for precision in ("fp32", "fp16")]
VARIANTS += [(name, "int8") for name in IMAGE_NETWORKS]


def model(name: str, precision: str) -> onnx.ModelProto:
    return onnx.load_from_string(variant(model_path(name), precision))


def types(network: onnx.ModelProto) -> dict[str, int]:
    graph = onnx.shape_inference.infer_shapes(network, strict_mode=True).graph
    found = {value.name: value.type.tensor_type.elem_type for value in (*graph.input, *graph.value_info, *graph.output)}
    return found | {tensor.name: tensor.data_type for tensor in graph.initializer}


@pytest.fixture(scope="module")
def frames(clips) -> list[Frame]:
    """Every sixth of the first frames of a person balancing, some 900 pixels tall."""
    video = Video(clips / "pose2sim" / "cam03.mp4")
    camera = Intrinsics.from_fov(video.width, video.height)
    return [Frame(video.read(), 1 + i * 16_666_667, camera) for i in range(60)]


@pytest.fixture(scope="module")
def observations(frames) -> list[Observation]:
    tracker = PoseTracker("lite", "onnxruntime", threads=1)
    return [tracker.step(frame) for frame in frames]


@pytest.fixture(scope="module")
def looks(frames):
    """(frame, region of the person) of some frames."""
    detector = PersonDetector("onnxruntime", threads=1)
    return [(frame, detector(frame)) for frame in frames[::10]]


@pytest.mark.parametrize(("name", "precision"), VARIANTS)
def test_variants_keep_the_rules_of_tensorrt(name, precision):
    network, shipped = model(name, precision), onnx.load(model_path(name))
    assert lint_model(network) == []
    for ours, theirs in ((network.graph.input, shipped.graph.input), (network.graph.output, shipped.graph.output)):
        assert [value.name for value in ours] == [value.name for value in theirs]
        assert {value.type.tensor_type.elem_type for value in ours} == {SINGLE}
    made, weights = set(), {tensor.name for tensor in network.graph.initializer}
    for node in network.graph.node:
        assert node.op_type != "Cast" or node.input[0] not in weights
        assert not made & set(node.output)
        made |= set(node.output)


@pytest.mark.parametrize("name", ["pose_landmark_lite", "vtm"])
def test_single_precision_is_the_shipped_network(name, tmp_path):
    (tmp_path / "ours.onnx").write_bytes(variant(model_path(name)))
    shipped, ours = (load_runner(path, "onnxruntime", 1) for path in (model_path(name), tmp_path / "ours.onnx"))
    rng = np.random.default_rng(0)
    inputs = {key: rng.random(shape, np.float32) for key, shape in shipped.input_shapes.items()}
    wanted = shipped(inputs)
    for key, value in ours(inputs).items():
        np.testing.assert_array_equal(value, wanted[key])


@pytest.mark.parametrize("name", NETWORKS)
def test_half_precision_spares_what_it_would_harm(name):
    network = model(name, "fp16")
    kind = types(network)
    layers = weighted_layers(network.graph)
    halves = [node for node in layers if kind[node.output[0]] == HALF]
    assert len(halves) > 0.65 * len(layers)
    for node in network.graph.node:
        if node.op_type in {"LayerNormalization", "Softmax", "Exp", "Log", "Pow", "Sqrt", "ReduceMean", "ReduceSum"}:
            assert kind[node.output[0]] == SINGLE, node.name
    for node in halves:
        assert not any(weight.startswith(GEOMETRY) for weight in node.input)
    for output in network.graph.output:
        assert kind[last_layer(network, output.name).output[0]] == SINGLE, output.name


def made_by(network: onnx.ModelProto) -> dict[str, onnx.NodeProto]:
    return {output: node for node in network.graph.node for output in node.output}


def last_layer(network: onnx.ModelProto, tensor: str) -> onnx.NodeProto:
    """The layer nearest to that tensor, or the node behind which there is none."""
    makers = made_by(network)
    node = makers[tensor]
    while node.op_type not in LAYERS and (before := [makers[name] for name in node.input if name in makers]):
        node = before[0]
    return node


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_rounded_between_single_precision_nodes(name):
    network = model(name, "fp16")
    kind, makers = types(network), made_by(network)
    for node in network.graph.node:
        if node.op_type == "Cast" and kind[node.output[0]] == SINGLE:
            assert makers[node.input[0]].op_type != "Cast", node.name


@pytest.mark.parametrize(
    ("precision", "median_px", "p95_px", "median_mm"), [("fp16", 0.3, 2.0, 8), ("int8", 1.5, 8, 20)]
)
def test_keypoints_stay_on_a_real_person(looks, precision, median_px, p95_px, median_mm, record_property):
    """Against single precision, with the shipped 2D network, on a person of some 900 pixels."""
    network = LandmarkNetwork("full", "onnxruntime", threads=1)
    wanted = [network(*look) for look in looks]
    content = variant(model_path("pose_landmark_full"), precision)
    network.runner = ExactRunner(rounding(content) if precision == "fp16" else content)
    found = [network(*look) for look in looks]
    pixels = np.linalg.norm([a.pixels - b.pixels for a, b in zip(found, wanted, strict=True)], axis=-1)
    world = np.linalg.norm([a.world - b.world for a, b in zip(found, wanted, strict=True)], axis=-1) * 1e3
    print(f"{precision}: median {np.median(pixels):.2f} px, p95 {np.percentile(pixels, 95):.2f} px, "
          f"in space median {np.median(world):.1f} mm, p95 {np.percentile(world, 95):.1f} mm")  # fmt: skip
    assert np.median(pixels) < median_px
    assert np.percentile(pixels, 95) < p95_px
    assert np.median(world) < median_mm


@pytest.mark.parametrize(("precision", "share"), [("fp16", 0.01), ("int8", 0.05)])
def test_the_person_is_found_at_the_same_place(looks, precision, share):
    detector = PersonDetector("onnxruntime", threads=1)
    content = variant(model_path("pose_detection"), precision)
    detector.runner = ExactRunner(rounding(content) if precision == "fp16" else content)
    for frame, wanted in looks:
        found = detector(frame)
        assert found is not None
        assert np.hypot(found.x - wanted.x, found.y - wanted.y) < share * wanted.side
        assert abs(found.side / wanted.side - 1) < share and abs(found.angle - wanted.angle) < share


def joints(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations and camera positions in metres."""
    local = matrix_from_quat(motion.quat_local.astype(np.float64))
    return forward_kinematics(local, scaled_offsets(motion.bone_ratio), motion.root_cam)


@pytest.mark.parametrize("lookahead", [0, 4])
def test_motion_stays_in_half_precision(observations, lookahead):
    """Against single precision, from the same keypoints: far less than the network's own error of 20 degrees."""

    def lifted(runner) -> list[Motion]:
        lifter = Lifter(runner, lookahead)
        return [motion for seen in observations if (motion := lifter.step(seen))] + lifter.flush()

    path = model_path("vtm")
    wanted = lifted(load_runner(path, "onnxruntime", 1, MEMORY))
    found = lifted(ExactRunner(rounding(variant(path, "fp16")), MEMORY))
    turns, ways, roots = [], [], []
    for ours, theirs in zip(found, wanted, strict=True):
        (turned, moved), (turn, way) = joints(ours), joints(theirs)
        turns.append(np.degrees(2 * np.arcsin(np.linalg.norm(turned - turn, axis=(1, 2)) / np.sqrt(8))))
        ways.append(np.linalg.norm((moved - moved[0]) - (way - way[0]), axis=-1) * 1e3)
        roots.append(np.linalg.norm(moved[0] - way[0]) * 1e3)
    print(f"angles: mean {np.mean(turns):.3f}, most {np.max(turns):.2f} degrees; joints from the pelvis: mean "
          f"{np.mean(ways):.2f}, most {np.max(ways):.2f} mm; pelvis: most {np.max(roots):.2f} mm")  # fmt: skip
    assert np.mean(turns) < 0.1 and np.max(turns) < 0.5
    assert np.mean(ways) < 0.5 and np.max(ways) < 3
    assert np.max(roots) < 5


@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_eight_bits_are_symmetric_and_spare_heads_and_biases(name):
    network = model(name, "int8")
    makers, weights = made_by(network), {tensor.name: tensor for tensor in network.graph.initializer}
    rounded = 0
    for node in network.graph.node:
        sources = [makers[name] for name in node.input if name in makers]
        if not any(source.op_type == "DequantizeLinear" for source in sources):
            continue
        rounded += 1
        assert node.op_type == "Conv"
        data, weight = sources
        assert makers[data.input[0]].op_type == "QuantizeLinear"
        assert weights[weight.input[0]].data_type == TensorProto.INT8
        assert weights[weight.input[1]].dims == [weights[weight.input[0]].dims[0]]  # a scale for each channel
        assert weights[node.input[2]].data_type == SINGLE
    assert rounded == len(json.loads((models_folder() / CALIBRATION).read_text())[name]["largest_input"]) >= 20
    for output in network.graph.output:
        head = last_layer(network, output.name)
        assert makers[head.input[0]].op_type != "DequantizeLinear"


def test_the_same_file_gives_the_same_bytes():
    for precision in ("fp32", "fp16", "int8"):
        assert variant(model_path("pose_landmark_lite"), precision) == variant(
            model_path("pose_landmark_lite"), precision
        )


@pytest.mark.parametrize(
    ("name", "precision", "said"),
    [("vtm", "int4", "choose one of: fp32, fp16, int8"), ("vtm", "int8", "no 8-bit calibration.*choose fp16 or fp32")],
)
def test_what_cannot_be_is_explained(name, precision, said):
    with pytest.raises(VtmError, match=said):
        variant(model_path(name), precision)


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_what_is_no_network_is_named(tmp_path, precision):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(VtmError, match="broken.onnx is no ONNX network"):
        variant(path, precision)


def chain(operators: list[str], seed: int) -> onnx.ModelProto:
    """x (1, 4, 6) through the operators, each of which may also read any earlier result; the last two are outputs."""
    rng = np.random.default_rng(seed)
    nodes, tensors, made = [], [], ["x"]
    for index, operator in enumerate(operators):
        inputs, attributes = [made[-1]], {}
        if operator == "Conv":
            tensors.append(numpy_helper.from_array(rng.normal(0, 0.5, (4, 4, 1)).astype(np.float32), f"w{index}"))
            inputs.append(f"w{index}")
        elif operator in ("Add", "Concat"):
            inputs.append(made[rng.integers(len(made))])
        elif operator == "MatMul":
            tensors.append(numpy_helper.from_array(rng.normal(0, 0.4, (6, 6)).astype(np.float32), f"w{index}"))
            inputs.append(f"w{index}")
        elif operator == "Softmax":
            attributes = {"axis": 1}
        name = f"t{index}"
        nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        made.append(name)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "chain", [value("x", SINGLE, [1, 4, 6])], [value(name, SINGLE, [1, 4, 6]) for name in made[-2:]], tensors
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Conv", "MatMul", "Add", "Relu", "Softmax", "Exp", "Neg"]), min_size=2, max_size=9),
       st.integers(0, 1000))  # fmt: skip
def test_any_network_stays_itself_in_half_precision(operators, seed):
    """Valid, strongly typed, and the same up to the rounding, wherever single and half precision meet."""
    network = chain(operators, seed)
    content = network.SerializeToString()
    x = {"x": np.random.default_rng(seed).normal(0, 0.5, (1, 4, 6)).astype(np.float32)}
    wanted = ExactRunner(content)(x)
    if not all(np.abs(value).max() < 100 for value in wanted.values()):
        return
    try:
        to_half(network)
    except VtmError:
        assert not {"Conv", "MatMul"} & set(operators[:-1]) or lonely(operators)
        return
    onnx.checker.check_model(network, full_check=True)
    found = ExactRunner(rounding(network.SerializeToString()))(x)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=0.1, atol=0.1)


def lonely(operators: list[str]) -> bool:
    """At most one layer with weights: it is the last one, which stays single."""
    return sum(operator in ("Conv", "MatMul") for operator in operators) <= 1
