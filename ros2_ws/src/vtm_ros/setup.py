"""An ament_python package that is also an ordinary pip package."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

NAME = "vtm_ros"
HERE = Path(__file__).resolve().parent  # colcon --symlink-install runs a link to this file from its build folder
PACKAGE_XML = ElementTree.parse(HERE / "package.xml")
TRAIN = ["torch>=2.6", "safetensors", "onnx", "onnxscript"]
BATCH = ["distributed>=2024.8", "pyarrow>=17"]
RENDER = ["torch>=2.6", "anny>=0.6.2", "moderngl>=5.10"]
SHARED = ("launch", "config", "models", "rviz")


def shared_files() -> list[tuple[str, list[str]]]:
    folders = [folder for top in SHARED for folder in [Path(top), *Path(top).rglob("*/")] if folder.is_dir()]
    listed = [(f"share/{NAME}/{folder}", sorted(str(f) for f in folder.iterdir() if f.is_file())) for folder in folders]
    return [
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml", "LICENSE", "NOTICE"]),
        *((target, files) for target, files in listed if files),
    ]


setup(
    name=NAME,
    version=PACKAGE_XML.findtext("version"),
    description="One person's complete motion from one camera, live, for ROS 2 robots",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The vtm_ros developers",
    license_files=["LICENSE", "NOTICE"],
    keywords=["motion capture", "human pose estimation", "ROS 2", "robotics", "teleoperation", "URDF", "TensorRT"],
    project_urls={"Paper": "https://arxiv.org/abs/2404.09499"},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in (10, 11, 12, 13)),
        "Topic :: Multimedia :: Video",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["vtm", "vtm.*", "vtm_*"]),
    package_data={
        "": ["py.typed"],
        "vtm.samples": ["*.npz"],
        "vtm_tools.bench": ["*.txt"],
        "vtm_trt.engine.kernels": ["*.cu"],
    },
    data_files=shared_files(),
    zip_safe=False,
    install_requires=[
        "numpy>=1.26.4",
        "opencv-python-headless>=4.11",
        "onnxruntime>=1.20",
        "scipy>=1.13",
        "array-api-compat>=1.11",
        "threadpoolctl>=3.1",
        "PyYAML>=6",
        "daqp>=0.7",
        "typer>=0.29",
        "rich>=13",
        "matplotlib>=3.8",
        "pillow>=10.1",
        "mcap>=1.6",
    ],
    extras_require={
        "openvino": ["openvino>=2025.0"],
        "tensorrt": ["onnx"],
        "parquet": ["pyarrow>=17"],
        "hdf5": ["h5py>=3.10"],
        "usd": ["usd-core>=25.5"],
        "view": ["rerun-sdk>=0.38"],
        "batch": BATCH,
        "train": TRAIN,
        "render": RENDER,
        "test": [
            *TRAIN,
            *BATCH,
            "h5py>=3.10",
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
            "ruckig>=0.14; platform_machine == 'x86_64'",
            "markdown-it-py>=3",
        ],
    },
    entry_points={
        "console_scripts": [
            "vtm = vtm_tools.cli.program:main",
            "vtm_capture = vtm_ros.nodes.one_process:main",
            "capture = vtm_ros.nodes.capture_node:main",
            "replay = vtm_ros.nodes.replay_node:main",
            "vtm_replay = vtm_ros.nodes.replay_node:main",
            "fuse = vtm_ros.nodes.fuse_node:main",
            "retarget = vtm_ros.nodes.retarget_node:main",
            "viewer = vtm_ros.nodes.viewer_node:main",
            "video_camera = vtm_ros.nodes.video_camera:main",
        ],
    },
)
