import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from tests.vtm_ros.support import PATIENCE_S, Camera, Listener, clip_pictures, in_executor, ros, wait_until
from vtm.errors import VtmError
from vtm_ros.nodes import capture_node
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.spinning import spinning
from vtm_trt.engine import models
from vtm_trt.engine.backends import tensorrt

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


def asleep() -> CaptureNode:
    return CaptureNode(parameter_overrides=[Parameter("autostart", value=False)])


def call(listener: Listener, kind: type, topic: str, request):
    client = listener.create_client(kind, topic)
    assert client.wait_for_service(PATIENCE_S)
    answer = client.call_async(request)
    wait_until(answer.done, topic)
    return answer.result()


def test_the_services_walk_through_the_states():
    with ros():
        node, camera, listener = asleep(), Camera(), Listener()
        picture = clip_pictures(1)[0]
        with spinning(node, camera, listener):
            in_executor(node.autostart)
            steps = [
                (Transition.TRANSITION_CONFIGURE, "inactive", 0),
                (Transition.TRANSITION_ACTIVATE, "active", 1),
                (Transition.TRANSITION_DEACTIVATE, "inactive", 0),
                (Transition.TRANSITION_ACTIVATE, "active", 1),
                (Transition.TRANSITION_DEACTIVATE, "inactive", 0),
                (Transition.TRANSITION_CLEANUP, "unconfigured", 0),
                (Transition.TRANSITION_CONFIGURE, "inactive", 0),
                (Transition.TRANSITION_ACTIVATE, "active", 1),
                (Transition.TRANSITION_ACTIVE_SHUTDOWN, "finalized", 0),
            ]
            for transition, state, subscribers in steps:
                request = ChangeState.Request(transition=Transition(id=transition))
                assert call(listener, ChangeState, "/capture/change_state", request).success
                assert call(listener, GetState, "/capture/get_state", GetState.Request()).current_state.label == state
                wait_until(
                    lambda expected=subscribers: camera.images.get_subscription_count() == expected, f"{state}: images"
                )
                if state == "active":
                    camera.connect(listener, picture)


def test_a_destroyed_node_leaves_the_graph_though_its_object_lives():
    with ros():
        node, listener = asleep(), Listener()

        def can_be_configured() -> bool:
            return "/capture/change_state" in dict(listener.get_service_names_and_types())

        with spinning(listener):
            wait_until(can_be_configured, "the node's services")
            node.destroy_node()
            wait_until(lambda: not can_be_configured(), "the node to be gone")


def test_rounds_of_configure_activate_deactivate_cleanup_do_not_grow():
    command = [sys.executable, "-m", "tests.vtm_ros.lifecycle_rounds", "12"]
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    memory, threads, files = zip(*json.loads(done.stdout), strict=True)
    assert memory[-1] - memory[0] < 1, f"MiB after each round: {memory}"
    assert threads[-1] <= threads[0] and files[-1] <= files[0]


@pytest.mark.parametrize("broken", ["create_subscription", "destroy_subscription"])
def test_a_transition_that_breaks_is_said_and_the_node_can_be_configured_again(broken, monkeypatch):
    """create_subscription breaks while activating, destroy_subscription while deactivating."""

    with ros():
        node, camera, listener = asleep(), Camera(), Listener()
        whole = getattr(node, broken)

        def fail(*_):
            monkeypatch.setattr(node, broken, whole)
            raise RuntimeError("the middleware is gone")

        with spinning(node, camera, listener):
            assert in_executor(node.trigger_configure) == SUCCESS
            if broken == "destroy_subscription":
                assert in_executor(node.trigger_activate) == SUCCESS
            monkeypatch.setattr(node, broken, fail)
            transition = node.trigger_activate if broken == "create_subscription" else node.trigger_deactivate
            assert in_executor(transition) == TransitionCallbackReturn.ERROR
            status = listener.wait_status(lifecycle="unconfigured")
            assert "the middleware is gone" in status["message"]
            assert in_executor(node.trigger_configure) == SUCCESS
            assert in_executor(node.trigger_activate) == SUCCESS
            camera.connect(listener, clip_pictures(1)[0])


def test_diagnostics_tell_how_far_a_long_configuration_has_come(monkeypatch):
    """As while TensorRT builds an engine: the executor is busy for as long as that takes."""
    seen = threading.Event()

    def slow(*_):
        logging.getLogger("vtm").warning("building the engine of vtm.onnx: 40%, 60 s so far")
        assert seen.wait(PATIENCE_S)
        raise VtmError("out of memory; close other programs")

    monkeypatch.setattr(capture_node, "Pipeline", slow)
    with ros():
        node, listener = asleep(), Listener()
        with spinning(node), spinning(listener):
            client = listener.create_client(ChangeState, "/capture/change_state")
            assert client.wait_for_service(PATIENCE_S)
            request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
            answer = client.call_async(request)
            status = listener.wait_status(message="configuring: building the engine of vtm.onnx: 40%, 60 s so far")
            assert status["lifecycle"] == "configuring"
            seen.set()
            wait_until(answer.done, "an answer")
            assert not answer.result().success
            listener.wait_status(lifecycle="unconfigured", message="out of memory; close other programs")


def test_a_backend_that_cannot_work_here_leaves_it_unconfigured_with_the_remedy():
    fault = tensorrt.fault()
    if fault is None:
        pytest.skip("TensorRT works on this machine")
    with ros():
        overrides = [Parameter("autostart", value=False), Parameter("backend", value="tensorrt")]
        node, listener = CaptureNode(parameter_overrides=overrides), Listener()
        with spinning(node, listener):
            assert in_executor(node.trigger_configure) == FAILURE
            status = listener.wait_status(lifecycle="unconfigured")
            assert status["message"] == f"the backend tensorrt cannot work here: {fault}"
            assert status["level"] == DiagnosticStatus.ERROR


def test_a_missing_network_leaves_it_unconfigured_with_the_remedy_and_a_retry_works(tmp_path, monkeypatch):
    with ros():
        node, listener = asleep(), Listener()
        with spinning(node, listener):
            (tmp_path / models.CHECKSUMS).write_text("0" * 64 + "  pose_detection.onnx\n")
            with monkeypatch.context() as broken:
                models.model_path.cache_clear()
                broken.setattr(models, "models_folder", lambda: tmp_path)
                assert in_executor(node.trigger_configure) == FAILURE
            status = listener.wait_status(lifecycle="unconfigured")
            assert "missing; restore it" in status["message"]
            assert in_executor(node.trigger_configure) == SUCCESS
            assert in_executor(node.trigger_activate) == SUCCESS
            listener.wait_status(lifecycle="active")
