"""Programs beside this one end with the block, also those that do not want to."""

import signal
import subprocess
import sys

from vtm_ros.nodes.programs import node_command, running


def test_a_program_that_does_not_end_is_killed():
    deaf = ["sh", "-c", "trap '' TERM; echo deaf; read line"]
    with running(deaf, within_s=0.1, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"deaf\n"
    assert process.returncode == -signal.SIGKILL


def test_parameters_come_after_what_else_ros_is_told():
    command = node_command("capture_node", {"lookahead": 2}, "-r", "__ns:=/person")
    told = ["--ros-args", "-r", "__ns:=/person", "-p", "lookahead:=2"]
    assert command == [sys.executable, "-m", "vtm_ros.nodes.capture_node", *told]
