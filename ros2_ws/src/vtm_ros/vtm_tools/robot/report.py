"""How well a robot followed, in numbers and as a table."""

from typing import Any

import numpy as np
from rich.table import Table

from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.recording import Recording


def numbers(robot: RobotModel, recording: Recording) -> dict[str, Any]:
    """What `vtm retarget --json` writes."""
    followed = np.flatnonzero(recording.followed)
    ends, hurry = (hits[:, followed].mean(0) for hits in (recording.limited, recording.hurried))
    names = np.array(recording.joint_names)[followed].tolist()
    errors = {
        segment: {"mean": _round(np.nanmean(column)), "p95": _round(np.nanpercentile(column, 95))}
        for segment, column in zip(recording.segments, recording.direction_deg.T, strict=True)
        if np.isfinite(column).any()
    }
    quick, slow = np.percentile(recording.step_ms, [50, 99])
    return {
        "robot": robot.tree.name,
        "frames": len(recording.stamps),
        "rate": _round(recording.rate),
        "valid": _round(recording.valid.mean(), 4),
        "direction_error_deg": errors,
        "at_end_of_range": {name: _round(share, 4) for name, share in zip(names, ends, strict=True) if share > 0},
        "as_fast_as_allowed": {name: _round(share, 4) for name, share in zip(names, hurry, strict=True) if share > 0},
        "self_collisions": int((recording.clearance < 0).sum()),
        "least_clearance_m": _round(recording.clearance.min(), 4) if np.isfinite(recording.clearance).all() else None,
        "steps_refused": int(recording.refused.sum()),
        "ms_a_frame": {"p50": _round(quick), "p99": _round(slow)},
    }  # fmt: skip


def table(found: dict[str, Any]) -> Table:
    """The errors of `numbers` for people."""
    rows = Table("segment", "off by, mean", "95 %", title=f"{found['robot']}: where its segments point")
    for segment, error in found["direction_error_deg"].items():
        rows.add_row(segment.replace("_", " "), f"{error['mean']:.1f}°", f"{error['p95']:.1f}°")
    return rows


def sentences(found: dict[str, Any]) -> list[str]:
    """What else is worth knowing."""
    share, count = 100 * found["valid"], found["frames"]
    said = [f"followed in {share:.1f} % of {count} frames at {found['rate']:g}/s, held in the others"]
    for key, words in (("at_end_of_range", "at the end of its range"), ("as_fast_as_allowed", "as quick as it may be")):
        worst = sorted(found[key].items(), key=lambda item: -item[1])[:3]
        if worst and worst[0][1] >= 0.01:
            said.append(f"{words}: " + ", ".join(f"{joint} in {100 * part:.0f} %" for joint, part in worst))
    said.append(
        f"{found['self_collisions']} self-collisions, {found['steps_refused']} steps braked for what was near; "
        f"{found['ms_a_frame']['p50']:.2f} ms a frame, 99 % within {found['ms_a_frame']['p99']:.2f} ms"
    )
    return said


def _round(value: Any, digits: int = 3) -> float:
    return round(float(value), digits)
