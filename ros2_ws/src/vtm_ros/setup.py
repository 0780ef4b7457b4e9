"""An ament_python package that is also an ordinary pip package."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = "vtm_ros"
FLOORS = ("vtm", "vtm_trt", "vtm_robot", "vtm_tools", "vtm_ros")
TRAIN = ["torch>=2.6", "safetensors", "onnx", "onnxscript"]
RENDER = ["torch>=2.6", "anny>=0.6.2", "moderngl>=5.10"]
SHARED = ("launch", "config", "models", "rviz")


def shared_files() -> list[tuple[str, list[str]]]:
    folders = [folder for top in SHARED for folder in [Path(top), *Path(top).rglob("*/")] if folder.is_dir()]
    listed = [(f"share/{NAME}/{folder}", sorted(str(f) for f in folder.iterdir() if f.is_file())) for folder in folders]
    return [
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        *((target, files) for target, files in listed if files),
    ]


setup(
    name=NAME,
    version="0.1.0",
    description="One person's complete motion from one camera, live, for ROS 2 robots",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=[pattern for floor in FLOORS for pattern in (floor, f"{floor}.*")]),
    package_data={"vtm.samples": ["*.npz"], "vtm_tools.bench": ["*.txt"], "vtm_trt.engine.kernels": ["*.cu"]},
    data_files=shared_files(),
    zip_safe=False,
    install_requires=[
        "setuptools",
        "numpy>=1.26.4",
        "opencv-python-headless>=4.11",
        "onnxruntime>=1.20",
        "scipy>=1.13",
        "array-api-compat>=1.11",
        "PyYAML>=6",
        "daqp>=0.7",
        "typer>=0.29",
        "rich>=13",
        "matplotlib>=3.8",
        "pillow>=10.1",
        "mcap>=1.6",
    ],
    extras_require={
        "limits": ["ruckig>=0.14"],
        "openvino": ["openvino>=2025.0"],
        "tensorrt": ["onnx"],
        "view": ["rerun-sdk>=0.38"],
        "train": TRAIN,
        "render": RENDER,
        "test": [
            *TRAIN,
            "openvino>=2025.0",
            "rerun-sdk>=0.38",
            "pytest",
            "hypothesis",
            "yourdfpy",
            "bvhio",
            "pygltflib",
            "psutil",
            "mcap-ros2-support",
            "rosbags",
            "ruckig>=0.14",
            "markdown-it-py>=3",
        ],
    },
    entry_points={
        "console_scripts": [
            "vtm = vtm_tools.cli.app:main",
            "vtm_capture = vtm_ros.nodes.one_process:main",
            "capture = vtm_ros.nodes.capture_node:main",
            "replay = vtm_ros.nodes.replay_node:main",
            "vtm_replay = vtm_ros.nodes.replay_node:main",
            "viewer = vtm_ros.nodes.viewer_node:main",
            "video_camera = vtm_ros.nodes.video_camera:main",
        ],
    },
)
