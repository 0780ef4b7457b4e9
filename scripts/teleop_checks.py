"""How well the simulated robot followed, out of what was heard: pure numbers."""

from bisect import bisect_right
from typing import Any

import numpy as np
from teleop_listener import Watched

from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.targets import Targets

BEYOND_RAD = 5e-3
"""MuJoCo's stops at the ends of ranges are springs, which give way by less."""


def newest(times: list[float], time: float) -> int:
    """Index of the last of ascending `times` that is not after `time`, -1 for none."""
    return bisect_right(times, time) - 1


def numbers(robot: RobotModel, watched: Watched) -> dict[str, Any]:
    """What `teleop_demo.py` says; angles compare where the simulated robot's bones point with the pose known then."""
    targets, tree = Targets(robot), robot.tree
    stated, came = [time for time, *_ in watched.states], [seen.came for seen in watched.people]
    arms = np.array([segment.endswith(("upper_arm", "forearm")) for segment in targets.segments])
    errors, told_errors, followed = [], [], 0
    told_times = [time for time, _ in watched.commanded]
    for time, q in watched.measured:
        state, person, told = newest(stated, time), newest(came, time), newest(told_times, time)
        if min(state, person, told) < 0 or watched.states[state][1] != "FOLLOW":
            continue
        followed += 1
        goal = targets.goal(watched.people[person].pose).turns
        for found, posture in ((errors, q), (told_errors, watched.commanded[told][1])):
            found.append(np.linalg.norm(targets.errors(targets.turns(tree.pose(posture)), goal)[arms, 1:], axis=-1))
    measured = np.stack([q for _, q in watched.measured])
    driven = [time for time, state, _ in watched.states if state == "BLEND"][:1] or [np.inf]
    commanded = np.stack([q for time, q in watched.commanded if time >= driven[0]] or [robot.rest])
    beyond, past = (np.maximum(tree.lower - q, q - tree.upper)[:, robot.follows].max(1) for q in (measured, commanded))
    clearance = np.array([robot.pairs.nearest(tree.pose(q)).distance.min() for q in measured[::2]])
    late = [1e3 * seen.late for seen in watched.people] or [np.nan]
    degrees, told_degrees = (np.degrees(np.reshape(found, (-1, arms.sum()))) for found in (errors, told_errors))
    names = [segment for segment, arm in zip(targets.segments, arms, strict=True) if arm]
    return {
        "robot": tree.name,
        "followed_s": round(followed * (watched.measured[-1][0] - watched.measured[0][0]) / len(watched.measured), 2),
        "arms_off_deg": {name: _spread(degrees[:, index]) for index, name in enumerate(names)} if followed else None,
        "arms_off_deg_mean": round(float(degrees.mean()), 2) if followed else None,
        "command_off_deg_mean": round(float(told_degrees.mean()), 2) if followed else None,
        "joints_beyond_their_range": int((beyond > BEYOND_RAD).sum()),
        "most_beyond_rad": round(float(beyond.max()), 4),
        "commands_beyond_limits": int((past > 1e-6).sum()),
        "self_collisions": int((clearance < 0).sum()),
        "least_clearance_m": round(float(clearance.min()), 4),
        "most_torque": round(max(watched.torques), 1),
        "interruptions": [
            f"after {time - driven[0]:.1f} s: {reason}"
            for (_, before, _), (time, state, reason) in zip(watched.states, watched.states[1:], strict=False)
            if state in ("HOLD", "STOP") and before not in ("HOLD", "STOP")
        ],
        "pose_latency_ms": dict(zip(("p50", "p95"), np.percentile(late, (50, 95)).round(1).tolist(), strict=True)),
        "latency_ms": {share: float(watched.diagnostics[f"latency {share} [ms]"]) for share in ("p50", "p95")},
        "command_ms": {share: float(watched.diagnostics[f"command {share} [ms]"]) for share in ("p50", "p99")},
    }  # fmt: skip


def _spread(values: np.ndarray) -> dict[str, float]:
    return {"mean": round(float(values.mean()), 2), "p95": round(float(np.percentile(values, 95)), 2)}
