"""The heart: camera frames in, the person's motion out, one step at a time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from vtm.records import CameraPose, Frame, Motion, Observation
from vtm_trt.backends import load_runner
from vtm_trt.lifter import MEMORY, Lifter
from vtm_trt.models import model_path
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.refine.refinement import Choice, Refinement
from vtm_trt.same_person import SamePerson


@dataclass
class MotionStream:
    """Frame -> Observation -> Motion, with the memory of one person.

    tracker: None when only `lift` is used.  lookahead: frames of delay, 0..8.  subject_height: metres, None if unknown.
    timeout_s: after this long without the person, or without frames, the window is cleared.
    network: an exported VTM network in place of the shipped one.
    correct: applied to the network's motion before all else, such as bone lengths that were measured.
    needs_camera: a motion whose camera's pose nobody knows is left as it is.
    refine: what is made of the network's motion, None for nothing; `refinement` does it.
    timings: milliseconds that each stage of the last step took.
    person: a number of whom the last motion belongs to; it changes whenever the person was forgotten before.
    """

    tracker: PoseTracker | None = None
    lookahead: int = 0
    subject_height: float | None = None
    backend: str = "auto"
    timeout_s: float = 0.5
    network: Path | None = None
    correct: Callable[[Motion], Motion] | None = None
    needs_camera: bool = False
    refine: Choice | None = None
    timings: dict[str, float] = field(default_factory=dict, init=False)
    tracking: bool = field(default=False, init=False)
    person: int = field(default=0, init=False)
    _forgotten: int = field(default=0, init=False)
    _last_ns: int | None = field(default=None, init=False)
    _seen_ns: int | None = field(default=None, init=False)
    _refining_s: float = field(default=0.0, init=False)

    def __post_init__(self):
        # one thread: a step is many small operators, and handing them over takes longer than they do
        runner = load_runner(self.network or model_path("vtm"), self.backend, 1, MEMORY)
        self.description = runner.describe()
        prediction_s = self.refine.prediction_s if self.refine else 0.0
        self._lifter = Lifter(runner, self.lookahead, self.subject_height, prediction_s)
        self.refinement = Refinement(self.refine) if self.refine else None
        self._same_person = SamePerson()
        self._parting: deque[Motion] = deque()  # of the person before, still inside the look-ahead
        self.reset()

    @property
    def timeout_ns(self) -> int:
        """`timeout_s` in nanoseconds."""
        return round(self.timeout_s * 1e9)

    def reset(self) -> None:
        """Forget the person: the next frame starts a new window."""
        self._forget()
        if self.tracker is not None:
            self.tracker.reset()

    def refine_by(self, choice: Choice) -> None:
        """Refine otherwise from the next frame on; what is known of the floor stays. Raises VtmError for bad ones."""
        refinement = Refinement(choice, self.refinement)
        self._lifter.predict(choice.prediction_s)
        self.refinement, self.refine = refinement, choice

    def step(self, frame: Frame, locate: Callable[[int], CameraPose | None] | None = None) -> Motion | None:
        """Take the next camera frame. None while nobody is seen or the look-ahead fills.

        locate: asked for the camera's pose at the frame's stamp once somebody is seen, in place of the frame's own.

        The motion carries the stamp of the frame it belongs to, `lookahead` frames before this one. A stamp that does
        not follow the one before, or follows it too late, starts a new window.
        """
        assert self.tracker is not None, "MotionStream.step needs a tracker; without one, use lift"
        self._follow(frame.stamp_ns)
        began = perf_counter()
        observation = self.tracker.step(frame)
        if observation is not None:
            camera = locate(frame.stamp_ns) if locate else frame.camera
            observation = replace(observation, camera=camera)
        seen = perf_counter()
        motion = self._lift(frame.stamp_ns, observation)
        self.timings = {"pose2d": (seen - began) * 1e3, **self._spent_since(seen)}
        return motion

    def lift(self, observation: Observation) -> Motion | None:
        """Take the next frame's 2D observation, from whatever detector; one without any keypoint shows nobody."""
        self._follow(observation.stamp_ns)
        began = perf_counter()
        motion = self._lift(observation.stamp_ns, observation if observation.confidence.any() else None)
        self.timings = self._spent_since(began)
        return motion

    def flush(self) -> list[Motion]:
        """The last `lookahead` motions, at the end of a clip."""
        motions = [*self._parting, *map(self._refined, self._lifter.flush())]
        self.reset()
        return motions

    def _follow(self, stamp_ns: int) -> None:
        if self._last_ns is not None and not 0 < stamp_ns - self._last_ns <= self.timeout_ns:
            self.reset()
        self._last_ns = stamp_ns

    def _spent_since(self, began: float) -> dict[str, float]:
        spent = {"vtm": (perf_counter() - began - self._refining_s) * 1e3}
        return {**spent, "refine": self._refining_s * 1e3} if self.refinement else spent

    def _lift(self, stamp_ns: int, observation: Observation | None) -> Motion | None:
        self._refining_s = 0.0
        self.tracking = observation is not None
        if observation is not None:
            if not self._same_person(observation):
                self._parting.extend(map(self._refined, self._lifter.flush()))
                self._forget_motion()
            self._seen_ns = stamp_ns
            return self._next(self._lifter.step(observation))
        if self._seen_ns is None:
            return None
        if stamp_ns - self._seen_ns > self.timeout_ns:
            self._forget()
            return None
        return self._next(self._lifter.skip(stamp_ns))

    def _next(self, motion: Motion | None) -> Motion | None:
        if motion is not None:
            self.person = self._forgotten
            return self._refined(motion)
        return self._parting.popleft() if self._parting else None

    def _refined(self, motion: Motion) -> Motion:
        began = perf_counter()
        motion = self.correct(motion) if self.correct else motion
        if self.refinement and (motion.camera or not self.needs_camera):
            motion = self.refinement(motion)
        self._refining_s += perf_counter() - began
        return motion

    def _forget_motion(self) -> None:
        self._forgotten += 1
        self._lifter.reset()
        if self.refinement:
            self.refinement.reset()

    def _forget(self) -> None:
        self._forget_motion()
        self._same_person.reset()
        self._parting.clear()
        self.tracking = False
        self._seen_ns = None
        self._last_ns = None
