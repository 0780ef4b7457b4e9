"""Camera frames in, the motions of several people out, one step at a time."""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

from vtm.types import CameraPose, Frame, Motion, Observation
from vtm_trt.engine.backends import Runner
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.postprocess.common_floor import CommonFloor
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.hand_lifter import hand_network
from vtm_trt.stream.lifter import motion_network
from vtm_trt.stream.nobody import nobody
from vtm_trt.stream.operator import Operator
from vtm_trt.stream.overlapped import overlapped
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.track_gate import Step, TrackGate


@dataclass(frozen=True)
class _Seen:
    """What a frame shows of those who are looked at; who is followed, None where the frame is left out."""

    observations: dict[int, Observation] = field(default_factory=dict)
    followed: frozenset[int] | None = None
    is_new_window: bool = False
    timings: dict[str, float] = field(default_factory=dict)


@dataclass
class PeopleStream:
    """A `MotionStream` for each person whom a tracker follows; networks, floor and the direction of gravity are shared.

    All roots are in the axes of the one camera, so that all are in one world.

    Attributes:
        tracker: What finds the people.
        lookahead: Frames of delay, 0..8.
        subject_height: Metres, of everybody; None if unknown.
        backend: What runs the networks.
        timeout_s: Seconds without frames after which everybody is forgotten.
        runner: A `motion_network`; one of its own is loaded where None.
        correct: Applied to every motion of the network before all else; `Motion.person_id` says whose it is.
        needs_camera: A motion whose camera's pose nobody knows is left as it is.
        postprocess: What is made of the network's motions, None for nothing.
        hands: Whether the fingers follow the hands that the tracker sees.
        everybodys_hands: Whether those of all people are looked at; else the operator's alone.
        operator: Chooses the one who matters most.
        bystanders_every: All but the operator are looked at in every so many frames only, to save time.
        streams: By number of who is followed.
        timings: Milliseconds that each stage of the last step took, of all people together.
        gate: Whether each frame continued the motions, and why not; of a single person the gate of its stream says it.
    """

    tracker: PeopleTracker
    lookahead: int = 0
    subject_height: float | None = None
    backend: str = "auto"
    timeout_s: float = 0.5
    runner: Runner | None = None
    correct: Callable[[Motion], Motion] | None = None
    needs_camera: bool = False
    postprocess: PostprocessConfig | None = None
    hands: bool = False
    everybodys_hands: bool = False
    operator: Operator = field(default_factory=Operator)
    bystanders_every: int = 1
    streams: dict[int, MotionStream] = field(default_factory=dict, init=False)
    timings: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.runner = self.runner or motion_network(self.backend)
        self._hand_runner = hand_network(self.backend) if self.hands else None
        self.floor = CommonFloor()
        self.gate = TrackGate(round(self.timeout_s * 1e9))
        self._frames = self._stamp_ns = 0
        self._lifted: frozenset[int] = frozenset()

    def reset(self) -> None:
        """Forget everybody; the floor stays."""
        self.gate.restart()
        self._forget()
        self._keep_only(())

    def forget_floor(self) -> None:
        """Learn the ground anew, as after the camera was moved."""
        self.floor.forget()
        for stream in self.streams.values():
            if stream.postprocessor:
                stream.postprocessor.reset()

    def look_ahead(self, lookahead: int) -> None:
        """Give motions `lookahead` frames late from the next frame on.

        Raises:
            VtmError: It is outside 0 to 8 frames.
        """
        self.lookahead = lookahead
        for stream in self.streams.values():
            stream.look_ahead(lookahead)

    def postprocess_by(self, config: PostprocessConfig) -> None:
        """Post-process otherwise from the next frame on.

        Raises:
            VtmError: `config` is not valid.
        """
        for stream in self.streams.values():
            stream.postprocess_by(config)
        self.postprocess = config

    def step(self, frame: Frame, locate: Callable[[int], CameraPose | None] | None = None) -> list[Motion]:
        """Take the next camera frame.

        Args:
            frame: The frame.
            locate: Asked for the camera's pose at the frame's stamp once somebody is seen, in place of the frame's own.

        Returns:
            The motions `lookahead` frames before this one, with the stamp of their frame; `Motion.person_id` is the
            person's number, which stays. In the order of the numbers; nothing of those who are not seen.
        """
        motions = self._follow(self._look(frame, locate))
        self._tell()
        return motions

    def steps(self, frames: Iterable[Frame]) -> Iterator[list[Motion]]:
        """What `step` gives for each of `frames`, which are all there already, as those of a recording.

        While a frame is looked at, a second thread lifts everybody of the one before and reads the next; who is no
        person, the tracker is told a frame later. Not so where only one thread may ask the network.
        """
        assert self.runner
        if self.runner.concurrent:
            yield from overlapped(frames, self._look, self._follow, self._tell)
        else:
            yield from map(self.step, frames)

    def _look(self, frame: Frame, locate: Callable[[int], CameraPose | None] | None = None) -> _Seen:
        """Who is in a frame; everybody of the frame before may still be lifted."""
        step = self.gate.arrives(frame.stamp_ns, frame.intrinsics).step
        if step is Step.DROP:
            return _Seen()
        if frame.stamp_ns < self._stamp_ns:
            self._forget()
        if step is Step.NEW_WINDOW or self.gate.is_cut(frame):
            self.tracker.lose(frame.stamp_ns)
        self._stamp_ns = frame.stamp_ns
        began = perf_counter()
        self.tracker.hands_of = None if self.everybodys_hands else (self.operator.number or 0,)
        people = self.tracker.step(frame, self._left_out())
        seen = {person.number: person.track.observation for person in people}
        shown = {person.number: person.region for person in self.tracker.people.values() if person.is_seen}
        self.operator(frame.stamp_ns, shown, frame.intrinsics.width)
        timings = {"pose2d": (perf_counter() - began) * 1e3}
        camera = (locate(frame.stamp_ns) if locate else frame.camera) if shown else None
        observations = {
            number: replace(one, camera=camera, camera_id=frame.camera_id) if one else nobody(frame)
            for number, one in seen.items()
        }
        return _Seen(observations, frozenset(self.tracker.people), step is Step.NEW_WINDOW, timings)

    def _follow(self, seen: _Seen) -> list[Motion]:
        """The motions of those whom a frame shows."""
        if seen.followed is None:
            self._lifted = frozenset()
            return []
        if seen.is_new_window:
            self._keep_only(())
        self._keep_only(seen.followed)
        self.timings, self._lifted = dict(seen.timings), frozenset(seen.observations)
        motions = [self._lift(number, observation) for number, observation in seen.observations.items()]
        return [motion for motion in motions if motion is not None]

    def _tell(self) -> None:
        """Let the tracker know who seems to be a person."""
        for number, stream in self.streams.items():
            if number in self._lifted and number in self.tracker.people:
                self.tracker.believe(number, stream.gate.somebody)

    def _forget(self) -> None:
        self.tracker.reset()
        self.operator.reset()

    def _left_out(self) -> list[int]:
        self._frames += 1
        bystanders = [number for number in self.tracker.people if number != self.operator.number]
        return [number for number in bystanders if (self._frames + number) % self.bystanders_every]

    def _lift(self, number: int, observation: Observation) -> Motion | None:
        if number not in self.streams:
            self.streams[number] = self._new_stream(number)
        stream = self.streams[number]
        motion = stream.lift(observation)
        for stage, spent in stream.timings.items():
            self.timings[stage] = self.timings.get(stage, 0.0) + spent
        return motion

    def _keep_only(self, numbers: Container[int]) -> None:
        for number in [number for number in self.streams if number not in numbers]:
            del self.streams[number]
            self.floor.leave(number)

    def _new_stream(self, number: int) -> MotionStream:
        return MotionStream(
            lookahead=self.lookahead,
            subject_height=self.subject_height,
            backend=self.backend,
            timeout_s=self.timeout_s,
            runner=self.runner,
            correct=self.correct,
            needs_camera=self.needs_camera,
            postprocess=self.postprocess,
            hands=self.hands,
            number=number,
            floor=self.floor,
            hand_runner=self._hand_runner,
        )
