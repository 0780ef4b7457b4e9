"""A 2D network of your own in place of the one that ships. Give a keypoint file, which stands for it, and its video."""

import sys

from vtm.types import Frame, Observation
from vtm_trt import Capture
from vtm_trt.keypoint_files.keypoint_file import KeypointClip


class MyNetwork:
    """Any object with these four methods will do."""

    def __init__(self, file: str):
        self._rest = iter(KeypointClip.load(file).observations())

    def step(self, frame: Frame) -> Observation | None:
        """Find the person in `frame.image`, (H, W, 3) BGR: pixels (23, 2) and confidences (23,)."""
        seen = next(self._rest)
        return Observation(frame.stamp_ns, frame.intrinsics, seen.keypoints, seen.confidence, keypoint_convention=0.5)

    def reset(self) -> None:
        """Forget the person."""

    def look_again(self) -> None:
        """Search the whole of the next frame."""

    def describe(self) -> str:
        return "a file of keypoints"


captured = Capture(MyNetwork(sys.argv[1])).video(sys.argv[2])
print(f"{captured.clip.valid.sum()} of {len(captured.clip.valid)} frames show the person")
