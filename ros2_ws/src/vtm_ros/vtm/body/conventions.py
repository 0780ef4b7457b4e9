"""The orders in which 2D networks give their keypoints, and how each becomes the canonical 23."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES, NUM_KEYPOINTS

COCO_17 = KEYPOINT_NAMES[:17]
_OPENPOSE_18 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear",
)  # fmt: skip
_SKELETON_2D = (*_OPENPOSE_18[:14], "left_eye", "right_eye", "left_ear", "right_ear")
_BODY_25 = (
    *_OPENPOSE_18[:8], "mid_hip", *_OPENPOSE_18[8:], "left_big_toe", "left_small_toe", "left_heel", "right_big_toe",
    "right_small_toe", "right_heel",
)  # fmt: skip
_HALPE_26 = (
    *COCO_17, "head", "neck", "mid_hip", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe",
    "left_heel", "right_heel",
)  # fmt: skip
_MEDIAPIPE_33 = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_big_toe", "right_big_toe",
)  # fmt: skip
_WHOLEBODY_FEET = (
    "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
LEARNED_FROM_COCO = 0.5
"""Where networks that learned from COCO put shoulders to ankles: between the joints, 0, and BlazePose's places, 1."""


@dataclass(frozen=True)
class Convention:
    """The keypoints of a 2D network.

    Attributes:
        title: For people.
        names: What each point is; those that are none of the 23 have names of their own.
        keypoint_convention: Where they lie, as in `Observation`.
        row_first: Whether y comes before x.
        guessed: Whether the number of points alone tells it.
    """

    title: str
    names: tuple[str, ...]
    keypoint_convention: float = LEARNED_FROM_COCO
    row_first: bool = False
    guessed: bool = True

    @property
    def count(self) -> int:
        """How many points it has."""
        return len(self.names)


def _more(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (*names, *(f"point_{number}" for number in range(len(names), count)))


CONVENTIONS = {
    "coco17": Convention("COCO's 17", COCO_17),
    "vtm23": Convention("the canonical 23", KEYPOINT_NAMES, 0.0),
    "body25": Convention("OpenPose's BODY_25", _BODY_25),
    "halpe26": Convention("Halpe's 26", _HALPE_26),
    "mediapipe33": Convention("MediaPipe's 33", _MEDIAPIPE_33, 1.0),
    "wholebody133": Convention("COCO-WholeBody's 133", _more((*COCO_17, *_WHOLEBODY_FEET), 133)),
    "halpe136": Convention("Halpe's 136", _more(_HALPE_26, 136)),
    "coco23": Convention("COCO's 17 and six of the feet", (*COCO_17, *_WHOLEBODY_FEET), guessed=False),
    "movenet": Convention("MoveNet's 17, y before x", COCO_17, row_first=True, guessed=False),
    "openpose18": Convention("OpenPose's 18", _OPENPOSE_18, guessed=False),
    "trtpose18": Convention("trt_pose's 18, COCO's 17 and the neck", (*COCO_17, "neck"), guessed=False),
    "skeleton2d": Convention("REP-155's Skeleton2D", _SKELETON_2D, guessed=False),
}
"""By the names that `--convention` takes."""
BY_COUNT = {convention.count: name for name, convention in CONVENTIONS.items() if convention.guessed}
COUNTS = sorted({convention.count for convention in CONVENTIONS.values()})
_MIDDLES = {"mid_hip": ("left_hip", "right_hip"), "neck": ("left_shoulder", "right_shoulder")}


def canonical_points(points: np.ndarray, convention: Convention) -> np.ndarray:
    """The canonical keypoints of a network's.

    What the network does not have is missing, with confidence 0. `mid_hip` and `neck` are the middles of hips and
    shoulders, as sure as the less sure of the two, whatever the network calls so.

    Args:
        points: (..., P, 3) x, y and confidence.
        convention: Of these points.

    Returns:
        (..., 23, 3), NaN places where missing.
    """
    found = np.full((*points.shape[:-2], NUM_KEYPOINTS, 3), np.nan)
    found[..., 2] = 0.0
    for number, name in enumerate(convention.names):
        if name in KEYPOINT_INDEX:
            found[..., KEYPOINT_INDEX[name], :] = points[..., number, :]
    if convention.names == KEYPOINT_NAMES:
        return found
    for middle, pair in _MIDDLES.items():
        both = found[..., [KEYPOINT_INDEX[name] for name in pair], :]
        found[..., KEYPOINT_INDEX[middle], :2] = both[..., :2].mean(-2)
        found[..., KEYPOINT_INDEX[middle], 2] = both[..., 2].min(-1)
    return found


_SIDED = re.compile(
    r"(?:(left|right|l|r)[_ -]?)(eye|ear|shoulder|elbow|wrist|hip|knee|ankle|heel|big[_ -]?toe|foot[_ -]?index)"
)


def named_convention(names: Sequence[str]) -> Convention:
    """The convention of a file that names its points, such as `left_shoulder`, `LShoulder`, `left_foot_index`."""
    known = tuple(_known_name(name) for name in names)
    blazepose = "other left_eye_inner" in known
    return Convention("the names in the file", known, 1.0 if blazepose else LEARNED_FROM_COCO)


def _known_name(name: str) -> str:
    plain = name.strip().lower()
    if found := _SIDED.fullmatch(plain):
        side, part = found.groups()
        toe = part.startswith(("big", "foot"))
        return f"{'left' if side.startswith('l') else 'right'}_{'big_toe' if toe else part}"
    return plain if plain == "nose" else f"other {plain}"
