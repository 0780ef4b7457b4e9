"""All stages in their order: floor, trajectory, smoothing, feet, prediction."""

from dataclasses import dataclass
from typing import Protocol

from vtm.errors import VtmError
from vtm.types import Motion
from vtm_trt.postprocess.feet import Feet
from vtm_trt.postprocess.floor import Floor
from vtm_trt.postprocess.forecast import Prediction
from vtm_trt.postprocess.smoothing import PRESETS, Smoothing
from vtm_trt.postprocess.trajectory import Trajectory


class Stage(Protocol):
    """One step of the refinement."""

    def __call__(self, motion: Motion) -> Motion:
        """The motion, made better."""

    def reset(self) -> None:
        """Forget the person."""


@dataclass(frozen=True)
class PostprocessConfig:
    """Which stages run.

    Attributes:
        trajectory: Whether the path agrees with feet that stand.
        smoothing: "off" or one of PRESETS.
        feet: Whether feet are held where they stand.
        prediction_s: Seconds ahead, 0 for none.
    """

    trajectory: bool = True
    smoothing: str = "teleop"
    feet: bool = True
    prediction_s: float = 0.0


class Postprocessor:
    """The chosen stages. Knows the world: camera and floor are told in what it returns.

    When the camera's pose comes from another `source`, "contacts" where the feet tell it, all starts anew: the world is
    another one.

    Args:
        config: Which stages run.
        before: The one whose place this one takes; what it knows of the floor is kept.
        floor: Shared with others; one of its own where neither is given.

    Raises:
        VtmError: The smoothing is unknown.
    """

    def __init__(self, config: PostprocessConfig, before: "Postprocessor | None" = None, floor: Floor | None = None):
        if config.smoothing not in ("off", *PRESETS):
            raise VtmError(f"unknown smoothing '{config.smoothing}'; choose one of: off, {', '.join(PRESETS)}")
        self.floor: Floor = before.floor if before else floor or Floor()
        self.source: str = before.source if before else ""
        self._smoothing = None if config.smoothing == "off" else Smoothing(PRESETS[config.smoothing])
        stages: list[Stage | None] = [
            self.floor,
            Trajectory() if config.trajectory else None,
            self._smoothing,
            Feet() if config.feet else None,
            Prediction() if config.prediction_s else None,
        ]
        self._stages = [stage for stage in stages if stage]

    @property
    def lag_s(self) -> float:
        """By how much the last motion is late because it is smooth."""
        return self._smoothing.lag_s if self._smoothing else 0.0

    def __call__(self, motion: Motion) -> Motion:
        """The motion after all stages."""
        source = motion.camera.source if motion.camera else "contacts"
        if source != self.source:
            self.source = source
            self.floor.told_by(source)
            self.reset()
        for stage in self._stages:
            motion = stage(motion)
        return motion

    def forget_floor(self) -> None:
        """Learn the ground anew, as after the camera was moved."""
        self.floor.forget()
        self.reset()

    def reset(self) -> None:
        """Forget the person; the floor stays."""
        for stage in self._stages:
            stage.reset()
