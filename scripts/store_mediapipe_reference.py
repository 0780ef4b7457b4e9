#!/usr/bin/env python3
"""Store MediaPipe's own landmarks on some frames of two real clips, for tests/vtm_trt/pose2d/test_mediapipe_parity.py.

    python3.11 -m venv /tmp/mediapipe
    /tmp/mediapipe/bin/pip install -r ros2_ws/src/vtm_ros/vtm_tools/bench/mediapipe.txt
    /tmp/mediapipe/bin/python scripts/store_mediapipe_reference.py .venv/share/vtm/clips

The Python pose solution, complexity 1, without smoothing of the landmarks; it assumes 30 frames per second.
"""

import argparse
import os
from pathlib import Path

import cv2
import mediapipe
import numpy as np

CLIPS = {"pose2sim/cam03.mp4": range(0, 100, 5), "sports2d/demo.mp4": range(10, 106, 5)}
"""Frames to keep of each clip. Past frame 105 of the second clip its person turns a somersault and is lost."""
TARGET = Path(__file__).resolve().parents[1] / "ros2_ws/src/vtm_ros/tests/vtm_trt/pose2d/data/mediapipe_reference.npz"


def landmarks(clip: Path, wanted: range) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (N, 33, 2), visibility (N, 33) and world landmarks (N, 33, 3) of the frames `wanted`."""
    capture = cv2.VideoCapture(str(clip))
    pixels, visibility, world = [], [], []
    with mediapipe.solutions.pose.Pose(model_complexity=1, smooth_landmarks=False) as pose:
        for index in range(wanted[-1] + 1):
            _, image = capture.read()
            seen = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            if index not in wanted:
                continue
            height, width = image.shape[:2]
            marks = seen.pose_landmarks.landmark
            pixels.append([(mark.x * width, mark.y * height) for mark in marks])
            visibility.append([mark.visibility for mark in marks])
            world.append([(mark.x, mark.y, mark.z) for mark in seen.pose_world_landmarks.landmark])
    return np.float32(pixels), np.float32(visibility), np.float32(world)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, help="folder that holds " + " and ".join(CLIPS))
    arguments = parser.parse_args()
    arrays: dict[str, np.ndarray] = {}
    for name, wanted in CLIPS.items():
        pixels, visibility, world = landmarks(arguments.clips / name, wanted)
        arrays |= {f"{name}/frames": np.array(wanted), f"{name}/pixels": pixels}
        arrays |= {f"{name}/visibility": visibility, f"{name}/world": world}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    partial = TARGET.with_suffix(".partial.npz")
    np.savez_compressed(partial, mediapipe=np.array(mediapipe.__version__), **arrays)
    os.replace(partial, TARGET)
    print(f"wrote {TARGET} with MediaPipe {mediapipe.__version__}")


if __name__ == "__main__":
    main()
