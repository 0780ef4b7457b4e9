"""What the numbers of episodes are like, by which policies normalise them; as LeRobot counts and joins it."""

from typing import Any

import numpy as np

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}

Stats = dict[str, list[Any]]
"""min, max, mean, std, count and QUANTILES, each a list with a number for every column."""


def stats_of(values: np.ndarray) -> Stats:
    """Of one feature of an episode.

    Args:
        values: (T,) or (T, m).
    """
    rows = values.reshape(len(values), -1)
    numbers = rows.astype(np.float64)
    found = {"min": rows.min(0), "max": rows.max(0), "mean": numbers.mean(0), "std": numbers.std(0)}
    found |= dict(zip(QUANTILES, np.quantile(numbers, list(QUANTILES.values()), axis=0), strict=True))
    return {name: value.tolist() for name, value in found.items()} | {"count": [len(rows)]}


def joined(one: Stats, other: Stats) -> Stats:
    """Of both together; their quantiles are guessed by the mean of both."""
    counts = np.array([one["count"], other["count"]], float)
    share = counts / counts.sum()
    both = {name: np.array([one[name], other[name]]) for name in other}
    mean = (share * both["mean"]).sum(0)
    variance = (share * (both["std"] ** 2 + (both["mean"] - mean) ** 2)).sum(0)
    found = {"min": both["min"].min(0), "max": both["max"].max(0), "mean": mean, "std": np.sqrt(variance)}
    found |= {name: (share * both[name]).sum(0) for name in QUANTILES}
    return {name: value.tolist() for name, value in found.items()} | {"count": both["count"].sum(0).tolist()}
