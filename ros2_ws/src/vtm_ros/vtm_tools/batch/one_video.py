"""One video of an archive to its motion files, with networks that are loaded once."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.types import Frame, Motion, Observation
from vtm_tools.batch.job import Job, Long, Outcome, Piece, Settings, Status, failed
from vtm_tools.batch.join import join, timed
from vtm_tools.batch.pieces import cut, piece_file
from vtm_tools.batch.watch import Unfit, Watcher
from vtm_tools.batch.watched import Watched, write_watched
from vtm_tools.export.bvh_file import write_even_bvh
from vtm_tools.export.people_files import people_file, person_file, who_is_who
from vtm_tools.report.remarks import remarks
from vtm_trt.offline.captured import Captured, capture_sequence
from vtm_trt.offline.captured_people import capture_people, watch_people
from vtm_trt.offline.run_sequence import Item
from vtm_trt.pose2d.estimator import PoseEstimator
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.quality import Level, QualityMonitor
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.stream.lifter import MAX_LOOKAHEAD, motion_network
from vtm_trt.stream.person_stream import MotionStream


class Captor:
    """Captures one video after the other, as `vtm capture` does.

    Args:
        settings: How.
        threads: Of the processor.
        backend: What runs the networks.

    Raises:
        VtmError: A setting is out of its range, or a network is missing or cannot run here.
    """

    def __init__(self, settings: Settings, threads: int, backend: str):
        self._settings, self._threads, self._backend = settings, threads, backend
        given = (settings.pose_model, backend, threads, settings.hands, settings.hands_every, settings.twice)
        self._one = PoseTracker(*given) if settings.max_people == 1 else None
        self._several = PeopleTracker(settings.max_people, *given) if settings.max_people > 1 else None
        self._runner = motion_network(backend)
        self._runner.concurrent &= threads > 1  # else a recording is lifted while its next frame is looked at
        Intrinsics.from_fov(2, 1, settings.fov)
        self._stream(None)  # what cannot be is refused before the first video

    def __call__(self, job: Job, told_length: Callable[[float], None]) -> Outcome:
        """Capture a video and write its files.

        Args:
            job: What to capture, with the settings of this object.
            told_length: Called with the video's length, seconds, once that is known; 0 where it is not said.

        Returns:
            Of a piece, whether it was looked at; of a long video, its pieces; else what became of the video.

        Raises:
            VtmError: The video cannot be read, or is of another size than the calibration.
        """
        source = Video(job.video, self._threads)
        try:
            if source.live:
                raise VtmError(f"{job.video} is a camera or a stream and never ends; record it to a file first")
            length = source.frame_count / source.fps
            told_length(job.piece.seconds if job.piece else length)
            lens = _lens(source, self._settings)
            if job.piece:
                return self._piece(job, job.piece, self._watcher(source, lens))
            if self._one and not job.pieces and 0 < job.piece_s < length:
                return Long(Status.LONG, pieces=cut(length, job.piece_s))
            stamps: list[int] = []
            if job.pieces:
                watched = join(job, self._watcher(source, lens), lens)
                people, lost = self._joined(watched, source.fps, lens, stamps), watched.lost
            else:
                people = self._people(source, lens, stamps)
                lost = source.lost
        except Unfit as why:
            return Outcome(Status.WHOLE, str(why))
        finally:
            source.close()
        seconds = (stamps[-1] - stamps[0]) * 1e-9 + 1 / source.fps
        if not people:
            return Outcome(
                Status.NOBODY, frames=len(stamps), lost=lost, seconds=seconds, faults=_faults({}, lost, source.damaged)
            )
        try:
            outputs = _write(job, people)
        except (VtmError, OSError) as fault:
            return failed(str(fault), stops=True)
        return Outcome(
            Status.DONE,
            outputs=tuple(path.relative_to(job.folder).as_posix() for path in outputs),
            people=len(people),
            frames=len(stamps),
            lost=lost,
            seconds=seconds,
            tracked=float(np.any([one.clip.valid for one in people.values()], axis=0).mean()),
            quality=_quality(people),
            confidence=float(np.mean([np.nanmean(one.clip.confidence) for one in people.values()])),
            faults=_faults(people, lost, source.damaged),
        )

    def _watcher(self, source: Video, lens: Intrinsics) -> Watcher:
        assert self._one, "pieces are of one person"
        return Watcher(source, lens, self._one, lambda tracker: self._stream(None, tracker))

    def _piece(self, job: Job, piece: Piece, watcher: Watcher) -> Outcome:
        """Look at a piece of a long video, and write what it shows."""
        watched, path = watcher.watch(piece), piece_file(job, piece)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_watched(path, watched)
        except (VtmError, OSError) as fault:
            return failed(str(fault), stops=True)
        return Outcome(Status.DONE)

    def _joined(self, watched: Watched, fps: float, lens: Intrinsics, stamps: list[int]) -> dict[int, Captured]:
        """The motion of what was seen in pieces."""
        seen = list(timed(watched, fps))
        stamps += [observation.stamp_ns for observation, _ in seen]
        cuts, stream = {observation.stamp_ns for observation, was_cut in seen if was_cut}, self._stream(None)

        def lifted(items: Iterable[Observation]) -> Iterator[Motion | None]:
            return (stream.lift(item, item.stamp_ns in cuts) for item in items)

        return self._one_person(stream, lifted, [observation for observation, _ in seen], lens, fps)

    def _people(self, source: Video, lens: Intrinsics, stamps: list[int]) -> dict[int, Captured]:
        def counted() -> Iterator[Frame]:
            for frame in timed_frames(source, lens):
                stamps.append(frame.stamp_ns)
                yield frame

        if self._several:
            once, feet = self._settings.once, not self._settings.raw
            self._several.reset()
            return capture_people(watch_people(self._several, counted()), self._stream, lens, source.fps, once, feet)
        assert self._one
        self._one.reset()
        stream = self._stream(None, self._one)
        return self._one_person(stream, stream.steps, counted(), lens, source.fps)

    def _one_person(
        self,
        stream: MotionStream,
        lifted: Callable[[Iterable[Item]], Iterator[Motion | None]],
        items: Iterable[Item],
        lens: Intrinsics,
        fps: float,
    ) -> dict[int, Captured]:
        once, feet = self._settings.once, not self._settings.raw
        captured = capture_sequence(stream, lifted, items, lens, fps, once, feet)
        return {1: captured} if captured.motions else {}

    def _stream(self, number: int | None, tracker: PoseEstimator | None = None) -> MotionStream:
        return MotionStream(
            tracker, MAX_LOOKAHEAD, self._settings.subject_height, self._backend, runner=self._runner, number=number
        )


def _lens(source: Video, settings: Settings) -> Intrinsics:
    if not settings.lens:
        return Intrinsics.from_fov(source.width, source.height, settings.fov)
    told = json.loads(settings.lens)
    lens = Intrinsics(**told | {"distortion": tuple(told["distortion"])})
    if (lens.width, lens.height) != (source.width, source.height):
        raise VtmError(
            f"the calibration is for images of {lens.width}x{lens.height} pixels, {source.source} has "
            f"{source.width}x{source.height}; capture the videos of each camera by themselves"
        )
    return lens


def _write(job: Job, people: Mapping[int, Captured]) -> list[Path]:
    """Write the files of all people, all or none."""
    whole = job.folder / f"{job.name}.npz"
    whole.parent.mkdir(parents=True, exist_ok=True)
    several = job.settings.max_people > 1
    motions = {number: person_file(whole, number) if several else whole for number in people}
    outputs = []
    with ExitStack() as stack:

        def part(path: Path) -> Path:
            outputs.append(path)
            return stack.enter_context(atomic_file(path))

        for number, path in motions.items():
            people[number].clip.save(part(path))
            if job.settings.bvh:
                write_even_bvh(part(path.with_name(f"{path.stem}.bvh")), people[number].clip)
        if several:
            clips = {number: captured.clip for number, captured in people.items()}
            told = json.dumps(who_is_who(job.video, whole, clips), indent=1)
            part(people_file(whole)).write_text(told + "\n", encoding="utf-8")
    return outputs


def _quality(people: Mapping[int, Captured]) -> float:
    """Share of the motions that are GOOD."""
    levels = Counter[Level]()
    for captured in people.values():
        monitor = QualityMonitor()
        for motion in captured.motions:
            monitor.see(motion)
            levels[monitor.assess("", 0.0).level] += 1
    return levels[Level.GOOD] / levels.total()


def _faults(people: Mapping[int, Captured], lost: int, damaged: int) -> str:
    said = [f"{lost} of its frames could not be read: is the file damaged?"] * bool(lost)
    said += [f"{damaged} of its frames are not whole: the file is damaged"] * bool(damaged)
    for number, captured in people.items():
        of_one = remarks(captured.clip, captured.decisions, captured.faults)
        said += [f"person {number}: {one}" if len(people) > 1 else one for one in of_one]
    return "; ".join(said)
