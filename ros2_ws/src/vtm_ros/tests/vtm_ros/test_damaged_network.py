"""A shipped network of which one bit has flipped is not used, and putting it right is enough."""

import shutil

import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from tests.vtm_ros.support import Listener, in_executor, ros, wait_until
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.spinning import spinning
from vtm_trt.engine import models

USED = ("pose_detection", "pose_landmark_lite", "vtm")


@pytest.mark.parametrize("name", USED)
def test_a_flipped_bit_leaves_the_node_unconfigured_and_a_retry_works(name, tmp_path, monkeypatch):
    for one in (*(f"{used}.onnx" for used in USED), models.CHECKSUMS):
        shutil.copy(models.models_folder() / one, tmp_path)
    damaged = tmp_path / f"{name}.onnx"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path)
    models.model_path.cache_clear()
    parameters = [Parameter("autostart", value=False), Parameter("pose_model", value="lite")]
    with ros():
        node, listener = CaptureNode(parameter_overrides=parameters), Listener()
        with spinning(node, listener):
            assert in_executor(node.trigger_configure) == TransitionCallbackReturn.FAILURE
            remedy = f"{damaged} is damaged; restore it"
            wait_until(lambda: remedy in listener.status().get("message", ""), "the remedy in /diagnostics")
            assert listener.status()["lifecycle"] == "unconfigured"
            content[len(content) // 2] ^= 1
            damaged.write_bytes(content)
            assert in_executor(node.trigger_configure) == TransitionCallbackReturn.SUCCESS
    models.model_path.cache_clear()
