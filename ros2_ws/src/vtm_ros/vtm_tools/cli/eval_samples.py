"""`vtm eval` of samples whose true motion is known: which they are, and how accurate each is, frame by frame."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from vtm.errors import VtmError
from vtm.metrics.example import Example, VideoSample
from vtm.samples.held_out import held_out_examples, held_out_videos
from vtm_tools.cli.progress import progress
from vtm_tools.evaluation.given import given_example
from vtm_tools.evaluation.pixels import watch, without_images
from vtm_tools.evaluation.pose2sim import pose2sim_videos
from vtm_tools.evaluation.report import show
from vtm_tools.evaluation.streamed import Evaluation, run
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.person_stream import MotionStream


@dataclass(frozen=True)
class Samples:
    """Where the samples are; None, or 0, for those that are not wanted.

    Attributes:
        clips: Held-out motion capture.
        windows: How many of it.
        renders: How many of it as pictures, too.
        pose2sim: Reference for Pose2Sim's clip.
        videos: Folder of its videos.
        keypoints: Keypoints of the user's own, of one person each.
        truth: The true motion of each of these.
    """

    clips: Path | None
    windows: int
    renders: int
    pose2sim: Path | None
    videos: Path
    keypoints: Sequence[Path]
    truth: Sequence[Path]

    def examples(self, tracker: Callable[[], PoseTracker], has_images: bool) -> dict[str, list[Example]]:
        """The samples by title.

        Args:
            tracker: Makes what finds the 2D poses in pictures.
            has_images: Whether the network takes image features; then samples with pictures come without them, too.

        Raises:
            VtmError: There are none, or one cannot be read.
        """
        found: dict[str, list[Example]] = {}
        if self.clips:
            found["held-out motion capture"] = held_out_examples(self.clips, self.windows)
        if self.clips and self.renders:
            rendered = held_out_videos(self.clips, self.renders)
            found["the same, rendered"] = _watched(rendered, self.renders, tracker())
        if self.pose2sim:
            found["Pose2Sim's clip"] = _watched(pose2sim_videos(self.pose2sim, self.videos), None, tracker())
        if has_images:
            films = [title for title, examples in found.items() if examples[0].baseline is not None]
            found |= {
                f"{title}, without image features": [without_images(one) for one in found[title]] for title in films
            }
        for number, (keypoints, truth) in enumerate(zip(self.keypoints, self.truth, strict=True), start=1):
            title = keypoints.name if keypoints.name not in found else f"{keypoints.name} ({number})"
            found[title] = [given_example(keypoints, truth)]
        if not found:
            raise VtmError("nothing to evaluate: give --clips, --pose2sim, --people, or --keypoints with --truth")
        return found


def _watched(sample: Iterable[VideoSample], count: int | None, tracker: PoseTracker) -> list[Example]:
    return [watch(one, tracker) for one in progress(sample, "2D pose", count)]


def judge_samples(
    streams: list[MotionStream], samples: dict[str, list[Example]], recorded: bool, console: Console
) -> dict[str, list[Evaluation]]:
    """Judge samples, and print tables.

    Args:
        streams: One for each look-ahead.
        samples: By title.
        recorded: Treat each as a recording.
        console: Where to print.

    Returns:
        The evaluation with each of the streams, by title.
    """
    found = {}
    for title, examples in samples.items():
        found[title] = [run(stream, _counted(examples, stream), recorded) for stream in streams]
        show(console, title, found[title])
    return found


def _counted(examples: list[Example], stream: MotionStream) -> Iterable[Example]:
    return progress(examples, f"look-ahead {stream.lookahead}", len(examples))
