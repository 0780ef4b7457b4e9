"""libcuda, the library of NVIDIA's driver: the functions used here, declared and checked.

The driver alone is needed, no CUDA toolkit. Names and signatures are those of cuda.h; `_v2` is the form that cuda.h
itself calls since CUDA 11 at the latest.
"""

from ctypes import CDLL, POINTER, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_ulonglong, c_void_p
from functools import cache
from typing import Any

from vtm.errors import VtmError

LIBRARY = "libcuda.so.1"
Address = c_uint64
"""CUdeviceptr."""
Handle = c_void_p
"""CUcontext, CUstream, CUevent, CUgraph, CUgraphExec, CUmodule and CUfunction are opaque pointers."""

SIGNATURES: dict[str, tuple[Any, ...]] = {
    "cuInit": (c_uint,),
    "cuGetErrorName": (c_int, POINTER(c_char_p)),
    "cuGetErrorString": (c_int, POINTER(c_char_p)),
    "cuDriverGetVersion": (POINTER(c_int),),
    "cuDeviceGetCount": (POINTER(c_int),),
    "cuDeviceGet": (POINTER(c_int), c_int),
    "cuDeviceGetName": (c_char_p, c_int, c_int),
    "cuDeviceGetAttribute": (POINTER(c_int), c_int, c_int),
    "cuDeviceTotalMem_v2": (POINTER(c_size_t), c_int),
    "cuDevicePrimaryCtxRetain": (POINTER(Handle), c_int),
    "cuDevicePrimaryCtxRelease_v2": (c_int,),
    "cuCtxSetCurrent": (Handle,),
    "cuMemAlloc_v2": (POINTER(Address), c_size_t),
    "cuMemFree_v2": (Address,),
    "cuMemHostAlloc": (POINTER(Handle), c_size_t, c_uint),
    "cuMemFreeHost": (Handle,),
    "cuMemHostGetDevicePointer_v2": (POINTER(Address), Handle, c_uint),
    "cuMemcpyHtoDAsync_v2": (Address, c_void_p, c_size_t, Handle),
    "cuMemcpyDtoHAsync_v2": (c_void_p, Address, c_size_t, Handle),
    "cuMemcpyDtoDAsync_v2": (Address, Address, c_size_t, Handle),
    "cuMemsetD8Async": (Address, c_ubyte, c_size_t, Handle),
    "cuStreamCreate": (POINTER(Handle), c_uint),
    "cuStreamDestroy_v2": (Handle,),
    "cuStreamWaitEvent": (Handle, Handle, c_uint),
    "cuStreamBeginCapture_v2": (Handle, c_int),
    "cuStreamEndCapture": (Handle, POINTER(Handle)),
    "cuEventCreate": (POINTER(Handle), c_uint),
    "cuEventDestroy_v2": (Handle,),
    "cuEventRecord": (Handle, Handle),
    "cuEventSynchronize": (Handle,),
    "cuGraphInstantiateWithFlags": (POINTER(Handle), Handle, c_ulonglong),
    "cuGraphLaunch": (Handle, Handle),
    "cuGraphDestroy": (Handle,),
    "cuGraphExecDestroy": (Handle,),
    "cuModuleLoadData": (POINTER(Handle), c_void_p),
    "cuModuleUnload": (Handle,),
    "cuModuleGetFunction": (POINTER(Handle), Handle, c_char_p),
    "cuLaunchKernel": (Handle, *[c_uint] * 7, Handle, POINTER(c_void_p), POINTER(c_void_p)),
}
"""Parameters of each function; all return a CUresult, 0 for success."""

OUT_OF_MEMORY = 2


class Driver:
    """`driver("cuInit", 0)` calls a function of `library`, that of NVIDIA's driver.

    Raises:
        VtmError: A call fails; it bears CUDA's name of the fault.
    """

    def __init__(self, library: Any):
        self._library = library
        self._functions: dict[str, Any] = {}

    def __call__(self, name: str, *arguments: Any) -> None:
        """Call a function.

        Raises:
            VtmError: It fails.
        """
        status = self.status(name, *arguments)
        if status:
            remedy = "free GPU memory" if status == OUT_OF_MEMORY else "check the NVIDIA driver"
            raise VtmError(f"the GPU failed: {name} {self._explain(status)}; {remedy}, or choose another backend")

    def status(self, name: str, *arguments: Any) -> int:
        """The CUresult of a call, for those who go on whatever it is."""
        function = self._functions.get(name) or self._declare(name)
        return function(*arguments)

    def _declare(self, name: str) -> Any:
        function = getattr(self._library, name, None)
        if function is None:
            raise VtmError(f"the NVIDIA driver lacks {name}; install a newer driver, or choose another backend")
        function.argtypes, function.restype = SIGNATURES[name], c_int
        self._functions[name] = function
        return function

    def _explain(self, status: int) -> str:
        texts = []
        for query in ("cuGetErrorName", "cuGetErrorString"):
            text = c_char_p()
            known = self.status(query, status, text) == 0 and text.value
            texts.append(text.value.decode() if known and text.value else str(status))
        return f"returned {texts[0]} ({texts[1]})"


@cache
def driver() -> Driver:
    """The machine's driver, initialised.

    Raises:
        VtmError: There is none, or none that works.
    """
    try:
        library = CDLL(LIBRARY)
    except OSError as error:
        raise VtmError(
            f"this machine has no NVIDIA driver ({LIBRARY}); install it, or choose another backend"
        ) from error
    found = Driver(library)
    found("cuInit", 0)
    return found
