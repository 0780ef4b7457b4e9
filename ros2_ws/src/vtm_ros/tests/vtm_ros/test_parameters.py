from dataclasses import asdict, fields
from pathlib import Path

import pytest
import yaml
from rclpy.node import Node
from rclpy.parameter import Parameter

from tests.vtm_ros.support import ros
from vtm.errors import VtmError
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.fuse_node import FuseNode
from vtm_ros.nodes.replay_node import ReplayNode
from vtm_ros.nodes.retarget_node import RetargetNode
from vtm_ros.parameters import CaptureParameters, FuseParameters, Parameters, RetargetParameters, VideoCameraParameters
from vtm_trt.speed import Speed

CONFIG = Path(__file__).parents[2] / "config"
KINDS = (CaptureParameters, FuseParameters, RetargetParameters, VideoCameraParameters)


@pytest.fixture
def node():
    with ros():
        node = Node("parameters")
        yield node
        node.destroy_node()


def declared(values: dict) -> CaptureParameters:
    with ros():
        node = Node("parameters", parameter_overrides=[Parameter(name, value=value) for name, value in values.items()])
        return Parameters(node, CaptureParameters).values


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_has_a_description(node, kind):
    parameters = Parameters(node, kind)
    assert parameters.values == kind()
    assert all(node.describe_parameter(item.name).description for item in fields(kind))


@pytest.mark.parametrize(("file", "kind"), [("capture", CaptureParameters), ("teleop", RetargetParameters)])
def test_the_configuration_file_holds_the_defaults(file, kind):
    assert yaml.safe_load((CONFIG / f"{file}.yaml").read_text())["/**"]["ros__parameters"] == asdict(kind())


def test_a_network_that_is_named_wins_over_the_speed():
    assert CaptureParameters().looks == Speed("full")
    assert CaptureParameters(speed="accurate").looks == Speed("full", twice=True)
    assert CaptureParameters(speed="accurate", pose_model="lite").looks == Speed("lite", twice=True)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("lookahead", 9, "integer in 0..8"),
        ("fov", 500.0, "10.0..160.0"),
        ("fov", float("nan"), "10.0..160.0"),
        ("threads", 0, "1..64"),
        ("subject_height", 0.2, "0.4..2.6, or 0.0"),
        ("subject_height", 3.0, "0.4..2.6, or 0.0"),
        ("backend", "abacus", "auto, tensorrt, .*onnxruntime"),
        ("pose_model", "huge", "auto, lite, full, heavy"),
        ("speed", "faster", "fast, balanced, accurate"),
        ("image_transport", "theora", "raw, compressed"),
        ("operator", 1.5, "first, or a number"),
        ("publish_tf", "yes", "true or false"),
        ("timeout", 1, "decimal number in 0.05..60.0"),
    ],
)
def test_a_bad_start_value_names_the_valid_ones(name, value, remedy):
    with pytest.raises(VtmError, match=f"'{name}'.*{remedy}"):
        declared({name: value})


def test_good_start_values_are_taken():
    assert declared({"lookahead": 3, "tf_prefix": "anna"}) == CaptureParameters(lookahead=3, tf_prefix="anna")


@pytest.mark.parametrize("number", [3, "3"])
def test_the_number_of_an_operator_may_be_a_number(number):
    assert declared({"operator": number}).operator == "3"


def test_another_number_may_be_the_operators_at_run_time(node):
    parameters = Parameters(node, CaptureParameters)
    assert all(result.successful for result in node.set_parameters([Parameter("operator", value=2)]))
    assert parameters.values.operator == "2"
    (result,) = node.set_parameters([Parameter("operator", value=True)])
    assert not result.successful and parameters.values.operator == "2"


def test_run_time_changes_of_what_may_change(node):
    parameters = Parameters(node, CaptureParameters)
    changes = [Parameter("lookahead", value=2), Parameter("subject_height", value=1.75)]
    assert all(result.successful for result in node.set_parameters(changes))
    assert parameters.values == CaptureParameters(lookahead=2, subject_height=1.75)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("backend", "onnxruntime", "read-only"),
        ("lookahead", 99, "Max: 8"),
        ("subject_height", 0.2, "0.4..2.6"),
        ("lookahead", 1.5, "type"),
    ],
)
def test_other_run_time_changes_are_rejected_with_the_reason(node, name, value, reason):
    parameters = Parameters(node, CaptureParameters)
    (result,) = node.set_parameters([Parameter(name, value=value)])
    assert not result.successful and reason in result.reason
    assert parameters.values == CaptureParameters()


@pytest.mark.parametrize("kind", [CaptureNode, FuseNode, ReplayNode, RetargetNode])
def test_a_node_whose_start_value_is_bad_ends_without_another_fault(kind):
    with ros():  # which destroys what was half made of it
        with pytest.raises(VtmError, match="autostart"):
            kind(parameter_overrides=[Parameter("autostart", value="perhaps")])
