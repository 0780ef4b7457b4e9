"""The CUDA kernels of `vtm_trt/engine/kernels`, compiled by the system's C++ compiler: they run here without a GPU."""

import shutil
import subprocess
from ctypes import CDLL, POINTER, Structure, addressof, c_uint, c_void_p
from pathlib import Path
from typing import Any

import pytest

KERNELS = Path(__file__).parents[3] / "vtm_trt/engine/kernels"
SHIM = Path(__file__).with_name("cuda_on_host.h")
Extent = tuple[int, int, int]


class _Index(Structure):
    _fields_ = [("x", c_uint), ("y", c_uint), ("z", c_uint)]


class HostKernel:
    """`kernel(grid, block, pointers)` runs it as cuLaunchKernel does: pointers lead to the kernel's arguments."""

    def __init__(self, name: str, folder: Path):
        compiler = shutil.which("g++") or shutil.which("clang++")
        if compiler is None:
            pytest.skip("there is no C++ compiler")
        program, library = folder / f"{name}.cpp", folder / f"{name}.so"
        program.write_text(
            f'#include "{SHIM}"\n#include "{KERNELS / name}.cu"\n'
            f'extern "C" void launch_{name}(Index grid, Index block, void **arguments)'
            f" {{ launch({name}, grid, block, arguments); }}\n"
        )
        flags = (
            "-O2",
            "-ffp-contract=off",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fsanitize=undefined",
            "-fsanitize-undefined-trap-on-error",
        )
        subprocess.run([compiler, *flags, "-shared", "-fPIC", "-o", str(library), str(program)], check=True)
        self._launch = CDLL(str(library))[f"launch_{name}"]
        self._launch.argtypes, self._launch.restype = [_Index, _Index, POINTER(c_void_p)], None

    def __call__(self, grid: Extent, block: Extent, pointers: Any) -> None:
        self._launch(_Index(*grid), _Index(*block), pointers)


def pointers_to(*arguments: Any) -> Any:
    """What cuLaunchKernel takes, of ctypes values. They must outlive the launch."""
    return (c_void_p * len(arguments))(*map(addressof, arguments))
