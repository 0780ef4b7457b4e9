import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vtm_trt.pose2d.heatmap import CERTAIN, REACH, refine


def refine_one(x, y, logits):
    """The definition, cell by cell."""
    size = len(logits)
    column, row = int(x * size), int(y * size)
    if not (0 <= column < size and 0 <= row < size):
        return x, y
    total = mean_x = mean_y = best = 0.0
    for r in range(max(row - REACH, 0), min(row + REACH + 1, size)):
        for c in range(max(column - REACH, 0), min(column + REACH + 1, size)):
            weight = 1 / (1 + np.exp(-logits[r, c]))
            total, best = total + weight, max(best, weight)
            mean_x, mean_y = mean_x + weight * c, mean_y + weight * r
    return (mean_x / total / size, mean_y / total / size) if best >= CERTAIN else (x, y)


@given(
    arrays(np.float32, (4, 2), elements=st.floats(-0.5, 1.5, width=32)),
    arrays(np.float32, (16, 16, 5), elements=st.floats(-20, 20, width=32)),
)
def test_equals_the_definition(points, heatmap):
    expected = [refine_one(*point, heatmap[..., index]) for index, point in enumerate(points)]
    np.testing.assert_allclose(refine(points, heatmap), expected, atol=1e-5)


def test_moves_to_a_sharp_peak():
    heatmap = np.full((64, 64, 1), -30, np.float32)
    heatmap[20, 31] = 30
    np.testing.assert_allclose(refine(np.array([[0.46, 0.33]]), heatmap), [[31 / 64, 20 / 64]], atol=1e-6)


def test_uncertain_and_distant_landmarks_stay():
    points = np.array([[0.5, 0.5], [1e9, -1e9]])
    np.testing.assert_array_equal(refine(points, np.full((64, 64, 2), -3, np.float32)), points)
