"""What was measured, as a table on the terminal and as Markdown."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from vtm_tools.bench.stopwatch import STAGES
from vtm_tools.bench.window import WINDOW

SPREAD = ("p50_ms", "p95_ms", "p99_ms")


def show(console: Console, result: dict[str, Any]) -> None:
    """Print `result`, the document that `vtm bench` writes as JSON."""
    table = Table(title=_title(result), caption=f"{_where(result)}, {result['date']}")
    for number, column in enumerate(_HEAD):
        table.add_column(column, justify="right" if number else "left")
    *stages, whole = _rows(result)
    for row in stages:
        table.add_row(*row)
    table.add_section()
    table.add_row(*whole)
    console.print(table)
    facts = Table(show_header=False, box=None)
    for fact in _facts(result):
        facts.add_row(*fact)
    console.print(facts)


def markdown(result: dict[str, Any]) -> str:
    """The same as Markdown: two tables and a line that says what was measured, on what, and by which command."""
    *stages, whole = _rows(result)
    lines = [f"| {' | '.join(_HEAD)} |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {' | '.join(row)} |" for row in stages]
    lines += [f"| {' | '.join(f'**{cell}**' for cell in whole)} |", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {text} |" for name, text in _facts(result)]
    lines += ["", f"`{result['command']}`, {result['date']}: {_title(result)}. {_where(result)}.", ""]
    return "\n".join(lines)


_HEAD = ("milliseconds per frame", "p50", "p95", "p99")


def _rows(result: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    named = {STAGES[stage]: figures for stage, figures in result["stages"].items()}
    for name, figures in {**named, "one frame, video in, motion out": result["pipeline"]}.items():
        yield name, *(f"{figures[key]:.2f}" for key in SPREAD)


def _facts(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "frames per second of a file, video in, motion out", f"{result['pipeline']['fps']:.1f}"
    if waits := result.get("waits_ms"):
        look, other = waits["look"], waits["read_and_lift"]
        yield "of it, a frame's wait: 2D pose; reading and lifting beside it", f"{look:.1f} ms; {other:.1f} ms"
    yield "frames per second of a file that is adjusted as well", f"{result['pipeline']['recording_fps']:.1f}"
    yield "frames per second, one frame after the other", f"{result['pipeline']['one_by_one_fps']:.1f}"
    for baseline in result["baselines"]:
        lower, upper = baseline["ratio_quartiles"]
        yield f"{baseline['name']} {baseline['version']}, video in, 2D and 3D points out", f"{baseline['fps']:.1f}"
        ratio = f"{baseline['ratio']:.2f}, half of the rounds {lower:.2f} to {upper:.2f}"
        yield f"our frames per second over those of {baseline['name']}", ratio
    if result["streaming_vs_window"]:
        yield f"a window of {WINDOW} frames again, over one step", f"at least {result['streaming_vs_window']:.0f} ×"
    if result["start_to_first_pose_s"]:
        yield "start of the process to the first pose", f"{result['start_to_first_pose_s']:.1f} s"
    yield "memory, resident", f"{result['memory_mb']:.0f} MB, at most {result['memory_peak_mb']:.0f} MB"
    if soak := result["soak"]:
        change = f"{soak['start_mb']:.0f} to {soak['end_mb']:.0f} MB, {soak['growth_percent']:+.1f} %"
        yield f"memory over {soak['frames']} frames", change
    yield "frames with a person", f"{result['seen_percent']:.0f} %"
    if seen := result["hands_percent"]:
        yield "frames with the left, and with the right hand", _percents(seen)
        for baseline in result["baselines"]:
            if theirs := baseline["hands_percent"]:
                yield f"the same of {baseline['name']}", _percents(theirs)
    if result["max_people"] > 1:
        yield "people in a frame, on average", f"{result['people_a_frame']:.2f}"
        for baseline in result["baselines"]:
            yield f"the same of {baseline['name']}", f"{baseline['people_a_frame']:.2f}"
    yield "processes that wanted a core beforehand", f"{result['load_before']:.1f}"


def _percents(values: list[float]) -> str:
    return " and ".join(f"{value:.0f} %" for value in values)


def _title(result: dict[str, Any]) -> str:
    every = f", each in every {result['hands_every']} frames" if result["hands_every"] > 1 else ""
    hands = f", hands {result['hands']}{every}" if result["hands"] != "off" else ""
    several = f", up to {result['max_people']} people" if result["max_people"] > 1 else ""
    return (
        f"{result['clip']}, {result['size'][0]}x{result['size'][1]} pixels, {result['frames']} frames, "
        f"{result['rounds']} rounds, 2D network {result['pose_model']}{hands}{several}"
    )


def _where(result: dict[str, Any]) -> str:
    machine = result["machine"]
    gpu = f", {machine['gpu']}" if "gpu" in machine else ""
    return f"{machine['processor']}, {machine['cores']} cores{gpu}; {result['backend']}"
