"""Camera frames in, the person's motion out, one step at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

from vtm.types import CameraPose, Frame, Motion, Observation
from vtm_trt.bundle_adjustment.following import BLUR, Following
from vtm_trt.engine.backends import Runner
from vtm_trt.pose2d.estimator import PoseEstimator
from vtm_trt.pose2d.labels import LabelBelief
from vtm_trt.postprocess.floor import Floor
from vtm_trt.postprocess.plausibility import fit
from vtm_trt.postprocess.postprocess import PostprocessConfig, Postprocessor
from vtm_trt.stream.hand_lifter import hand_network
from vtm_trt.stream.hands import HandMotion
from vtm_trt.stream.lifter import Lifter, motion_network
from vtm_trt.stream.overlapped import overlapped
from vtm_trt.stream.track_gate import Decision, Step, TrackGate


@dataclass(frozen=True)
class _Seen:
    """What a frame shows: whether it follows the one before, the person, and whether the picture was cut."""

    arrived: Decision
    observation: Observation | None
    was_cut: bool = False
    timings: dict[str, float] = field(default_factory=dict)


@dataclass
class MotionStream:
    """Frame -> Observation -> Motion, with the memory of one person.

    Attributes:
        tracker: None when only `lift` is used.
        lookahead: Frames of delay, 0..8.
        subject_height: Metres, None if unknown.
        backend: What runs the network.
        timeout_s: Seconds without the person, or without frames, after which the window is cleared.
        runner: A `motion_network` that the streams of several people share; one of its own is loaded where None.
        correct: Applied to the network's motion before all else, such as bone lengths that were measured.
        needs_camera: A motion whose camera's pose nobody knows is left as it is.
        postprocess: What is made of the network's motion, None for nothing; `postprocessor` does it.
        forgets: Called whenever the person is forgotten.
        recorded: The frames are those of a recording: motions come as late as they may, and what no person can do is
            given out as well (`offline.screening` leaves it out when all is done).
        hands: Whether the fingers follow the hands that the tracker sees.
        number: Whom the motions belong to, where somebody else knows who is who; else every new person has a new one.
        floor: Shared with the streams of other people, as is `hand_runner`; of its own where None.
        hand_runner: A `hand_network`.
        put_right: Whether left and right that the detector exchanged are put right before all else.
        timings: Milliseconds that each stage of the last step took.
        tracking: Whether a person is tracked.
        person: A number of whom the last motion belongs to; it changes whenever the person was forgotten before, as
            after an absence. `Motion.person_id` changes only where another person is seen.
        gate: Whether each frame continued the motion, and why not.
    """

    tracker: PoseEstimator | None = None
    lookahead: int = 0
    subject_height: float | None = None
    backend: str = "auto"
    timeout_s: float = 0.5
    runner: Runner | None = None
    correct: Callable[[Motion], Motion] | None = None
    needs_camera: bool = False
    postprocess: PostprocessConfig | None = None
    forgets: Callable[[], None] | None = None
    recorded: bool = False
    hands: bool = False
    number: int | None = None
    floor: Floor | None = None
    hand_runner: Runner | None = None
    put_right: bool = True
    timings: dict[str, float] = field(default_factory=dict, init=False)
    tracking: bool = field(default=False, init=False)
    person: int = field(default=0, init=False)
    _forgotten: int = field(default=0, init=False)
    _people: int = field(default=0, init=False)
    _refining_s: float = field(default=0.0, init=False)

    def __post_init__(self):
        self.runner = self.runner or motion_network(self.backend)
        self.description = self.runner.describe()
        prediction_s = self.postprocess.prediction_s if self.postprocess else 0.0
        self.lifter = Lifter(self.runner, self.lookahead, self.subject_height, prediction_s)
        self.postprocessor = Postprocessor(self.postprocess, floor=self.floor) if self.postprocess else None
        self._hands = HandMotion(self.hand_runner or hand_network(self.backend)) if self.hands else None
        self.gate = TrackGate(self.timeout_ns)
        self._labels = LabelBelief()
        self._following = Following()
        self._parting: deque[tuple[int, Motion]] = deque()  # of the person before, still inside the look-ahead
        self.reset()

    @property
    def timeout_ns(self) -> int:
        """`timeout_s` in nanoseconds."""
        return round(self.timeout_s * 1e9)

    def reset(self) -> None:
        """Forget the person: the next frame starts a new window."""
        self._forget()
        self._parting.clear()
        self.gate.restart()
        self._labels.reset()
        if self.tracker is not None:
            self.tracker.reset()

    def look_ahead(self, lookahead: int) -> None:
        """Give motions `lookahead` frames late from the next frame on; network, floor and person stay.

        Raises:
            VtmError: It is outside 0 to 8 frames.
        """
        self.lifter.look_ahead(lookahead)
        self.lookahead = lookahead
        while self._parting and len(self._parting) + self.lifter.waiting > lookahead:
            self._parting.popleft()

    def postprocess_by(self, config: PostprocessConfig) -> None:
        """Post-process otherwise from the next frame on; what is known of the floor stays.

        Raises:
            VtmError: `config` is not valid.
        """
        postprocessor = Postprocessor(config, self.postprocessor)
        self.lifter.predict(config.prediction_s)
        self.postprocessor, self.postprocess = postprocessor, config

    def step(self, frame: Frame, locate: Callable[[int], CameraPose | None] | None = None) -> Motion | None:
        """Take the next camera frame.

        What the gate says of the frame is done: a stamp that does not follow the one before, or follows it too late,
        starts a new window.

        Args:
            frame: The frame.
            locate: Asked for the camera's pose at the frame's stamp once somebody is seen, in place of the frame's own.

        Returns:
            The motion `lookahead` frames before this one, with the stamp of its frame; None while nobody is seen or the
            look-ahead fills.
        """
        return self._follow(self._look(frame, not self.gate.somebody, locate))

    def steps(self, frames: Iterable[Frame]) -> Iterator[Motion | None]:
        """What `step` gives for each of `frames`, which are all there already, as those of a recording.

        While a frame is looked at, a second thread lifts the one before and reads the next; whether what is followed
        is a person, the 2D network is told a frame later. Not so where only one thread may ask the network.
        """
        if not self.lifter.runner.concurrent:
            yield from map(self.step, frames)
            return
        doubted = False

        def look(frame: Frame) -> _Seen:
            return self._look(frame, doubted)

        def tell() -> None:
            nonlocal doubted
            doubted = not self.gate.somebody

        yield from overlapped(frames, look, self._follow, tell)

    def lift(self, observation: Observation, was_cut: bool = False) -> Motion | None:
        """Take the next frame's 2D observation, from whatever detector; one without any keypoint shows nobody.

        Args:
            observation: The observation.
            was_cut: Whether the picture shows another scene than the one before.
        """
        arrived = self.gate.compares(observation.stamp_ns, observation.intrinsics)
        return self._follow(_Seen(arrived, observation if observation.confidence.any() else None, was_cut))

    def lifts(self, observations: Iterable[Observation]) -> Iterator[Motion | None]:
        """What `lift` gives for each of `observations`."""
        return map(self.lift, observations)

    def flush(self) -> list[Motion]:
        """The last `lookahead` motions, at the end of a clip."""
        self._part()
        motions = [motion for _, motion in self._parting]
        self.reset()
        return motions

    def _look(self, frame: Frame, doubted: bool, locate: Callable[[int], CameraPose | None] | None = None) -> _Seen:
        """What a frame shows; the frame before may still be lifted. `doubted`: what is followed may be no person."""
        assert self.tracker is not None, "frames need a tracker; without one, lift observations"
        arrived = self.gate.compares(frame.stamp_ns, frame.intrinsics)
        if arrived.step is Step.DROP:
            return _Seen(arrived, None)
        if doubted:
            self.tracker.look_again()
        was_cut = self.gate.is_cut(frame)
        if was_cut or arrived.step is Step.NEW_WINDOW:
            self.tracker.reset()
        began = perf_counter()
        observation = self.tracker.step(frame)
        if observation is not None:
            camera = locate(frame.stamp_ns) if locate else frame.camera
            observation = replace(observation, camera=camera, camera_id=frame.camera_id)
        return _Seen(arrived, observation, was_cut, {"pose2d": (perf_counter() - began) * 1e3})

    def _follow(self, seen: _Seen) -> Motion | None:
        """The motion of what a frame shows."""
        arrived = self.gate.takes(seen.arrived).step
        if arrived is Step.DROP:
            return None
        if arrived is Step.NEW_WINDOW:
            if self.recorded:
                self._part()
            else:
                self._parting.clear()
            self._forget()
            self._labels.reset()
        began = perf_counter()
        motion = self._lift(seen)
        self.timings = seen.timings | self._spent_since(began)
        return motion

    def _spent_since(self, began: float) -> dict[str, float]:
        spent = {"vtm": (perf_counter() - began - self._postprocessing_s) * 1e3}
        return {**spent, "postprocess": self._postprocessing_s * 1e3} if self.postprocessor else spent

    def _lift(self, seen: _Seen) -> Motion | None:
        self._postprocessing_s = 0.0
        stamp_ns = seen.arrived.stamp_ns
        detected = observation = seen.observation
        if detected is not None and self.put_right:
            observation = self._labels(detected)
        step = self.gate.sees(stamp_ns, observation, self._labels.revised, seen.was_cut).step
        if step in (Step.NEW_PERSON, Step.NEW_WINDOW):
            revised = self._labels.revised
            self._part()
            self._forget()
            self._people += step is Step.NEW_PERSON
            if detected is not None and self.put_right and not (step is Step.NEW_WINDOW and revised):
                self._labels.reset()
                observation = self._labels(detected)
        if observation is not None:
            motion = self.lifter.step(observation)
            self._followed = True
        else:
            motion = self.lifter.skip(stamp_ns) if self._followed else None
        motion = self._believed(motion)
        self.tracking = observation is not None and self.gate.somebody
        if motion is not None:
            self._parting.append((self._forgotten, motion))
        if not self._parting:
            return None
        self.person, motion = self._parting.popleft()
        return motion

    def _part(self) -> None:
        """Take out what is left inside the look-ahead, before the person is forgotten."""
        motions = map(self._believed, self.lifter.flush())
        self._parting.extend((self._forgotten, motion) for motion in motions if motion is not None)

    def _believed(self, motion: Motion | None) -> Motion | None:
        """`motion` refined; None where no person can have done it."""
        if motion is None:
            return None
        motion = replace(motion, person_id=self._people if self.number is None else self.number)
        motion = self.correct(motion) if self.correct else motion
        now = fit(motion)
        if now.furthest > BLUR or self._following.turned:
            motion = self._following(given := motion)
            now = now if motion is given else fit(motion)
        if self.gate.believes(motion, now).step is Step.DROP and not self.recorded:
            return None
        return self._refined(motion)

    def _refined(self, motion: Motion) -> Motion:
        motion = self._hands(motion) if self._hands else motion
        began = perf_counter()
        if self.postprocessor and (motion.camera or not self.needs_camera):
            motion = self.postprocessor(motion)
        self._postprocessing_s += perf_counter() - began
        return motion

    def _forget(self) -> None:
        """The person, not the stamps."""
        self._forgotten += 1
        self.lifter.reset()
        self._following.reset()
        if self._hands:
            self._hands.reset()
        if self.postprocessor:
            self.postprocessor.reset()
        self.gate.forget()
        self.tracking = self._followed = False
        if self.forgets:
            self.forgets()
