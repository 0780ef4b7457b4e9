"""The body with its fingers: 52 joints with the names of SMPL-X, the 22 of the body first."""

import numpy as np

from vtm.body.hand import FINGERS, HAND_JOINT_NAMES, OFFSETS, SIDES, TIPS
from vtm.body.skeleton import BODY, Skeleton

_MIRRORS = {"left": np.ones(3), "right": np.array([1.0, -1.0, 1.0])}
_CHAINS = tuple((side, finger) for side in SIDES for finger in FINGERS)
_FIRST = BODY.count

WITH_HANDS = Skeleton(
    names=BODY.names + tuple(f"{side}_{finger}{knuckle}" for knuckle in (1, 2, 3) for side, finger in _CHAINS),
    parents=BODY.parents
    + tuple(BODY.index[f"{side}_wrist"] for side, _ in _CHAINS)
    + tuple(range(_FIRST, _FIRST + 2 * len(_CHAINS))),
    offsets=np.concatenate([
        BODY.offsets,
        *(OFFSETS[knuckle::3] * _MIRRORS[side] for knuckle in range(3) for side in SIDES),
    ]),
    groups=BODY.groups,
)  # fmt: skip
FINGER_JOINTS = np.array([WITH_HANDS.index[name] for name in HAND_JOINT_NAMES])
"""Where the joints (30,) of HAND_JOINT_NAMES are in it."""
FINGER_TIPS = {
    f"{side}_{finger}3": tuple((tip * _MIRRORS[side]).tolist())
    for side in SIDES
    for finger, tip in zip(FINGERS, TIPS, strict=True)
}
"""The finger tips in the frames of the last joints, m, of the virtual skeleton."""


def with_fingers(offsets: np.ndarray, scale: float) -> np.ndarray:
    """Offsets (52, 3) m of a body with `offsets` (22, 3) m and hands of `scale` times the virtual skeleton's size."""
    return np.concatenate([offsets, WITH_HANDS.offsets[BODY.count :] * scale])
