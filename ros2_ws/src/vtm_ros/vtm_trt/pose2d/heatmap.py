"""Landmarks sharpened by the network's heatmaps, as MediaPipe does (RefineLandmarksFromHeatmapCalculator)."""

import numpy as np

REACH = 3
"""Cells on each side of the landmark's cell that take part."""
CERTAIN = 0.5
"""A landmark moves only where its heatmap exceeds this within reach."""

_OFFSETS = np.arange(-REACH, REACH + 1)


def refine(points: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """Weighted mean of the heatmap's cells round each landmark.

    Args:
        points: (N, 2) in 0..1 of the crop.
        heatmap: (S, S, >=N) logits; channel i belongs to landmark i.

    Returns:
        (N, 2); landmarks outside the crop, and uncertain ones, stay where they are.
    """
    size = len(heatmap)
    cells = np.trunc(np.clip(points, -1e3, 1e3) * size).astype(np.intp)
    inside = ((cells >= 0) & (cells < size)).all(-1)
    columns = cells[:, 0, None, None] + _OFFSETS
    rows = cells[:, 1, None, None] + _OFFSETS[:, None]
    valid = (columns >= 0) & (columns < size) & (rows >= 0) & (rows < size)
    channels = np.arange(len(points))[:, None, None]
    logits = heatmap[np.clip(rows, 0, size - 1), np.clip(columns, 0, size - 1), channels]
    weight = np.where(valid, 1 / (1 + np.exp(-np.clip(logits, -50, 50))), 0.0)
    move = inside & (weight.max((1, 2)) >= CERTAIN)
    total = np.maximum(weight.sum((1, 2)), 1e-9)
    refined = np.stack([(weight * columns).sum((1, 2)), (weight * rows).sum((1, 2))], -1) / total[:, None]
    return np.where(move[:, None], refined / size, points)
