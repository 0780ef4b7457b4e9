"""All probes, in the order of the report."""

from vtm_tools.doctor import cameras, computer, engine, libraries, nvidia, ros
from vtm_tools.doctor.finding import Probe

PROBES = (
    Probe(computer.TOPIC, "computer", computer.find),
    Probe(nvidia.TOPIC, "GPU", nvidia.find_gpu),
    Probe(nvidia.TOPIC, "TensorRT", nvidia.find_tensorrt),
    Probe(nvidia.TOPIC, "TensorRT library", nvidia.find_loading),
    Probe(libraries.TOPIC, "OpenCV", libraries.find_opencv, needed=True),
    Probe(libraries.TOPIC, "ONNX Runtime", libraries.find_onnxruntime),
    Probe(libraries.TOPIC, "optional libraries", libraries.find_optional),
    Probe(engine.TOPIC, "networks", engine.find_networks, needed=True),
    Probe(engine.TOPIC, "TensorRT plans", engine.find_plans),
    Probe(engine.BACKENDS, "auto", engine.find_backends, needed=True),
    Probe(ros.TOPIC, "distribution", ros.find_distribution),
    Probe(ros.TOPIC, "rclpy", ros.find_rclpy),
    Probe(ros.TOPIC, "conversions", ros.find_conversions),
    Probe(ros.TOPIC, "middleware", ros.find_middleware),
    Probe(ros.TOPIC, "shared memory", ros.find_shared_memory),
    Probe(cameras.TOPIC, "cameras", cameras.find),
)
