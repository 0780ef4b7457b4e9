"""MediaPipe's Python programs, run pass by pass for `vtm bench --against`, in an environment of their own.

Arguments: a video, the most frames of it, 0 for all, the program (pose, holistic or tasks), its complexity, and how
many people tasks looks for. Reads one line per pass from standard input, writes one JSON line per pass to standard
output. Imports nothing of this package.
"""

import json
import os
import sys
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from time import perf_counter
from zipfile import ZipFile

import cv2
import mediapipe


def one_run(video: str, most: int, look) -> dict:
    """Decode and process a clip.

    Args:
        video: The video.
        most: Frames of it, 0 for all.
        look: Given an RGB image and its time in milliseconds, tells how many people it shows, and whether the left and
            the right hand.

    Returns:
        Milliseconds of each frame, seconds of the whole pass, frames with a person, with the left and with the right
        hand, people of all frames together, and MediaPipe's version.
    """
    began = last = perf_counter()
    capture = cv2.VideoCapture(video)
    fps = capture.get(cv2.CAP_PROP_FPS) or 30.0
    frame_ms: list[float] = []
    seen, everybody, hands = 0, 0, [0, 0]
    while not most or len(frame_ms) < most:
        found, image = capture.read()
        if not found:
            break
        people, sides = look(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), round(len(frame_ms) * 1000 / fps))
        seen += people > 0
        everybody += people
        hands = [count + is_seen for count, is_seen in zip(hands, sides, strict=True)]
        now = perf_counter()
        frame_ms.append((now - last) * 1e3)
        last = now
    told = {"frame_ms": frame_ms, "seconds": last - began, "seen": seen, "hands": hands, "people": everybody}
    return {**told, "version": mediapipe.__version__}


@contextmanager
def solution(name: str, complexity: int):
    """The `look` of one of MediaPipe's solutions, pose or holistic."""
    make = {"pose": mediapipe.solutions.pose.Pose, "holistic": mediapipe.solutions.holistic.Holistic}[name]
    with make(model_complexity=complexity) as made:

        def look(image, _):
            result = made.process(image)
            sides = [getattr(result, f"{side}_hand_landmarks", None) is not None for side in ("left", "right")]
            return int(result.pose_landmarks is not None), sides

        yield look


@contextmanager
def tasks(people: int):
    """The `look` of MediaPipe's PoseLandmarker for videos."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=bundle()),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=people,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:

        def look(image, at_ms):
            given = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)
            return len(landmarker.detect_for_video(given, at_ms).pose_landmarks), (False, False)

        yield look


def bundle() -> bytes:
    """The PoseLandmarker's `.task`: a zip of the wheel's own two networks, full, with the metadata that it asks for."""
    modules = Path(mediapipe.__file__).parent / "modules"
    held = BytesIO()
    with ZipFile(held, "w") as task:
        for name, file, mean, deviation in (
            ("pose_detector", "pose_detection/pose_detection.tflite", 127.5, 127.5),
            ("pose_landmarks_detector", "pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
        ):
            task.writestr(f"{name}.tflite", with_levels((modules / file).read_bytes(), mean, deviation))
    return held.getvalue()


def with_levels(network: bytes, mean: float, deviation: float) -> bytes:
    """A network with metadata that tell how an image's levels become its input: less `mean`, over `deviation`."""
    from mediapipe.tasks.python.metadata.metadata_writers.metadata_writer import MetadataWriter

    writer = MetadataWriter.create(bytearray(network))
    writer.add_general_info("pose", "")
    writer.add_image_input([mean], [deviation])
    return bytes(writer.populate()[0])


def main() -> None:
    """Answer every line of standard input with a pass, for which the program starts anew."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    video, most, name, complexity, people = sys.argv[1:]
    while True:
        with tasks(int(people)) if name == "tasks" else solution(name, int(complexity)) as look:
            if not sys.stdin.readline():
                return
            print(json.dumps(one_run(video, int(most), look)), file=replies, flush=True)


if __name__ == "__main__":
    main()
