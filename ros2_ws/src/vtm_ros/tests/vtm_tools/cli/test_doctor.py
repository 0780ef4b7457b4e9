"""`vtm doctor`: this machine, and machines that are made up in a folder."""

import faulthandler
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.vtm_trt.engine.fake_cuda import FakeCuda
from vtm_tools.cli import doctor as command
from vtm_tools.cli.app import main
from vtm_tools.doctor import cameras, computer, engine, libraries, nvidia
from vtm_tools.doctor.examine import LIMIT_S, examine
from vtm_tools.doctor.finding import Finding, Place, Probe
from vtm_tools.doctor.probes import PROBES
from vtm_trt.engine import cuda, models
from vtm_trt.engine.backends import BackendStatus
from vtm_trt.engine.cuda import driver as driver_module

PATIENCE_S = 30.0
"""A hanging probe takes twice as long; only a failure takes so long."""

HERE = ".".join(map(str, sys.version_info[:2]))


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


@pytest.fixture
def computer_files() -> dict[str, str]:
    return {
        "etc/os-release": 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\n',
        "proc/cpuinfo": "processor\t: 0\nmodel name\t: Some Processor: 3 GHz\n",
        "proc/meminfo": "MemTotal:        8000000 kB\nMemFree:          100 kB\nMemAvailable:    5000000 kB\n",
    }


@pytest.fixture
def jetson(tmp_path, computer_files) -> Place:
    """An Orin Nano with JetPack 6.2; the environment is apart from the system's packages."""
    files = {
        "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic\n# KERNEL",
        "proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
        "proc/cpuinfo": "processor\t: 0\nCPU implementer\t: 0x41\n",
        "venv/pyvenv.cfg": "home = /usr/bin\ninclude-system-site-packages = false\n",
    }
    write(tmp_path, computer_files | files)
    return Place(tmp_path, {}, tmp_path / "venv")


@pytest.fixture
def desktop(tmp_path, computer_files) -> Place:
    """A desktop with a card of NVIDIA's and its driver."""
    card = "sys/bus/pci/devices/0000:01:00.0"
    files = {
        f"{card}/vendor": "0x10de\n",
        f"{card}/class": "0x030000\n",
        "sys/bus/pci/devices/0000:00:02.0/vendor": "0x8086\n",
        "sys/bus/pci/devices/0000:00:02.0/class": "0x030000\n",
        "proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release\n",
        "venv/pyvenv.cfg": "include-system-site-packages = false\n",
    }
    write(tmp_path, computer_files | files)
    return Place(tmp_path, {}, tmp_path / "venv")


@pytest.fixture
def fake_cuda(monkeypatch):
    """A driver of ordinary memory in libcuda's place."""
    fake = FakeCuda()
    caches = driver_module.driver, cuda.gpu
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setattr(driver_module, "CDLL", lambda _: fake)
    yield fake
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def no_cuda(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    driver_module.driver.cache_clear()
    monkeypatch.setattr(driver_module, "CDLL", missing)
    yield
    driver_module.driver.cache_clear()


def only(findings, name: str) -> Finding:
    (found,) = [finding for finding in findings if finding.name == name]
    return found


# This machine


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


# Isolation


def good(_: Place):
    yield Finding("topic", "good", "there")


def failing(_: Place):
    yield Finding("topic", "half", "there")
    raise OSError("the sensor\nis upside down")


def hanging(_: Place):
    time.sleep(60)
    yield from ()


def crashing(_: Place):
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)
    yield from ()


def leaving(_: Place):
    os._exit(0)
    yield from ()


def loud(_: Place):
    os.write(1, b"noise")
    yield from good(_)


@pytest.mark.parametrize(
    ("find", "reason"),
    [
        (failing, "unknown: the sensor is upside down"),
        (hanging, f"unknown: no answer within {LIMIT_S:g} s"),
        (crashing, "unknown: it crashed (SIGSEGV)"),
        (leaving, "unknown: it gave no answer"),
    ],
)
@pytest.mark.parametrize("needed", [True, False])
def test_a_bad_probe_harms_no_other(find, reason, needed):
    probes = [Probe("topic", "one", good), Probe("topic", "bad", find, needed), Probe("topic", "two", good)]
    began = time.monotonic()
    findings = list(examine(probes, Place()))
    assert time.monotonic() - began < PATIENCE_S, "one that hangs is left alone"
    bad = Finding("topic", "bad", reason, "broken" if needed else "lacking")
    assert findings == [Finding("topic", "good", "there"), bad, Finding("topic", "good", "there")]


def test_probes_are_silent(capfd):
    assert len(list(examine([Probe("topic", "loud", loud)], Place()))) == 1
    assert capfd.readouterr() == ("", "")


def test_exit_code_where_capture_cannot_run(monkeypatch, capsys):
    monkeypatch.setattr(command, "PROBES", [Probe("topic", "bad", failing, needed=True)])
    assert main(["doctor"]) == 1
    assert "Capture cannot run here." in capsys.readouterr().out


# A Jetson


def test_jetson(jetson):
    findings = list(computer.find(jetson))
    model = "NVIDIA Jetson Orin Nano Developer Kit, L4T 36.4.3, JetPack 6"
    assert only(findings, "Jetson") == Finding("computer", "Jetson", model)
    assert only(findings, "system").value.startswith("Ubuntu 22.04.5 LTS")
    assert only(findings, "memory").value == "8.2 GB, 5.1 GB of it free"
    assert only(findings, "Python").value.endswith("without the system's packages")


def test_an_old_jetson(jetson):
    write(jetson.root, {"etc/nv_tegra_release": "# R35 (release), REVISION: 5.0, GCID: 35550185"})
    found = only(computer.find(jetson), "Jetson")
    assert found.state == "lacking" and "JetPack 5" in found.value and "JetPack 6.1" in found.remedy


def test_tensorrt_of_jetpack_that_is_not_installed(jetson, no_cuda):
    found = only(nvidia.find_tensorrt(jetson), "TensorRT")
    assert (found.state, found.value) == ("lacking", "none")
    install, _, rest = found.remedy.partition(" && sed")
    assert install == "sudo apt-get update && sudo apt-get install -y python3-libnvinfer"
    assert rest.endswith(str(jetson.prefix / "pyvenv.cfg"))


def test_tensorrt_of_jetpack_behind_an_environment(jetson, no_cuda):
    """The remedy does what it says."""
    (jetson.root / f"usr/lib/python{HERE}/dist-packages/tensorrt").mkdir(parents=True)
    found = only(nvidia.find_tensorrt(jetson), "TensorRT")
    assert found.value == f"only for the system's Python {HERE}"
    assert not computer.sees_system_packages(jetson)
    assert os.system(found.remedy) == 0
    assert computer.sees_system_packages(jetson)


def test_tensorrt_of_jetpack_for_another_python(jetson, no_cuda):
    (jetson.root / "usr/lib/python3.8/dist-packages/tensorrt").mkdir(parents=True)
    assert only(nvidia.find_tensorrt(jetson), "TensorRT").remedy == "PYTHON=/usr/bin/python3.8 make setup"


def test_tensorrt_for_whatever_python3_is(jetson, no_cuda):
    (jetson.root / "usr/lib/python3/dist-packages/tensorrt").mkdir(parents=True)
    (jetson.root / "usr/bin").mkdir()
    (jetson.root / "usr/bin/python3").symlink_to("python3.7")
    assert only(nvidia.find_tensorrt(jetson), "TensorRT").remedy == "PYTHON=/usr/bin/python3.7 make setup"


def test_a_jetson_whose_driver_does_not_load(jetson, no_cuda):
    found = only(nvidia.find_gpu(jetson), "GPU")
    assert found.state == "lacking" and "nvidia-l4t-cuda" in found.remedy


def test_gpu_of_a_jetson(jetson, fake_cuda):
    fake_cuda.attributes[18] = 1
    found = only(nvidia.find_gpu(jetson), "GPU")
    value = "Orin (nvgpu), compute capability 8.7, 8.6 GB, shared with the processor, CUDA 12.6"
    assert found == Finding("NVIDIA", "GPU", value)


# A desktop


def test_gpu_of_a_desktop(desktop, fake_cuda):
    findings = list(nvidia.find_gpu(desktop))
    assert only(findings, "driver").value == "570.86.15"
    assert only(findings, "GPU").state == "good"
    remedy = only(nvidia.find_tensorrt(desktop), "TensorRT").remedy
    assert remedy == f"{desktop.prefix}/bin/python -m pip install tensorrt-cu12"


def test_a_card_without_a_driver(desktop, no_cuda):
    (desktop.root / "proc/driver/nvidia/version").unlink()
    found = only(nvidia.find_gpu(desktop), "GPU")
    assert found.state == "lacking" and found.remedy == "sudo ubuntu-drivers install && sudo reboot"
    write(desktop.root, {".dockerenv": ""})
    assert only(nvidia.find_gpu(desktop), "GPU").remedy.startswith("docker run --gpus all")


def test_a_card_of_another_maker_is_none(desktop, no_cuda):
    write(desktop.root, {"sys/bus/pci/devices/0000:01:00.0/vendor": "0x1002\n"})
    assert only(nvidia.find_gpu(desktop), "GPU").state == "absent"
    assert only(nvidia.find_tensorrt(desktop), "TensorRT").state == "absent"


@pytest.mark.parametrize(("version", "state"), [("8.6.2", "lacking"), ("10.3.0", "good"), ("11.1.0.106", "good")])
def test_version_of_tensorrt(desktop, fake_cuda, tmp_path, monkeypatch, version, state):
    """Without importing it: this one cannot be."""
    packages = tmp_path / "packages"
    write(
        packages,
        {
            "tensorrt/__init__.py": "raise SystemExit('imported')",
            f"tensorrt-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: tensorrt\nVersion: {version}\n",
            f"tensorrt-{version}.dist-info/top_level.txt": "tensorrt\n",
        },
    )
    monkeypatch.syspath_prepend(packages)
    found = only(nvidia.find_tensorrt(desktop), "TensorRT")
    assert found.state == state and found.value.startswith(version)


@pytest.mark.parametrize("lacking", ["no libnvinfer.so.10", None])
def test_tensorrt_that_does_not_load(fake_cuda, tmp_path, monkeypatch, lacking):
    code = f"raise ImportError({lacking!r})" if lacking else "__version__ = '10.3.0'"
    write(tmp_path, {"tensorrt/__init__.py": code})
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = examine([Probe("NVIDIA", "TensorRT library", nvidia.find_loading)], Place())
    assert found.state == "lacking" and "python3-libnvinfer" in found.remedy
    assert (lacking or "TensorRT 10.3.0 lacks") in found.value


def test_tensorrt_is_not_loaded_without_a_driver(no_cuda, tmp_path, monkeypatch):
    write(tmp_path, {"tensorrt/__init__.py": "raise SystemExit('imported')"})
    monkeypatch.syspath_prepend(tmp_path)
    assert not list(nvidia.find_loading(Place()))


# The rest


def test_cameras(tmp_path, monkeypatch):
    files = {f"dev/video{number}": "" for number in (10, 0, 2)}
    write(tmp_path, files | {"sys/class/video4linux/video0/name": "HD Webcam\n"})
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "video2")
    findings = list(cameras.find(Place(tmp_path)))
    assert [finding.name for finding in findings] == ["/dev/video0", "/dev/video2", "/dev/video10"]
    assert [finding.state for finding in findings] == ["good", "lacking", "good"]
    assert findings[0].value == "HD Webcam" and "usermod -aG video" in findings[1].remedy


def test_damaged_networks(tmp_path, monkeypatch):
    folder = models.models_folder()
    for file in folder.glob("*.onnx"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / models.CHECKSUMS).write_bytes((folder / models.CHECKSUMS).read_bytes())
    (tmp_path / "vtm.onnx").unlink()
    (tmp_path / "pose_detection.onnx").unlink()
    (tmp_path / "pose_detection.onnx").write_bytes(b"damaged")
    for module in (models, engine):
        monkeypatch.setattr(module, "models_folder", lambda: tmp_path)
    models.model_path.cache_clear()
    try:
        findings = list(engine.find_networks(Place()))
    finally:
        models.model_path.cache_clear()
    broken = {finding.name: finding for finding in findings if finding.state == "broken"}
    assert set(broken) == {"vtm", "pose_detection"} and all("restore it" in found.remedy for found in broken.values())
    assert "is missing" in broken["vtm"].value and "is damaged" in broken["pose_detection"].value


def test_no_backend_works(monkeypatch):
    monkeypatch.setattr(
        engine, "choices", lambda: [BackendStatus("onnxruntime", "ONNX Runtime is not installed", False)]
    )
    findings = list(engine.find_backends(Place()))
    assert [finding.state for finding in findings] == ["absent", "broken"]
    assert "pip install onnxruntime" in findings[1].remedy


def test_opencv_that_reads_no_video(monkeypatch):
    import cv2

    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  Video I/O:\n    FFMPEG:    NO\n    GStreamer:   NO\n")
    found = only(libraries.find_opencv(Place()), "OpenCV")
    assert found.state == "lacking" and "reads video through nothing" in found.value
