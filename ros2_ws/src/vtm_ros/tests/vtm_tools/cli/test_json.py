"""Where a program reads the output, standard output holds JSON and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vtm_tools.cli.app import main

PROGRAM = Path(sys.prefix) / "bin" / "vtm"


def test_doctor_prints_json(capsys):
    assert main(["doctor", "--json", "-"]) in (0, 1)
    assert {"date", "can_capture", "findings"} <= set(json.loads(capsys.readouterr().out))


def test_report_prints_json(motion_file, capsys):
    assert main(["report", str(motion_file), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 40


@pytest.mark.parametrize("command", ["bench", "calibrate", "data inspect", "doctor", "eval", "report"])
def test_every_command_with_numbers_has_json(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["capture", "data import", "eval", "export", "lift", "report", "train"])
def test_every_output_has_the_short_option(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert "-o" in next(line for line in listed if "--out" in line).split()


def test_the_shell_completes_commands():
    wanted = {"_VTM_COMPLETE": "complete_bash", "COMP_WORDS": "vtm exp", "COMP_CWORD": "1"}
    done = subprocess.run([PROGRAM], env={**os.environ, **wanted}, capture_output=True, text=True)
    assert done.stdout.split() == ["export"]
