"""How every node of this package runs as a program."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event

import rclpy
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.task import Future
from threadpoolctl import threadpool_limits

from vtm.errors import VtmError
from vtm.files.shared import share_folder
from vtm_ros.nodes.engine_log import forward_engine_log
from vtm_ros.nodes.malloc_tuning import keep_message_memory

RCLError = rclpy_implementation.RCLError
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
PROFILE = "config/fastdds_shm.xml"
FAST_DDS_2 = ("humble", "iron", "jazzy")
"""Distributions whose Fast DDS has another name for the variable; naming both loads the profiles twice."""


def run_nodes(make: Callable[[], Iterable[Node]], args: list[str] | None = None, done: Future | None = None) -> int:
    """Spin nodes until `done`, SIGINT or SIGTERM.

    Args:
        make: Builds the nodes, one after the other.
        args: Of the program; by default those of the process.
        done: Ends the program when it is completed.

    Returns:
        The exit code, 0 also after a signal, 2 after a VtmError, whose sentence goes to standard error.
    """
    use_shared_memory_profile()
    keep_message_memory()
    nodes: list[Node] = []
    stopped = Event()

    def stop(*_: object) -> None:
        """At once: rclpy alone would wait until a callback returns, and building engines takes minutes."""
        stopped.set()
        sys.unraisablehook = lambda _: None  # what the interrupt leaves half made in rclpy complains when it is freed
        raise KeyboardInterrupt

    try:
        _require_environment()
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, stop)
        _init(args)
        forward_engine_log()
        executor = SingleThreadedExecutor()
        for node in _made(make):
            nodes.append(node)
            executor.add_node(node)
        threadpool_limits(1, "blas")  # several threads wait for each other longer than they compute
        gc.collect()
        gc.freeze()  # a collection that goes through all that is imported takes longer than many a frame
        executor.spin_until_future_complete(done or Future())
        return 0
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except VtmError as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 2
    except Exception:
        if rclpy.ok() and not stopped.is_set():
            raise
        return 0  # the signal came while a callback was at work with ROS 2, or while rclpy converted a message
    finally:
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, signal.SIG_IGN)
        for node in nodes:
            node.destroy_node()
        rclpy.try_shutdown()
        gc.unfreeze()


def _require_environment() -> None:
    """Wheels of ROS 2 start without it, and fail when the first definition of a message is looked up."""
    if not os.environ.get("AMENT_PREFIX_PATH"):
        ours = Path(sys.prefix) / "ros_env.sh"
        script = ours if ours.is_file() else "/opt/ros/<distribution>/setup.bash"
        raise VtmError(f"ROS 2 is not in this shell's environment; run: source {script}")


def _init(args: list[str] | None) -> None:
    try:
        rclpy.init(args=args)
    except Exception as fault:
        raise _cannot_start(fault) from fault


def _made(make: Callable[[], Iterable[Node]]) -> Iterator[Node]:
    try:
        yield from make()
    except RCLError as fault:
        if not rclpy.ok():
            raise
        raise _cannot_start(fault) from fault
    except (InvalidParameterTypeException, RuntimeError) as fault:
        if isinstance(fault, RuntimeError) and "QoS override" not in str(fault):
            raise
        raise VtmError(f"{fault}; correct the parameter, or leave it out") from fault


def _cannot_start(fault: Exception) -> VtmError:
    """`fault` of rcl, without the places in its source that it passed."""
    said = str(fault).removeprefix("failed to initialize rcl: ").removeprefix("error creating node: ")
    reason = said.split(", at /")[0].replace("\n", "; ")
    return VtmError(f"ROS 2 cannot start: {reason}; check what follows --ros-args and the ROS_ variables")


def use_shared_memory_profile() -> None:
    """Give Fast DDS room for whole images in shared memory, unless the user has chosen profiles of their own."""
    variables = [f"{name}_DEFAULT_PROFILES_FILE" for name in ("FASTDDS", "FASTRTPS")]
    profile = share_folder() / PROFILE
    if profile.is_file() and not any(variable in os.environ for variable in variables):
        os.environ[variables[os.environ.get("ROS_DISTRO") in FAST_DDS_2]] = str(profile)
