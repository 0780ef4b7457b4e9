"""MediaPipe's Python pose solution, run pass by pass for `vtm bench --against mediapipe`, in an environment of its own.

Arguments: a video, and the most frames of it, 0 for all. Reads one line per pass from standard input, writes one JSON
line per pass to standard output. Imports nothing of this package.
"""

import json
import os
import sys
from time import perf_counter

import cv2
import mediapipe


def one_run(video: str, most: int, pose) -> dict:
    """Decode and process a clip.

    Args:
        video: The video.
        most: Frames of it, 0 for all.
        pose: MediaPipe's pose solution.

    Returns:
        Milliseconds of each frame, seconds of the whole pass, frames with a person, and MediaPipe's version.
    """
    began = last = perf_counter()
    capture = cv2.VideoCapture(video)
    frame_ms: list[float] = []
    seen = 0
    while not most or len(frame_ms) < most:
        found, image = capture.read()
        if not found:
            break
        result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        seen += result.pose_landmarks is not None
        now = perf_counter()
        frame_ms.append((now - last) * 1e3)
        last = now
    return {"frame_ms": frame_ms, "seconds": last - began, "seen": seen, "version": mediapipe.__version__}


def main() -> None:
    """Answer every line of standard input with a pass."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
        for _ in sys.stdin:
            print(json.dumps(one_run(sys.argv[1], int(sys.argv[2]), pose)), file=replies, flush=True)
            pose.reset()


if __name__ == "__main__":
    main()
