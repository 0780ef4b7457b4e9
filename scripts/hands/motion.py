"""Motion of a hand: grips, points, spreads and the like, one flowing into the next; and of the wrist under it."""

import numpy as np

from vtm.body.hand import ANGLE_NAMES, LOWER, UPPER

AT = {name: number for number, name in enumerate(ANGLE_NAMES)}
FOUR = ("index", "middle", "ring", "pinky")


def random_pose(rng: np.random.Generator) -> np.ndarray:
    """One pose of the hand: its 21 angles, rad."""
    kind = rng.choice(["grip", "point", "spread", "subset", "pinch", "relaxed", "hook", "random"],
                      p=[0.28, 0.12, 0.16, 0.12, 0.1, 0.08, 0.06, 0.08])  # fmt: skip
    curl, grip = np.zeros(4), rng.beta(0.8, 0.8)
    mcp, pip = np.zeros(4), np.zeros(4)
    spread = rng.normal(0, 4)
    if kind == "grip":
        curl = np.clip(grip + rng.normal(0, 0.12, 4), 0, 1)
    elif kind in ("point", "subset"):
        closed = np.array([0, 1, 1, 1]) if kind == "point" else rng.random(4) < 0.5
        curl = np.where(closed, rng.uniform(0.7, 1), rng.uniform(0, 0.12)) + rng.normal(0, 0.05, 4)
    elif kind == "spread":
        curl, spread = rng.uniform(-0.05, 0.12) + rng.normal(0, 0.03, 4), rng.uniform(-2, 16)
    elif kind == "relaxed":
        curl = rng.uniform(0.2, 0.4) + np.arange(4) * rng.uniform(0, 0.08)
    elif kind == "random":
        curl = rng.random(4)
    mcp, pip = -12 + 100 * curl + rng.normal(0, 9, 4), 105 * curl + rng.normal(0, 9, 4)
    thumb = rng.uniform([-20, 0, -20, -10, -15], [35, 60, 20, 45, 60])
    if kind == "grip":
        thumb = np.array([-5 + 30 * grip, 25 + 25 * grip, 0, 10 + 25 * grip, 5 + 35 * grip]) + rng.normal(0, 10, 5)
    elif kind == "pinch":
        touch = rng.uniform(0.6, 1)
        mcp[0], pip[0] = 55 * touch + rng.normal(0, 8), 50 * touch + rng.normal(0, 8)
        mcp[1:], pip[1:] = rng.choice([0.15, 0.8]) * np.array([[90.0], [95.0]]) + rng.normal(0, 9, (2, 3))
        thumb = np.array([10, 50, 5, 20, 30]) * touch + rng.normal(0, 8, 5)
    elif kind == "hook":
        mcp, pip = rng.normal(0, 10, 4), rng.uniform(50, 105) + rng.normal(0, 8, 4)
    elif kind == "spread":
        thumb = rng.uniform([-30, -5, -15, -15, -20], [15, 45, 15, 20, 25])
    degrees = np.zeros(21)
    degrees[:5] = thumb
    fan = np.array([1.0, 0.15, -0.8, -1.6]) * spread + rng.normal(0, 3.5, 4)
    for finger, name in enumerate(FOUR):
        degrees[AT[f"{name}_mcp_fe"]], degrees[AT[f"{name}_pip"]] = mcp[finger], pip[finger]
        degrees[AT[f"{name}_mcp_aa"]] = fan[finger] * np.clip(1 - mcp[finger] / 90, 0.15, 1)
        degrees[AT[f"{name}_dip"]] = pip[finger] * 2 / 3 + rng.normal(0, 7)
    return np.clip(np.radians(degrees), LOWER, UPPER)


def random_wrist(rng: np.random.Generator) -> np.ndarray:
    """Pronation, flexion and deviation of one moment, (3,) rad."""
    pronation = np.clip(rng.normal(0, 45), -88, 88)
    return np.radians([pronation, np.clip(rng.normal(0, 26), -75, 75), np.clip(rng.normal(0, 10), -32, 32)])


def flow(draw, seconds: np.ndarray, rng: np.random.Generator, pause: float = 0.3) -> np.ndarray:
    """Poses that `draw` makes, one flowing into the next with pauses between, (T, D) at these moments."""
    times, poses = [-rng.uniform(0, 0.5)], [draw(rng)]
    while times[-1] < seconds[-1]:
        if rng.random() < pause:
            times.append(times[-1] + rng.uniform(0.1, 0.8))
            poses.append(poses[-1])
        times.append(times[-1] + rng.uniform(0.2, 0.9))
        poses.append(draw(rng))
    after = np.searchsorted(times, seconds, side="right")
    before, times, poses = after - 1, np.array(times), np.stack(poses)
    share = (seconds - times[before]) / (times[after] - times[before])
    share = (share**2 * (3 - 2 * share))[:, None]
    return poses[before] * (1 - share) + poses[after] * share
