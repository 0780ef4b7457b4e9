"""MediaPipe's Python pose solution, run pass by pass for against_mediapipe.py. Lives in an environment of its own.

Reads one line per pass from standard input, writes one JSON line per pass to standard output.
"""

import json
import os
import sys
from time import perf_counter

import cv2
import mediapipe


def one_pass(video: str, pose) -> dict:
    """Decode and process the whole clip; milliseconds of `process` per frame, seconds of the whole pass."""
    capture = cv2.VideoCapture(video)
    step_ms, seen, began = [], 0, perf_counter()
    while True:
        found, image = capture.read()
        if not found:
            break
        start = perf_counter()
        result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        step_ms.append((perf_counter() - start) * 1e3)
        seen += result.pose_landmarks is not None
    return {"step_ms": step_ms, "seconds": perf_counter() - began, "seen": seen, "version": mediapipe.__version__}


def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
        for _ in sys.stdin:
            print(json.dumps(one_pass(sys.argv[1], pose)), file=replies, flush=True)
            pose.reset()


if __name__ == "__main__":
    main()
