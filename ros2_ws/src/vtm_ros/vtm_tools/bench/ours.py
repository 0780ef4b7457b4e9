"""Our passes over a clip, of one person or of several."""

from vtm.types import Frame
from vtm_tools.bench.file_run import FileRun, file_run
from vtm_tools.bench.runs import Run, one_run, people_recording_fps, people_run, recording_fps
from vtm_tools.bench.stopwatch import Stopwatch, watch
from vtm_tools.bench.task import Progress, Task
from vtm_tools.bench.window import streaming_vs_window
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream


class OnePerson:
    """Our passes over a clip of one person.

    Args:
        task: What to measure.
        threads: Of the 2D networks.

    Attributes:
        description: What runs the networks.
    """

    def __init__(self, task: Task, threads: int):
        tracker = PoseTracker(task.pose_model, task.backend, threads, task.hands, task.hands_every)
        self._stream = MotionStream(
            tracker, backend=task.backend, postprocess=PostprocessConfig(), hands=task.hands != "off"
        )
        self._clip, self._rounds, self._stopwatch = (task.video, task.most), task.rounds, Stopwatch()
        self.description = " and ".join(dict.fromkeys((tracker.describe(), self._stream.description)))

    def window_ratio(self, frame: Frame, progress: Progress) -> float | None:
        """See `streaming_vs_window`; from then on a stopwatch watches."""
        ratio = streaming_vs_window(self._stream, frame, progress(range(self._rounds), "window", self._rounds))
        watch(self._stream, self._stopwatch)
        return ratio

    def one_by_one(self) -> Run:
        """One frame after the other."""
        return one_run(self._stream, self._stopwatch, *self._clip)

    def as_file(self) -> FileRun:
        """As a file is captured."""
        return file_run(self._stream, *self._clip)

    def recording_fps(self) -> float:
        """Frames per second of a file that is adjusted as well."""
        return recording_fps(self._stream, *self._clip)


class SeveralPeople:
    """Our passes over a clip of several people.

    Args:
        task: What to measure.
        threads: Of the 2D networks.

    Attributes:
        description: What runs the networks.
    """

    def __init__(self, task: Task, threads: int):
        self._tracker = PeopleTracker(task.max_people, task.pose_model, task.backend, threads)
        self._stream = PeopleStream(self._tracker, backend=task.backend, postprocess=PostprocessConfig())
        assert self._stream.runner
        self._clip, self._runner = (task.video, task.most), self._stream.runner
        self.description = " and ".join(dict.fromkeys((self._tracker.describe(), self._runner.describe())))

    def window_ratio(self, frame: Frame, progress: Progress) -> None:
        """Told of one person only."""

    def one_by_one(self) -> Run:
        """One frame after the other."""
        return people_run(self._stream, *self._clip)

    def as_file(self) -> FileRun:
        """As a file is taken: a frame is lifted while the next one is looked at."""
        return file_run(self._stream, *self._clip)

    def recording_fps(self) -> float:
        """Frames per second of a file that is adjusted as well."""
        return people_recording_fps(self._tracker, self._runner, *self._clip)
