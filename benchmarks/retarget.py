#!/usr/bin/env python3
"""How well robots follow people, how long a command takes, and whether anything makes one leave its limits.

    .venv/bin/python scripts/fetch_robots.py .venv/share/vtm/robots --all
    .venv/bin/python benchmarks/retarget.py --clips cmu_clips.npz

Every robot in the folder of robots is drafted from its URDF, as `vtm robot` does, and follows the held-out clips with
the groups of its draft, at 30 commands a second. Then it is asked what no person does (`vtm_robot.retarget.trial`).
Angles are those between where a bone of the robot points and where the person's does; times are of the processor, on
one core.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import NUM_JOINTS
from vtm.errors import VtmError
from vtm.mocap.clip_file import Clip, read_clips, read_index
from vtm_robot.profile.model import RobotModel, draft_robot
from vtm_robot.profile.posture import errors_deg
from vtm_robot.retarget.person import PersonPose, joints
from vtm_robot.retarget.recording import Recording, follow
from vtm_robot.retarget.trial import trial
from vtm_tools.bench.machine import machine, today, versions

RESULT = Path(__file__).parent / "results/retarget.json"
ROBOTS = Path(sys.prefix) / "share/vtm/robots"
RATE = 30.0
ARMS = [f"{side}_{bone}" for side in ("left", "right") for bone in ("upper_arm", "forearm")]


def poses(clip: Clip) -> list[PersonPose]:
    """The clip at RATE poses a second."""
    frames = np.round(np.arange(0, len(clip.quat) / clip.fps, 1 / RATE) * clip.fps).astype(int)
    frames = frames[frames < len(clip.quat)]
    local = matrix_from_quat(clip.quat[frames].astype(np.float64))
    offsets, roots = clip.offsets.astype(np.float64), clip.root[frames].astype(np.float64)
    sure = np.ones(NUM_JOINTS)
    return [PersonPose(*joints(turns, offsets, root), sure) for turns, root in zip(local, roots, strict=True)]


def followed(robot: RobotModel, people: list[list[PersonPose]]) -> dict[str, Any]:
    """What became of all clips together."""
    parts = [follow(robot, np.arange(len(clip)) / RATE, clip, first=clip[0]) for clip in people]
    names = parts[0].segments
    errors = np.concatenate([part.direction_deg for part in parts])
    free = np.concatenate([_free(robot, part) for part in parts])
    arms = [names.index(arm) for arm in ARMS if arm in names]
    milliseconds = np.concatenate([part.step_ms for part in parts])
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {
        "frames": len(errors),
        "direction_deg": {name: round(float(np.nanmean(errors[:, n])), 2) for n, name in enumerate(names)},
        "arms_deg": round(float(np.nanmean(errors[:, arms])), 2),
        "arms_median_deg": round(float(np.nanmedian(errors[:, arms])), 2),
        "arms_where_limits_allow_deg": round(float(errors[:, arms][free[:, arms]].mean()), 2),
        "limits_allow_share": round(float(free[:, arms].mean()), 3),
        "self_collisions": int(sum((part.clearance < 0).sum() for part in parts)),
        "least_clearance_m": round(float(min(part.clearance.min() for part in parts)), 4),
        "refused": int(sum(part.refused.sum() for part in parts)),
        "ms": {"p50": round(float(p50), 2), "p99": round(float(p99), 2)},
    }


def _free(robot: RobotModel, part: Recording) -> np.ndarray:
    """(T, S) whether no joint of a segment's limb is at the end of its range."""
    moves = robot.tree.couple != 0
    free = np.ones((len(part.stamps), len(part.segments)), bool)
    for number, name in enumerate(part.segments):
        for limb in robot.limbs:
            if name.startswith(limb.side) and name.endswith(("arm", "hand")) == (limb.kind == "arm"):
                own = moves[[body - 1 for body in limb.bodies]].any(0)
                free[:, number] = ~part.limited[:, own].any(1)
    return free


def row(name: str, path: Path, people: list[list[PersonPose]], hostile: int) -> dict[str, Any]:
    """Everything about one robot."""
    robot, notes = draft_robot(path)
    tree = robot.tree
    off = {f"{limb.side} {limb.kind}": max(errors_deg(tree, limb, robot.t_pose, robot.yaw)) for limb in robot.limbs}
    result: dict[str, Any] = {
        "freedoms": len(tree.names),
        "follow": int(robot.follows.sum()),
        "groups": list(robot.profile.groups),
        "guessed": notes,
        "t_pose_off_deg": {limb: round(angle, 1) for limb, angle in off.items()},
        **followed(robot, people),
    }
    tried = trial(robot, hostile)
    result["hostile"] = {
        "commands": tried.count, "kept": tried.kept, "beyond_rad": max(0.0, tried.position_rad),
        "speed": round(tried.speed, 9), "acceleration": round(tried.acceleration, 9),
        "least_clearance_m": round(tried.clearance_m, 4), "refused": round(tried.refused, 4),
    }  # fmt: skip
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="clip file beside its index.csv")
    parser.add_argument("--robots", type=Path, default=ROBOTS, help="folder of URDFs (%(default)s)")
    parser.add_argument("--only", nargs="*", help="names of the robots to try; the others keep their results")
    parser.add_argument("--hostile", type=int, default=100_000, help="hostile poses for each robot (%(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON file to write (%(default)s)")
    options = parser.parse_args()
    paths = {path.stem: path for path in sorted(options.robots.glob("*.urdf"))}
    if options.only:
        paths = {name: path for name, path in paths.items() if name in options.only}
    if not paths:
        raise VtmError(f"no robot in {options.robots}; scripts/fetch_robots.py fetches some")
    names = [line["clip"] for line in read_index(options.clips) if line["split"] == "val"]
    people = [poses(clip) for clip in read_clips(options.clips, names)]
    people = [clip for clip in people if len(clip) > 1]
    head = {"date": today(), "machine": machine(1), "versions": versions("numpy", "scipy", "daqp")}
    head |= {"clips": len(people), "rate": RATE}
    rows = json.loads(options.out.read_text())["robots"] if options.only and options.out.is_file() else {}
    for name, path in track(paths.items(), "following", console=Console(stderr=True)):
        rows[name] = row(name, path, people, options.hostile)
        keep({**head, "robots": rows}, options.out)
    table = Table("robot", "arms", "where limits allow", "ms p50", "p99", "collisions", "hostile kept")
    for name, found in rows.items():
        table.add_row(
            name, f"{found['arms_deg']:.1f}°", f"{found['arms_where_limits_allow_deg']:.1f}°",
            f"{found['ms']['p50']:.2f}", f"{found['ms']['p99']:.2f}", str(found["self_collisions"]),
            f"{found['hostile']['kept']} of {found['hostile']['commands']}",
        )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    start(main)
