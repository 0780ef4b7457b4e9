#!/usr/bin/env python3
"""Store MediaPipe Holistic's hands on some frames of a real clip, for tests/vtm_trt/pose2d/test_holistic_parity.py.

    python3.11 -m venv /tmp/mediapipe
    /tmp/mediapipe/bin/pip install -r ros2_ws/src/vtm_ros/vtm_tools/bench/mediapipe.txt
    /tmp/mediapipe/bin/python scripts/store_holistic_reference.py .venv/share/vtm/clips

The Python solution, complexity 1, without smoothing of the landmarks; it assumes 30 frames per second.
"""

import argparse
import os
from pathlib import Path

import cv2
import mediapipe
import numpy as np

CLIP, WANTED = "pose2sim/cam02.mp4", range(0, 30, 3)
"""The camera that sees both hands of its person, and the frames to keep."""
TARGET = Path(__file__).resolve().parents[1] / "ros2_ws/src/vtm_ros/tests/vtm_trt/pose2d/data/holistic_reference.npz"


def hands(clip: Path, wanted: range) -> np.ndarray:
    """Pixels (N, 2, 21, 2) of the left and the right hand in the frames `wanted`, NaN for one that is not seen."""
    capture = cv2.VideoCapture(str(clip))
    pixels = np.full((len(wanted), 2, 21, 2), np.nan, np.float32)
    with mediapipe.solutions.holistic.Holistic(model_complexity=1, smooth_landmarks=False) as holistic:
        for index in range(wanted[-1] + 1):
            _, image = capture.read()
            seen = holistic.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            if index not in wanted:
                continue
            height, width = image.shape[:2]
            for side, hand in enumerate((seen.left_hand_landmarks, seen.right_hand_landmarks)):
                if hand:
                    pixels[wanted.index(index), side] = [(mark.x * width, mark.y * height) for mark in hand.landmark]
    return pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, help=f"folder that holds {CLIP}")
    arguments = parser.parse_args()
    pixels = hands(arguments.clips / CLIP, WANTED)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    partial = TARGET.with_suffix(".partial.npz")
    version = np.array(mediapipe.__version__)
    np.savez_compressed(partial, mediapipe=version, clip=np.array(CLIP), frames=np.array(WANTED), pixels=pixels)
    os.replace(partial, TARGET)
    seen = np.isfinite(pixels).all((2, 3)).mean(0)
    print(f"wrote {TARGET} with MediaPipe {mediapipe.__version__}: left {seen[0]:.0%}, right {seen[1]:.0%}")


if __name__ == "__main__":
    main()
