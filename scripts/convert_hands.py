#!/usr/bin/env python3
"""Convert Google's hand landmark networks (Apache-2.0) from the npm package `@mediapipe/hands` to ONNX.

    python3.11 -m venv /tmp/convert
    /tmp/convert/bin/pip install -r requirements/convert_blazepose.txt
    /tmp/convert/bin/python scripts/convert_hands.py

Weights stay in half precision, as for the body (`convert_blazepose.py`), and every file is compared with TFLite's own
output before it is written.
"""

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from convert_blazepose import PACKAGES, convert, fetch, largest_difference, record, unpack, write

PACKAGE = "@mediapipe/hands@0.4.1675469240"
INTEGRITY = "GxoZvL1mmhJxFxjuyj7vnC++JIuInGznHBin5c7ZSq/RbcnGyfEcJrkM/bMu5K1Mz/2Ko+vEX6/+wewmEHPrHg=="
OUTPUTS = {"Identity": "landmarks", "Identity_1": "presence", "Identity_2": "right", "Identity_3": "world"}
NETWORKS = ("hand_landmark_lite", "hand_landmark_full")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="an already downloaded npm package (.tgz)")
    parser.add_argument("--models", type=Path, default=PACKAGES / "vtm_ros/models", help="folder to write to")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        package = arguments.package or fetch(Path(work), PACKAGE)
        sources = unpack(package, Path(work), PACKAGE, INTEGRITY)
        for name in NETWORKS:
            tflite = sources / f"{name}.tflite"
            content = convert(tflite, OUTPUTS, "hands").SerializeToString(deterministic=True)
            differences = largest_difference(tflite, content, OUTPUTS)
            listed = ", ".join(f"{key} {value:.1e}" for key, value in differences.items())
            print(f"{name}: {len(content) / 1e6:.1f} MB; largest difference to TFLite, of the range: {listed}")
            if max(differences.values()) > 1e-3:
                sys.exit(f"{name} does not reproduce TFLite; nothing was written for it")
            write(arguments.models / f"{name}.onnx", content)
            record(arguments.models / "SHA256SUMS", {f"{name}.onnx": hashlib.sha256(content).hexdigest()})


if __name__ == "__main__":
    main()
