"""MediaPipe's Python solutions, run pass by pass for `vtm bench --against`, in an environment of their own.

Arguments: a video, the most frames of it, 0 for all, and the solution, pose or holistic. Reads one line per pass from
standard input, writes one JSON line per pass to standard output. Imports nothing of this package.
"""

import json
import os
import sys
from time import perf_counter

import cv2
import mediapipe


def one_run(video: str, most: int, solution) -> dict:
    """Decode and process a clip.

    Args:
        video: The video.
        most: Frames of it, 0 for all.
        solution: MediaPipe's.

    Returns:
        Milliseconds of each frame, seconds of the whole pass, frames with a person, with the left and with the right
        hand, and MediaPipe's version.
    """
    began = last = perf_counter()
    capture = cv2.VideoCapture(video)
    frame_ms: list[float] = []
    seen, hands = 0, [0, 0]
    while not most or len(frame_ms) < most:
        found, image = capture.read()
        if not found:
            break
        result = solution.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        seen += result.pose_landmarks is not None
        for hand, side in enumerate(("left", "right")):
            hands[hand] += getattr(result, f"{side}_hand_landmarks", None) is not None
        now = perf_counter()
        frame_ms.append((now - last) * 1e3)
        last = now
    seconds, version = last - began, mediapipe.__version__
    return {"frame_ms": frame_ms, "seconds": seconds, "seen": seen, "hands": hands, "version": version}


def main() -> None:
    """Answer every line of standard input with a pass."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    video, most, name = sys.argv[1:]
    make = {"pose": mediapipe.solutions.pose.Pose, "holistic": mediapipe.solutions.holistic.Holistic}[name]
    with make(model_complexity=1) as solution:
        for _ in sys.stdin:
            print(json.dumps(one_run(video, int(most), solution)), file=replies, flush=True)
            solution.reset()


if __name__ == "__main__":
    main()
