"""Compiles a CUDA kernel for the GPU at hand with NVRTC, which comes with CUDA toolkits, with JetPack and with pip."""

import os
import sys
from collections.abc import Iterator, Sequence
from ctypes import CDLL, POINTER, byref, c_char_p, c_int, c_size_t, c_void_p, create_string_buffer
from ctypes.util import find_library
from pathlib import Path

from vtm.errors import VtmError

OPTIONS = ("--fmad=false",)
"""No product and sum in one rounding: the GPU shall compute what the processor computes, to the bit."""
_FOLDERS = (
    "/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/*/lib", "/opt/cuda/lib64", "/usr/lib/*-linux-gnu",
)  # fmt: skip
_PIP = ("nvidia/cu[0-9]*/lib", "nvidia/cuda_nvrtc/lib")
_SIGNATURES = {
    "nvrtcVersion": [POINTER(c_int), POINTER(c_int)],
    "nvrtcGetNumSupportedArchs": [POINTER(c_int)],
    "nvrtcGetSupportedArchs": [POINTER(c_int)],
    "nvrtcCreateProgram": [POINTER(c_void_p), c_char_p, c_char_p, c_int, c_void_p, c_void_p],
    "nvrtcCompileProgram": [c_void_p, c_int, POINTER(c_char_p)],
    "nvrtcGetProgramLogSize": [c_void_p, POINTER(c_size_t)],
    "nvrtcGetProgramLog": [c_void_p, c_char_p],
    "nvrtcGetCUBINSize": [c_void_p, POINTER(c_size_t)],
    "nvrtcGetCUBIN": [c_void_p, c_char_p],
    "nvrtcGetPTXSize": [c_void_p, POINTER(c_size_t)],
    "nvrtcGetPTX": [c_void_p, c_char_p],
    "nvrtcDestroyProgram": [POINTER(c_void_p)],
}


class Nvrtc:
    """The compiler of the library at `path`.

    Attributes:
        version: Of its CUDA, (major, minor).
        architectures: The compute capabilities it knows, such as 87 for 8.7.

    Raises:
        OSError: The library cannot be loaded.
        AttributeError: It is older than CUDA 11.2.
    """

    def __init__(self, path: str):
        self._library = CDLL(path)
        for name, arguments in _SIGNATURES.items():
            getattr(self._library, name).argtypes = arguments
        self._library.nvrtcGetErrorString.restype = c_char_p
        major, minor, count = c_int(), c_int(), c_int()
        self._call("nvrtcVersion", byref(major), byref(minor))
        self.version = major.value, minor.value
        self._call("nvrtcGetNumSupportedArchs", byref(count))
        architectures = (c_int * count.value)()
        self._call("nvrtcGetSupportedArchs", architectures)
        self.architectures = sorted(architectures)

    def compile(self, source: bytes, name: str, capability: int) -> bytes:
        """Compile a kernel for a GPU.

        Args:
            source: The code.
            name: Of the source in messages.
            capability: Compute capability of the GPU, such as 87 for 8.7.

        Returns:
            What the driver's cuModuleLoadData takes: machine code, or, for a GPU younger than this library, PTX, which
            the driver turns into machine code.

        Raises:
            VtmError: It cannot be compiled; the compiler's own words are told.
        """
        known = [architecture for architecture in self.architectures if architecture <= capability]
        if not known:
            raise VtmError(f"{self} is too new for this GPU; install one of CUDA {self.version[0] - 1}")
        native = known[-1] == capability
        options = [
            f"--gpu-architecture={'sm' if native else 'compute'}_{known[-1]}".encode(),
            *map(str.encode, OPTIONS),
        ]
        program = c_void_p()
        self._call("nvrtcCreateProgram", byref(program), source, name.encode(), 0, None, None)
        try:
            result = self._library.nvrtcCompileProgram(program, len(options), (c_char_p * len(options))(*options))
            if result:
                log = self._text(program, "ProgramLog").rstrip(b"\0").decode(errors="replace").strip()
                raise VtmError(f"{self} cannot compile {name}: {log or self._error(result)}")
            return self._text(program, "CUBIN" if native else "PTX")
        finally:
            self._library.nvrtcDestroyProgram(byref(program))

    def __str__(self) -> str:
        return "NVRTC {}.{}".format(*self.version)

    def _text(self, program: c_void_p, kind: str) -> bytes:
        size = c_size_t()
        self._call(f"nvrtcGet{kind}Size", program, byref(size))
        content = create_string_buffer(size.value)
        self._call(f"nvrtcGet{kind}", program, content)
        return content.raw

    def _call(self, name: str, *arguments: object) -> None:
        if result := getattr(self._library, name)(*arguments):
            raise VtmError(f"{name} failed: {self._error(result)}; install NVRTC again")

    def _error(self, result: int) -> str:
        return self._library.nvrtcGetErrorString(result).decode()


def load_nvrtc(newest: int) -> Nvrtc:
    """The first NVRTC found that the driver can work with.

    Args:
        newest: The driver's major version of CUDA: it could not read more recent code.

    Raises:
        VtmError: There is none.
    """
    remedy = f"install that of CUDA {newest} (part of JetPack and of the CUDA toolkit, or pip install {_wheel(newest)})"
    too_new = None
    for path in _libraries():
        try:
            nvrtc = Nvrtc(path)
        except (OSError, AttributeError):
            continue
        if nvrtc.version[0] <= newest:
            return nvrtc
        too_new = nvrtc
    raise VtmError(
        f"{too_new} is too new for the NVIDIA driver; {remedy}" if too_new else f"NVRTC is missing; {remedy}"
    )


def _wheel(major: int) -> str:
    return f"nvidia-cuda-nvrtc-cu{major}" if major < 13 else f"nvidia-cuda-nvrtc=={major}.*"


def _libraries() -> Iterator[str]:
    """Where NVRTC may be: what the system's loader finds, toolkits, and wheels."""
    if name := find_library("nvrtc"):
        yield name
    chosen = [f"{os.environ[name]}/lib*" for name in ("CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX") if os.environ.get(name)]
    for folder in (*chosen, *_FOLDERS, *(f"{entry}/{inner}" for entry in sys.path if entry for inner in _PIP)):
        yield from _newest_first(folder)


def _newest_first(folder: str) -> Sequence[str]:
    root = Path(folder).anchor
    return [str(path) for path in sorted(Path(root).glob(f"{folder[len(root) :]}/libnvrtc.so.*"), reverse=True)]
