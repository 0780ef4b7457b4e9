"""The licence that an installed package declares."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

KNOWN = {
    "anny": "Apache-2.0", "dexi-rs": "MIT; each hand's own", "docutils": "public domain AND BSD-2-Clause",
    "embreex": "Apache-2.0",
    "example-robot-data": "BSD-3-Clause; each robot's own", "exceptiongroup": "MIT",
    "fourier-robot-descriptions": "Apache-2.0", "holosoma-retargeting": "Apache-2.0",
    "importlib-metadata": "Apache-2.0", "jvrc-description": "Apache-2.0",
    "mujoco": "Apache-2.0",
    "nvidia-cuda-nvrtc-cu12": "proprietary (NVIDIA)",
    "openvino": "Apache-2.0", "pose2sim": "BSD-3-Clause", "protobuf": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause", "sports2d": "BSD-3-Clause",
    "tensorflow-cpu": "Apache-2.0", "tensorrt-rtx-cu12-bindings": "proprietary (NVIDIA)",
    "tensorrt-rtx-cu12-libs": "proprietary (NVIDIA)", "tf2onnx": "Apache-2.0", "tomli": "MIT",
    "usd-core": "TOST-1.0 (Apache-2.0 with another section on trademarks)",
}  # fmt: skip
"""Read from the projects' licence files, where the metadata is silent, vague, or not installed here."""
SPELLINGS = {
    "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache software license": "Apache-2.0", "apache-2": "Apache-2.0",
    "apache v2": "Apache-2.0", "apache": "Apache-2.0", "bsd license": "BSD", "new bsd": "BSD-3-Clause",
    "bsd": "BSD", "bsd 3-clause": "BSD-3-Clause", "bsd-3": "BSD-3-Clause", "3-clause bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause", "mit license": "MIT", "the mit license (mit)": "MIT", "expat": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "python software foundation license": "PSF-2.0",
    "psfl": "PSF-2.0", "isc license (iscl)": "ISC", "the unlicense (unlicense)": "Unlicense",
    "isc license": "ISC", "zlib license": "Zlib",
    "historical permission notice and disclaimer (hpnd)": "HPND",
    "zlib/libpng license": "Zlib",
    "osi approved :: apache software license": "Apache-2.0",
}  # fmt: skip
PHRASES = {
    "Apache License": "Apache-2.0", "Permission is hereby granted": "MIT", "Redistribution and use": "BSD",
}  # fmt: skip


def licence(name: str) -> str | None:
    """SPDX name where there is one, as the package declares it; None when it is neither installed nor known."""
    key = name.lower().replace("_", "-")
    if key in KNOWN:
        return KNOWN[key]
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return None
    return _in_metadata(package) or _in_package_xml(package) or _in_text(package)


def _in_metadata(package: Distribution) -> str | None:
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    said = metadata.get("License", "").strip()
    classified = [line.split(" :: ")[-1] for line in metadata.get_all("Classifier") or [] if line.startswith("License")]
    named = sorted({_spelt(text) for text in classified} - {"OSI Approved"})
    if said and "\n" not in said and len(said) < 60 and said.upper() not in ("UNKNOWN", "LICENSE"):
        return _spelt(said)
    return " OR ".join(named) or None


def _in_package_xml(package: Distribution) -> str | None:
    """ROS packages declare it there."""
    for file in package.files or ():
        if file.name == "package.xml":
            return _spelt(
                " AND ".join(re.findall(r"<license[^>]*>([^<]*)</license>", Path(str(file.locate())).read_text()))
            )
    return None


def _in_text(package: Distribution) -> str | None:
    """By a phrase in the licence file, or in the metadata that hold all of its text."""
    texts = [package.metadata.get("License", "")]
    texts += [Path(str(file.locate())).read_text() for file in package.files or () if file.name.startswith("LICENSE")]
    return next((name for text in texts for phrase, name in PHRASES.items() if phrase in text), None)


def _spelt(text: str) -> str:
    return SPELLINGS.get(text.lower(), text)
