"""The stream that the node's parameters ask for: of one person, or of several of whom one is the operator."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vtm.errors import VtmError
from vtm.types import CameraPose, Frame, Motion, Observation
from vtm_ros.capture.calibration import BodyCalibration
from vtm_ros.parameters import CaptureParameters
from vtm_trt.engine.backends import Runner
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.operator import Operator
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream

BUSY, IDLE = 1.0, 0.6
"""Shares of the time between images that a step takes. Above the first, bystanders are looked at in every second image
only, below the second in every one again."""
FOLLOWS = 0.1
"""Weight of the last step in the mean of its share."""


class CaptureStream:
    """Images in, motions out.

    Args:
        parameters: Of the node.
        body: Tells the operator's bones.

    Attributes:
        whole: What does it.

    Raises:
        VtmError: The networks cannot be loaded.
    """

    def __init__(self, parameters: CaptureParameters, body: BodyCalibration):
        self._applied, self._body = parameters, body
        looks = (
            parameters.looks.pose_model, parameters.backend, parameters.threads, parameters.hands,
            parameters.hands_every, parameters.looks.twice,
        )  # fmt: skip
        most = parameters.max_people
        self._tracker: PoseTracker | PeopleTracker | None = None
        if parameters.keypoints == "network":
            self._tracker = PoseTracker(*looks) if most == 1 else PeopleTracker(most, *looks)
        elif most > 1 or parameters.hands != "off":
            raise VtmError("keypoints of a topic are one person's, without hands; set max_people:=1 and hands:=off")
        self.whole = self._new(None)
        self._main = MotionStream(runner=self.whole.runner, postprocess=parameters.postprocess)
        self._share, self._stamp_ns = 0.0, 0

    @property
    def people(self) -> PeopleStream | None:
        """The stream of several people, None where one alone is followed."""
        return self.whole if isinstance(self.whole, PeopleStream) else None

    @property
    def main(self) -> MotionStream:
        """The operator's; while there is none, the last one's, at first one that nobody has come to."""
        if isinstance(self.whole, MotionStream):
            return self.whole
        stream = self.whole.streams.get(self.whole.operator.number or 0, self._main)
        if stream is not self._main:
            stream.gate.count_on(self._main.gate)
            self._main = stream
        return stream

    @property
    def tracking(self) -> bool:
        """Whether the operator is tracked."""
        return self.main.tracking and (self.people is None or self.people.operator.number in self.people.streams)

    def step(self, frame: Frame | Observation, locate: Callable[[int], CameraPose | None]) -> list[Motion]:
        """Take the next image, or the next keypoints of a topic; see `PeopleStream.step`."""
        if isinstance(self.whole, MotionStream):
            if isinstance(frame, Frame):
                motion = self.whole.step(frame, locate)
            else:
                seen = frame.confidence.any()
                motion = self.whole.lift(replace(frame, camera=locate(frame.stamp_ns)) if seen else frame)
            return [] if motion is None else [motion]
        assert isinstance(frame, Frame), "several people are seen in images only"
        motions = self.whole.step(frame, locate)
        self._spare(self.whole, frame.stamp_ns)
        return motions

    def of_operator(self, motions: Sequence[Motion]) -> Motion | None:
        """The operator's of the motions of a step."""
        if self.people is None:
            return motions[0] if motions else None
        return next((motion for motion in motions if motion.person_id == self.people.operator.number), None)

    def next_person(self) -> str:
        """Make the next of those who are seen the operator; from any thread.

        Raises:
            VtmError: There is nobody else.
        """
        if self.people is None:
            raise VtmError("one person alone is followed; start the node with a larger max_people")
        before, now = self.people.operator.number, self.people.operator.next()
        if now is None or now == before:
            raise VtmError("nobody else is seen")
        return f"person {now} is the operator"

    def apply(self, parameters: CaptureParameters) -> None:
        """Follow changed parameters: another height changes every length, so that floor and motion begin anew."""
        before, whole = self._applied, self.whole
        self._applied = parameters
        if parameters.lookahead != before.lookahead:
            whole.look_ahead(parameters.lookahead)
        if parameters.postprocess != before.postprocess:
            whole.postprocess_by(parameters.postprocess)
        if self.people and parameters.operator != before.operator:
            self.people.operator.choose(parameters.operator)
        if parameters.subject_height != before.subject_height:
            self.whole = self._new(whole.runner)
            self.whole.gate.count_on(whole.gate)

    def describe(self) -> str:
        """One line: what runs the 2D pose network and the motion network."""
        seen = f"2D pose on {self._tracker.describe()}" if self._tracker else "2D pose from the topic keypoints"
        return f"{seen}; motion on {self.main.description}"

    def describe_people(self) -> str:
        """Who is followed, and who is the operator; empty where one alone is followed."""
        if self.people is None:
            return ""
        marks = {self.people.operator.number: " (operator)"}
        return ", ".join(f"{number}{marks.get(number, '')}" for number in self.people.streams)

    def _new(self, runner: Runner | None) -> MotionStream | PeopleStream:
        parameters, body = self._applied, self._body
        shared: dict[str, Any] = {
            "lookahead": parameters.lookahead,
            "subject_height": parameters.subject_height or None,
            "backend": parameters.backend,
            "timeout_s": parameters.timeout,
            "runner": runner,
            "needs_camera": bool(parameters.world_frame),
            "postprocess": parameters.postprocess,
            "hands": parameters.hands != "off",
        }
        if not isinstance(self._tracker, PeopleTracker):
            return MotionStream(self._tracker, correct=body.take, forgets=body.forget, **shared)
        operator = Operator(parameters.operator, parameters.operator_timeout)

        def correct(motion: Motion) -> Motion:
            return body.take(motion) if motion.person_id == operator.number else motion

        everybodys = parameters.hands_of == "all"
        return PeopleStream(self._tracker, operator=operator, correct=correct, everybodys_hands=everybodys, **shared)

    def _spare(self, people: PeopleStream, stamp_ns: int) -> None:
        """Look at bystanders half as often while a step takes longer than the time between images."""
        between_ms, self._stamp_ns = (stamp_ns - self._stamp_ns) * 1e-6, stamp_ns
        if between_ms <= 0:
            return
        self._share += FOLLOWS * (min(sum(people.timings.values()) / between_ms, 2.0) - self._share)
        if self._share > BUSY:
            people.bystanders_every = 2
        elif self._share < IDLE:
            people.bystanders_every = 1
