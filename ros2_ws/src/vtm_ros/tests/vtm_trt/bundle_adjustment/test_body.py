import numpy as np

from vtm.body.rotations import matrix_from_rotvec
from vtm_trt.bundle_adjustment.body import TURNED, place_points, points_of

STEP = 1e-6


def test_derivatives():
    rng = np.random.default_rng(0)
    local, ratio = matrix_from_rotvec(rng.normal(0, 0.5, (2, 22, 3))), rng.uniform(0.9, 1.1, 21)
    offset = rng.normal(0, 0.05, (2, 21, 3))
    points = points_of(local, ratio, offset, bones=True)

    def slope(turn: np.ndarray, grown: np.ndarray) -> np.ndarray:
        there, back = (
            place_points(local @ matrix_from_rotvec(sign * turn), ratio * np.exp(sign * grown), offset)[1]
            for sign in (1, -1)
        )
        return (there - back) / (2 * STEP)

    for index, joint in enumerate(TURNED):
        for axis in range(3):
            turn = np.zeros((22, 3))
            turn[joint, axis] = STEP
            np.testing.assert_allclose(
                points.by_turn[..., 3 * index + axis], slope(turn, np.zeros(21)), atol=1e-7, err_msg=f"{joint} {axis}"
            )
    for bone in range(21):
        np.testing.assert_allclose(
            points.by_bone[..., bone], slope(np.zeros((22, 3)), STEP * np.eye(21)[bone]), atol=1e-7
        )
