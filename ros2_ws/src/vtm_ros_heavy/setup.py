"""An ament_python package that is also an ordinary pip package: files alone, no code."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import setup

NAME = "vtm_ros_heavy"
HERE = Path(__file__).resolve().parent  # colcon --symlink-install runs a link to this file from its build folder
PACKAGE_XML = ElementTree.parse(HERE / "package.xml")

setup(
    name=NAME,
    version=PACKAGE_XML.findtext("version"),
    description=PACKAGE_XML.findtext("description"),
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The vtm_ros developers",
    license_files=["LICENSE", "NOTICE"],
    python_requires=">=3.10,<3.14",
    packages=[],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml", "LICENSE", "NOTICE"]),
        (f"share/{NAME}/models", ["models/SHA256SUMS", "models/pose_landmark_heavy.onnx"]),
    ],
    zip_safe=False,
)
