"""How far a build is: TensorRT counts the steps of phases that lie within the steps of other phases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PERCENT = 0.01


@dataclass
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


class Phases:
    """The share of a build that is done, from what TensorRT tells about its phases."""

    def __init__(self) -> None:
        self._phases: dict[str, _Phase] = {}
        self._share = 0.0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase begins within the phase `parent`, if any."""
        self._phases[name] = _Phase(parent, max(steps, 1))

    def step(self, name: str, step: int) -> None:
        """Step number `step`, counted from 0, is done."""
        if name in self._phases:
            self._phases[name].done = step + 1

    def finish(self, name: str) -> None:
        """A phase has ended."""
        self._phases.pop(name, None)

    def share(self) -> float:
        """0..1, never falling: a phase begins some steps anew, and its parent counts them when they are over."""
        self._share = max(self._share, min(self._within(None), 1.0))
        return self._share

    def _within(self, parent: str | None) -> float:
        inner = [(name, phase) for name, phase in self._phases.items() if phase.parent == parent]
        return max((min(p.done + self._within(name), p.steps) / p.steps for name, p in inner), default=0.0)


def monitor(trt: Any, report: Callable[[float], None]) -> Any:
    """An IProgressMonitor that tells `report` each percent that is done. Where that raises OSError, the build stops."""
    phases, told = Phases(), -1.0

    class Monitor(trt.IProgressMonitor):
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            phases.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            nonlocal told
            phases.step(phase_name, step)
            if phases.share() >= told + PERCENT:
                told = phases.share()
                try:
                    report(told)
                except OSError:
                    return False  # nobody is there to get the plan
            return True

        def phase_finish(self, phase_name: str) -> None:
            phases.finish(phase_name)

    return Monitor()
