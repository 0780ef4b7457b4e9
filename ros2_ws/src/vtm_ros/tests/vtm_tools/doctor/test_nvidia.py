"""What is said of NVIDIA's machines: a Jetson, and a desktop with a card."""

import os

import pytest

from tests.vtm_tools.doctor.places import HERE, only, write
from tests.vtm_trt.engine.fake_cuda import FakeCuda
from vtm_tools.doctor import computer, nvidia
from vtm_tools.doctor.examine import examine
from vtm_tools.doctor.finding import Finding, Place, Probe
from vtm_trt.engine import cuda
from vtm_trt.engine.cuda import driver as driver_module


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
