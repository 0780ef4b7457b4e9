#!/usr/bin/env python3
"""How well robots' hands follow people's, and how long a command takes.

    .venv/bin/python scripts/fetch_robots.py .venv/share/vtm/robots --all
    .venv/bin/python benchmarks/robot_hands.py --picture hands.png

Every hand in the folder `hands` of the robots, drafted from its URDF alone, and the hands of the robots that are named
here, follow grips, points, spreads and pinches, one flowing into the next, as those that the lifter of hands learned
from; or with --motion the hands of a motion file. Angles are those between where a finger of the robot points, from its
first joint to its tip, and where the person's does, and between their last bones: of the hand as it is, then with the
speeds of its URDF and the acceleration of a profile kept, at 30 commands a second. Where tips of the person touch, it
tells how far those of thumb and index are apart. Times are of the processor, on one core, for one hand.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from time import thread_time
from typing import Any

import cv2
import numpy as np
from program import keep, start
from retarget import ROBOTS
from rich.console import Console
from rich.table import Table

from vtm.body.hand import ANGLE_NAMES, SIDES, finger_rotations, hand_points
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm.types import HandPoses
from vtm_robot.fingers.alone import hand_alone
from vtm_robot.fingers.follower import HandFollower
from vtm_robot.fingers.hands import Hands
from vtm_robot.model.urdf import read_urdf
from vtm_robot.profile.model import RobotModel, draft_robot
from vtm_tools.bench.machine import machine, today, versions

sys.path.append(str(Path(__file__).resolve().parent.parent / "scripts/hands"))
from motion import flow, random_pose  # noqa: E402

RESULT = Path(__file__).parent / "results/robot_hands.json"
WHOLE = ("g1_hands", "gr1t1_inspire")
RATE, SECONDS = 30.0, 60.0
TOUCH_M = 0.015
"""Tips of the person that are nearer than this touch."""
KEYS = ("off_deg", "off_within_limits_deg")
SIGNS = ("flat", "point", "fist", "pinch", "thumb")
CELL, CELL_M = 190, 0.26
COLOURS = {
    "thumb": (60, 60, 220), "index": (40, 150, 240), "middle": (60, 160, 60), "ring": (200, 130, 40),
    "pinky": (180, 60, 160),
}  # fmt: skip


def models(folder: Path) -> Iterator[tuple[str, RobotModel, str]]:
    """Name, robot and side of every hand there is."""
    for path in sorted(folder.glob("hands/*.urdf")):
        side = path.stem.rsplit("_", 1)[-1]
        if side in SIDES:
            yield path.stem, hand_alone(read_urdf(path), side), side
    for name in WHOLE:
        if (folder / f"{name}.urdf").is_file():
            robot = draft_robot(folder / f"{name}.urdf")[0]
            for side in SIDES:
                yield f"{name}_{side}", robot, side


def row(robot: RobotModel, side: str, poses: np.ndarray) -> dict[str, Any]:
    """What became of `poses` (T, 21) rad."""
    hands, number = Hands(robot, RATE), SIDES.index(side)
    if side not in hands.sides:
        return {}
    follower = HandFollower(robot.tree, robot.profile.links[f"{side}_hand"], side)
    sure, still = np.eye(2)[number], np.zeros(len(robot.rest))
    hands.settle(np.stack([poses[:1]] * 2, 1), sure[None] > 0)
    free = follower.follow(poses[0], robot.rest, 12)
    told, unlimited, times, touches = [], [], [], []
    for angles in poses:
        both = HandPoses(np.stack([angles, angles]), sure)
        began = thread_time()
        hands.step(both)
        times.append(1e3 * (thread_time() - began))
        q, _ = hands.into(robot.rest, still)
        free = follower.follow(angles, free, 2)
        told.append(follower.errors(angles, q))
        unlimited.append(follower.errors(angles, free))
        points = hand_points(finger_rotations(angles, side), side)
        if np.linalg.norm(points[4] - points[8]) < TOUCH_M:
            thumb, index = follower.lines(free)[:2]
            touches.append(1e3 * float(np.linalg.norm(thumb[-1] - index[-1])))
    p50, p99 = np.percentile(times, [50, 99])
    return {
        "freedoms": len(follower.columns),
        "mimic": sum(joint.follows is not None for joint in follower.joints),
        "speed_rad_s": round(float(np.median(robot.tree.speed[follower.columns])), 2),
        "off_deg": _by_finger(follower, unlimited),
        "off_within_limits_deg": _by_finger(follower, told),
        "touches": {"frames": len(touches), "tips_apart_mm": round(float(np.median(touches)), 1) if touches else None},
        "ms": {"p50": round(float(p50), 2), "p99": round(float(p99), 2)},
    }


def _by_finger(follower: HandFollower, errors: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, list[float]]:
    """Of each finger the mean angle from base to tip, and of its last bone."""
    degrees = np.degrees(np.mean(errors, 0))
    return {f.name: [round(float(angle), 1) for angle in degrees[:, n]] for n, f in enumerate(follower.fingers)}


def sign(name: str) -> np.ndarray:
    """A pose (21,) rad to look at."""
    degrees = dict.fromkeys(ANGLE_NAMES, 0.0)
    for finger in ("index", "middle", "ring", "pinky"):
        if name == "fist" or (name in ("point", "thumb") and (finger != "index" or name == "thumb")):
            degrees |= {f"{finger}_mcp_fe": 75, f"{finger}_pip": 95, f"{finger}_dip": 60}
    if name in ("fist", "point"):
        degrees |= {"thumb_cmc_fe": 20, "thumb_cmc_aa": 45, "thumb_mcp_fe": 35, "thumb_ip": 40}
    if name == "pinch":
        degrees |= {"index_mcp_fe": 55, "index_pip": 50, "index_dip": 33}
        degrees |= {"thumb_cmc_fe": 10, "thumb_cmc_aa": 50, "thumb_mcp_fe": 20, "thumb_ip": 30}
    return np.radians(list(degrees.values()))


def sheet(path: Path, folder: Path) -> None:
    """Draw the person's hand and every robot's in SIGNS: on the back of the hand, and from the thumb's side."""
    rows = []
    for side in SIDES:
        rows.append(np.hstack([_cell(_person(sign(name), side), side, f"person {side}: {name}") for name in SIGNS]))
        for title, robot, own in models(folder):
            follower = HandFollower(robot.tree, robot.profile.links[f"{side}_hand"], side) if own == side else None
            if follower is None or not follower.fingers:
                continue
            cells = []
            for name in SIGNS:
                lines = follower.lines(follower.follow(sign(name), robot.rest, 30))
                back = {f.name: line @ follower.axes for f, line in zip(follower.fingers, lines, strict=True)}
                cells.append(_cell(back, side, f"{title}: {name}"))
            rows.append(np.hstack(cells))
    cv2.imwrite(str(path), np.vstack(rows))


def _person(angles: np.ndarray, side: str) -> dict[str, np.ndarray]:
    points = hand_points(finger_rotations(angles, side), side)
    return {name: points[1 + 4 * n : 5 + 4 * n] for n, name in enumerate(COLOURS)}


def _cell(fingers: dict[str, np.ndarray], side: str, title: str) -> np.ndarray:
    """Two views beside each other of `fingers`, lines (J, 3) m in the person's hand axes."""
    up = 1.0 if side == "left" else -1.0
    picture = np.full((CELL, 2 * CELL, 3), 255, np.uint8)
    bases = np.stack([line[0] for line in fingers.values()])
    middle = bases.mean(0) + [0.0, up * 0.04, 0.0]
    for view, across in enumerate((np.array([up, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))):
        for name, line in sorted(
            fingers.items(), key=lambda item: item[1][-1] @ ([0, 0, 1] if view == 0 else [1, 0, 0])
        ):
            whole = np.vstack([middle - [0.0, up * 0.1, 0.0], line]) - middle
            at = np.stack([whole @ across, -up * whole[:, 1]], -1) * CELL / CELL_M + [CELL * (0.5 + view), CELL * 0.55]
            drawn = [np.round(at).astype(np.int32)]
            cv2.polylines(picture, drawn, False, (255, 255, 255), 9, cv2.LINE_AA)
            cv2.polylines(picture, drawn, False, COLOURS[name], 5, cv2.LINE_AA)
    cv2.putText(picture, title, (6, 14), 0, 0.42, (60, 60, 60), 1, cv2.LINE_AA)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robots", type=Path, default=ROBOTS, help="folder of URDFs (%(default)s)")
    parser.add_argument("--motion", type=Path, help="motion file with hands that the robots' follow instead")
    parser.add_argument("--picture", type=Path, help="draw every hand in some poses (.png)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON file to write (%(default)s)")
    options = parser.parse_args()
    poses = {side: _poses(options.motion, number) for number, side in enumerate(SIDES)}
    head = {"date": today(), "machine": machine(1), "versions": versions("numpy"), "rate": RATE}
    head["motion"] = options.motion.name if options.motion else f"{SECONDS:g} s drawn at random"
    rows = {name: row(robot, side, poses[side]) for name, robot, side in models(options.robots)}
    rows = {name: found for name, found in rows.items() if found}
    if not rows:
        raise VtmError(f"no hand in {options.robots}/hands; scripts/fetch_robots.py --all fetches some")
    keep({**head, "hands": rows}, options.out)
    if options.picture:
        sheet(options.picture, options.robots)
    table = Table(
        "hand", "joints", "fingers", "last bones", "thumb", "within speeds", "tips that touch", "ms p50", "p99"
    )
    for name, found in rows.items():
        off, limited = ({finger: np.array(both) for finger, both in found[key].items()} for key in KEYS)
        long = [finger for finger in off if finger != "thumb"]
        fingers, slow = (np.mean([one[finger] for finger in long], 0) for one in (off, limited))
        apart = found["touches"]["tips_apart_mm"]
        table.add_row(
            name, f"{found['freedoms']}", f"{fingers[0]:.1f}°", f"{fingers[1]:.1f}°",
            f"{off['thumb'][0]:.1f}°" if "thumb" in off else "", f"{slow[0]:.1f}°",
            f"{apart:.0f} mm" if apart is not None else "", f"{found['ms']['p50']:.2f}", f"{found['ms']['p99']:.2f}",
        )  # fmt: skip
    Console().print(table)


def _poses(motion: Path | None, number: int) -> np.ndarray:
    """(T, 21) rad at RATE."""
    if motion is None:
        return flow(random_pose, np.arange(0, SECONDS, 1 / RATE), np.random.default_rng(number))
    clip = MotionClip.load(motion)
    known = np.flatnonzero(np.isfinite(clip.hand_angles).all((1, 2))) if clip.hand_angles.shape[1] else []
    if not len(known):
        raise VtmError(f"{motion} has no hands; capture it with --hands full")
    stamps = np.arange(clip.stamps[known[0]], clip.stamps[known[-1]], 1 / RATE)
    return np.stack([np.interp(stamps, clip.stamps[known], one) for one in clip.hand_angles[known, number].T], -1)


if __name__ == "__main__":
    start(main)
