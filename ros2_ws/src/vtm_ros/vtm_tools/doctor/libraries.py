"""Libraries that run networks or read videos."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from vtm_tools.doctor.finding import Finding, Place

TOPIC = "libraries"
OPTIONAL = {"openvino": "OpenVINO", "torch": "PyTorch"}


def find_opencv(_: Place) -> Iterator[Finding]:
    """OpenCV, and through what it reads videos."""
    import cv2

    facts = (line.split(":", 1) for line in cv2.getBuildInformation().splitlines() if ":" in line)
    there = {name.strip() for name, value in facts if value.strip().startswith("YES")}
    reads = [name for name in ("FFMPEG", "GStreamer", "v4l/v4l2") if name in there]
    value = f"{cv2.__version__}, reads video through {', '.join(reads) or 'nothing'}"
    if "FFMPEG" in reads or "GStreamer" in reads:
        yield Finding(TOPIC, "OpenCV", value)
    else:
        yield Finding(TOPIC, "OpenCV", value, "lacking", "python3 -m pip install opencv-python-headless")


def find_onnxruntime(_: Place) -> Iterator[Finding]:
    """ONNX Runtime and its providers."""
    if not find_spec("onnxruntime"):
        yield Finding(TOPIC, "ONNX Runtime", "none", "lacking", "python3 -m pip install onnxruntime")
        return
    import onnxruntime

    providers = ", ".join(name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers())
    yield Finding(TOPIC, "ONNX Runtime", f"{onnxruntime.__version__}, providers: {providers}")


def find_optional(_: Place) -> Iterator[Finding]:
    """Those that take long to import are only asked for their versions."""
    for package, name in OPTIONAL.items():
        try:
            yield Finding(TOPIC, name, version(package))
        except PackageNotFoundError:
            yield Finding(TOPIC, name, "none", "absent")
