import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from vtm_tools.cli.app import main

COMMANDS = ("capture", "lift", "train")


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"vtm {version('vtm_ros')}"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(capsys, arguments):
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS) and "vtm capture clip.mp4" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(capsys, command):
    assert main([command, "--help"]) == 0
    assert "--out" in capsys.readouterr().out


def test_the_installed_program_needs_no_activation(tmp_path):
    program = Path(sys.prefix) / "bin" / "vtm"
    done = subprocess.run(
        [program, "capture", "no.mp4", "--out", "m.npz"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: there is no video no.mp4; check the path\n"
    assert not list(tmp_path.iterdir())


LOADS_SLOWLY = """
import importlib.abc, signal, sys, time

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "vtm_tools.cli.app":
            print(flush=True)
            time.sleep(600)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Slow())
from vtm_tools.cli.program import main
sys.exit(main())
"""


def test_an_interrupt_while_it_loads_ends_it_without_a_word():
    program = subprocess.Popen([sys.executable, "-c", LOADS_SLOWLY], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout and program.stdout.readline() == b"\n"
    program.send_signal(signal.SIGINT)
    assert program.communicate()[1] == b"" and program.returncode == 130
