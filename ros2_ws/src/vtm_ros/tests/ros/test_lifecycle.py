import psutil
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from vtm_ros.capture_node import CaptureNode
from vtm_trt import models

from .support import Camera, Listener, clip_pictures, ros, spinning, wait_until

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


def asleep() -> CaptureNode:
    return CaptureNode(parameter_overrides=[Parameter("autostart", value=False)])


def call(listener: Listener, kind: type, topic: str, request):
    client = listener.create_client(kind, topic)
    assert client.wait_for_service(10)
    answer = client.call_async(request)
    wait_until(answer.done, topic)
    return answer.result()


def test_the_services_walk_through_the_states():
    with ros():
        node, camera, listener = asleep(), Camera(), Listener()
        picture = clip_pictures(1)[0]
        with spinning(node, camera, listener):
            node.autostart()
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


def test_rounds_of_configure_activate_deactivate_cleanup_do_not_grow():
    with ros():
        node = asleep()
        memory, threads = [], psutil.Process().num_threads()
        for _ in range(8):
            assert node.trigger_configure() == SUCCESS
            assert node.trigger_activate() == SUCCESS
            assert node.trigger_deactivate() == SUCCESS
            assert node.trigger_cleanup() == SUCCESS
            memory.append(psutil.Process().memory_info().rss / 2**20)
        node.destroy_node()
    assert memory[-1] - memory[3] < 15, f"MiB after each round: {memory}"
    assert psutil.Process().num_threads() <= threads


def test_a_missing_network_leaves_it_unconfigured_with_the_remedy_and_a_retry_works(tmp_path, monkeypatch):
    with ros():
        node, listener = asleep(), Listener()
        with spinning(node, listener):
            (tmp_path / models.CHECKSUMS).write_text("0" * 64 + "  pose_detection.onnx\n")
            with monkeypatch.context() as broken:
                models.model_path.cache_clear()
                broken.setattr(models, "models_folder", lambda: tmp_path)
                assert node.trigger_configure() == FAILURE
            status = listener.wait_status(lifecycle="unconfigured")
            assert "missing; restore it" in status["message"]
            assert node.trigger_configure() == SUCCESS
            assert node.trigger_activate() == SUCCESS
            listener.wait_status(lifecycle="active")
