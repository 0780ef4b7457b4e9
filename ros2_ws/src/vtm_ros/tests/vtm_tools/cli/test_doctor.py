"""`vtm doctor` on this machine."""

import json
import os
import sys

import pytest

from tests.vtm_tools.doctor.places import only
from tests.vtm_tools.doctor.test_examine import failing
from vtm_tools.cli import doctor as command
from vtm_tools.cli.app import main
from vtm_tools.doctor import engine, nvidia
from vtm_tools.doctor.examine import examine
from vtm_tools.doctor.finding import Place, Probe
from vtm_tools.doctor.probes import PROBES
from vtm_trt.engine import cuda


def test_this_machine(tmp_path, capsys):
    assert main(["doctor", "--json", str(tmp_path / "d.json")]) == 0
    found = json.loads((tmp_path / "d.json").read_text())
    assert found["can_capture"] is True
    rows = {row["name"]: row for row in found["findings"]}
    assert {"system", "processor", "memory", "GPU", "TensorRT", "ONNX Runtime", "networks", "shared memory"} <= set(
        rows
    )
    assert rows["networks"]["value"].startswith("8 of 8 intact")
    assert not [row for row in found["findings"] if row["state"] == "broken" or row["value"].startswith("unknown")]
    used = [row for row in found["findings"] if row["value"].startswith("works, and will be used")]
    assert len(used) == 1 and used[0]["topic"] == engine.BACKENDS
    shown = capsys.readouterr()
    assert "Capture can run here." in shown.out and rows["ONNX Runtime"]["value"][:6] in shown.out
    for row in found["findings"]:
        assert row["remedy"] in shown.out


@pytest.mark.skipif(cuda.fault() is None, reason="a machine with a GPU")
def test_without_a_gpu_nothing_is_missing():
    findings = list(examine([probe for probe in PROBES if probe.topic == nvidia.TOPIC], Place()))
    assert [finding.state for finding in findings if finding.name in ("GPU", "TensorRT")] == ["absent", "absent"]
    assert "processor runs the networks" in only(findings, "GPU").value


def test_a_place_to_write_is_checked_first(tmp_path, capfd):
    assert main(["doctor", "--json", str(tmp_path / "absent" / "d.json")]) == 2
    shown = capfd.readouterr()
    assert shown.out == "" and shown.err.startswith("error: ") and "there is no folder" in shown.err


def test_no_probe_imports_what_may_crash():
    """With no driver, TensorRT can end the process; PyTorch takes seconds."""
    program = (
        "import sys\n"
        "from vtm_tools.doctor.finding import Place\n"
        "from vtm_tools.doctor.probes import PROBES\n"
        "for probe in PROBES: list(probe.find(Place()))\n"
        "sys.exit(bool({'tensorrt', 'torch'} & set(sys.modules)))"
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", program]) == 0


def test_exit_code_where_capture_cannot_run(monkeypatch, capsys):
    monkeypatch.setattr(command, "PROBES", [Probe("topic", "bad", failing, needed=True)])
    assert main(["doctor"]) == 1
    assert "Capture cannot run here." in capsys.readouterr().out
