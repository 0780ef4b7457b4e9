"""Camera frames in, the motions of several people out, one step at a time."""

from collections.abc import Callable, Container
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
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.track_gate import Step, TrackGate


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

    def reset(self) -> None:
        """Forget everybody; the floor stays."""
        self.gate.restart()
        self._forget()

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
        step = self.gate.arrives(frame.stamp_ns, frame.intrinsics).step
        if step is Step.DROP:
            return []
        if frame.stamp_ns < self._stamp_ns:
            self._forget()
        elif step is Step.NEW_WINDOW:
            self._keep_only(())
        if step is Step.NEW_WINDOW or self.gate.is_cut(frame):
            self.tracker.lose(frame.stamp_ns)
        self._stamp_ns = frame.stamp_ns
        began = perf_counter()
        self.tracker.hands_of = None if self.everybodys_hands else (self.operator.number or 0,)
        people = self.tracker.step(frame, self._left_out())
        seen = {person.number: person.track.observation for person in people}
        shown = {person.number: person.region for person in self.tracker.people.values() if person.is_seen}
        self.operator(frame.stamp_ns, shown, frame.intrinsics.width)
        self._keep_only(self.tracker.people)
        self.timings = {"pose2d": (perf_counter() - began) * 1e3}
        camera = (locate(frame.stamp_ns) if locate else frame.camera) if shown else None
        motions = []
        for number, observation in seen.items():
            if observation is not None:
                observation = replace(observation, camera=camera, camera_id=frame.camera_id)
            motion = self._lift(number, observation or nobody(frame))
            if motion is not None:
                motions.append(motion)
        return motions

    def _forget(self) -> None:
        self.tracker.reset()
        self.operator.reset()
        self._keep_only(())

    def _left_out(self) -> list[int]:
        self._frames += 1
        bystanders = [number for number in self.tracker.people if number != self.operator.number]
        return [number for number in bystanders if (self._frames + number) % self.bystanders_every]

    def _lift(self, number: int, observation: Observation) -> Motion | None:
        if number not in self.streams:
            self.streams[number] = self._new_stream(number)
        stream = self.streams[number]
        motion = stream.lift(observation)
        self.tracker.believe(number, stream.gate.somebody)
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
