"""What a training run shows while it runs: a bar, or lines where nobody watches, and a picture of its curves."""

import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vtm.files.atomic_file import atomic_file

CURVES = (
    ("mpjpe_mm", "MPJPE, mm"),
    ("pa_mpjpe_mm", "PA-MPJPE, mm"),
    ("mpjae_deg", "MPJAE, degrees"),
    ("depth_percent", "depth error, %"),
    ("jitter_m_s3", "jitter, m/s³"),
)


class Live:
    """Shows a training run; called as `report(step, numbers)`.

    Args:
        total: Steps of the run.
        prior_steps: How many of them are stage 1.
        console: Where to; standard error where None.
    """

    def __init__(self, total: int, prior_steps: int, console: Console | None = None):
        self._prior_steps = prior_steps
        self._numbers: dict[str, float] = {}
        text = TextColumn("{task.description}")
        columns = (text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console or Console(stderr=True))
        self._task = self._progress.add_task("starting", total=total)

    def __enter__(self) -> "Live":
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, *_) -> None:
        self._progress.stop()

    def __call__(self, step: int, numbers: dict[str, float]) -> None:
        """Show the numbers of a step."""
        self._numbers.update(numbers)
        stage = "prior" if step < self._prior_steps else "video"
        text = f"{stage}  loss {self._numbers.get('loss', float('nan')):.2f}"
        if "val_mpjpe_mm" in self._numbers:
            text += f"  held-out MPJPE {self._numbers['val_mpjpe_mm']:.1f} mm"
        self._progress.update(self._task, completed=step + 1, description=text)
        if not self._progress.console.is_terminal and "val_mpjpe_mm" in numbers:
            task = self._progress.tasks[self._task]
            left = f"{task.time_remaining / 60:.0f} min left" if task.time_remaining is not None else ""
            self._progress.console.print(f"step {step + 1} of {task.total:.0f}  {text}  {left}", soft_wrap=True)


def draw_curves(log: Path, picture: Path) -> None:
    """Plot the loss and the held-out accuracy of a run's log.jsonl over its steps into `picture`."""
    from matplotlib.figure import Figure

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    losses = [line for line in lines if "loss" in line]
    judged = [line for line in lines if "lookahead_0" in line]
    figure = Figure(figsize=(12, 6), layout="constrained")
    axes = figure.subplots(2, 3).flat
    axes[0].plot([line["step"] for line in losses], [line["loss"] for line in losses], linewidth=0.8)
    axes[0].set_title("loss")
    for axis, (key, label) in zip(axes[1:], CURVES, strict=True):
        for name in ("lookahead_0", "lookahead_8"):
            axis.plot([line["step"] for line in judged], [line[name][key] for line in judged], label=name)
        axis.set_title(f"held-out {label}")
        axis.legend(fontsize="small")
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.set_xlabel("step")
    with atomic_file(picture) as draft:
        figure.savefig(draft, dpi=90, format="png")
