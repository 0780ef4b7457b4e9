"""The compiler for CUDA kernels: NVIDIA's own library where it is installed, a double of it everywhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vtm.errors import VtmError
from vtm_trt.engine.cuda import nvrtc
from vtm_trt.engine.cuda.nvrtc import load_nvrtc

KERNELS = sorted((Path(nvrtc.__file__).parents[1] / "kernels").glob("*.cu"))
FAKE = Path(__file__).with_name("fake_nvrtc.cpp")
NEWEST_DRIVER = 13
EM_CUDA = 190
"""The machine type in an ELF file of CUDA code."""


@pytest.fixture
def toolkit(tmp_path, monkeypatch):
    """`toolkit(12)` installs a CUDA 12 whose NVRTC is a double, and nothing else can be found."""
    compiler = shutil.which("g++") or pytest.skip("there is no C++ compiler")

    def install(major, *flags, architectures=(75, 87, 90)):
        library = tmp_path / f"lib64/libnvrtc.so.{major}"
        library.parent.mkdir(exist_ok=True)
        known = "{" + ",".join(map(str, architectures)) + "}"
        defined = (f"-DMAJOR={major}", f"-DARCHITECTURES={known}", *flags)
        subprocess.run([compiler, *defined, "-shared", "-fPIC", "-o", str(library), str(FAKE)], check=True)

    monkeypatch.setattr(nvrtc, "find_library", lambda name: None)
    monkeypatch.setattr(nvrtc, "_FOLDERS", ())
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delenv("CUDA_PATH", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    return install


def test_known_gpu_gets_machine_code_and_a_younger_one_ptx(toolkit):
    toolkit(12)
    compiler = load_nvrtc(12)
    assert compiler.compile(b"x", "x.cu", 87) == b"cubin --gpu-architecture=sm_87 x\0"
    assert compiler.compile(b"x", "x.cu", 89) == b"ptx --gpu-architecture=compute_87 x\0"
    assert compiler.compile(b"x", "x.cu", 120) == b"ptx --gpu-architecture=compute_90 x\0"


def test_gpu_that_the_compiler_no_longer_knows(toolkit):
    toolkit(13)
    with pytest.raises(VtmError, match=r"NVRTC 13.0 is too new for this GPU; install one of CUDA 12"):
        load_nvrtc(13).compile(b"x", "x.cu", 70)


def test_error_is_told_in_the_compilers_words(toolkit):
    toolkit(12)
    with pytest.raises(VtmError, match=r"NVRTC 12.0 cannot compile x.cu: log .*sm_75 an error$"):
        load_nvrtc(12).compile(b"an error", "x.cu", 75)


def test_most_recent_that_the_driver_can_read_is_taken(toolkit):
    for major in (11, 12, 13):
        toolkit(major)
    assert [str(load_nvrtc(newest)) for newest in (11, 12, 13, 14)] == [f"NVRTC {v}.0" for v in (11, 12, 13, 13)]


def test_only_one_too_new_for_the_driver(toolkit):
    toolkit(13)
    with pytest.raises(VtmError, match="NVRTC 13.0 is too new for the NVIDIA driver; .*nvidia-cuda-nvrtc-cu12"):
        load_nvrtc(12)


def test_files_that_are_no_compiler_are_passed_over(toolkit, tmp_path):
    toolkit(11)
    toolkit(12, "-DOLD")
    (tmp_path / "lib64/libnvrtc.so.13").write_bytes(b"not a library")
    assert str(load_nvrtc(13)) == "NVRTC 11.0"


@pytest.mark.parametrize(("driver", "wheel"), [(12, "nvidia-cuda-nvrtc-cu12"), (13, r"nvidia-cuda-nvrtc==13\.\*")])
def test_missing_compiler_names_the_remedy(toolkit, driver, wheel):
    with pytest.raises(VtmError, match=f"NVRTC is missing; .*JetPack.*CUDA toolkit.*pip install {wheel}"):
        load_nvrtc(driver)


@pytest.fixture(scope="module")
def genuine():
    try:
        return load_nvrtc(NEWEST_DRIVER)
    except VtmError as fault:
        pytest.skip(str(fault))


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("capability", [75, 80, 86, 87, 89, 90, 100, 120])
def test_genuine_compiler_takes_every_kernel(genuine, kernel, capability):
    code = genuine.compile(kernel.read_bytes(), kernel.name, capability)
    if capability in genuine.architectures:
        assert code.startswith(b"\x7fELF") and int.from_bytes(code[18:20], "little") == EM_CUDA
        assert f".text.{kernel.stem}\0".encode() in code
    else:
        text = code.rstrip(b"\0").decode()
        assert f".target sm_{max(a for a in genuine.architectures if a < capability)}" in text
        assert re.findall(r"\.visible \.entry (\w+)\(", text) == [kernel.stem]


def test_genuine_compiler_rounds_every_product(genuine):
    """So that the GPU computes what the processor computes."""
    for kernel in KERNELS:
        assert b"fma." not in genuine.compile(kernel.read_bytes(), kernel.name, 999)


def test_genuine_compiler_says_where_the_fault_is(genuine):
    with pytest.raises(VtmError, match=r'cannot compile bad.cu: bad.cu\(2\): error: identifier "nothing" is undefined'):
        genuine.compile(b'extern "C" __global__ void bad(float *x) {\n x[0] = nothing; }', "bad.cu", 75)
