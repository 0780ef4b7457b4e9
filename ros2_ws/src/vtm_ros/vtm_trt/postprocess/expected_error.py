"""The error to expect of a motion, from its confidences: positions in metres, rotations in degrees, the root.

A confidence tells the expected error of a joint's position. What that means for its rotation was measured on people
whom the network has not learned from: `models/expected_error.json`, written by `scripts/fit_expected_error.py`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from vtm.body.skeleton import BODY, JOINT_NAMES, NUM_JOINTS
from vtm.errors import VtmError
from vtm.types import HALF_SURE_M
from vtm_trt.engine.models import models_folder

FILE = "expected_error.json"
LARGEST_DEG = 180.0
_REMEDY = "restore it (git checkout, or install the package again)"
_LEAST_CONFIDENCE = 1e-6
_NEXT = [BODY.children(joint) or [parent] for joint, parent in enumerate(BODY.parents)]


@dataclass(frozen=True, eq=False)
class ExpectedError:
    """Mean errors to expect, NaN where the confidence is.

    Attributes:
        position_m: (..., 22) m of the joints relative to the pelvis; the pelvis' is that of its distance.
        angle_deg: (..., 22) degrees of the rotations relative to the parent, the pelvis' relative to the camera.
        root_m: (..., 2) m of the pelvis' place, across the optical axis and along it, for a person of known height.
    """

    position_m: np.ndarray
    angle_deg: np.ndarray
    root_m: np.ndarray


@dataclass(frozen=True, eq=False)
class ErrorMap:
    """What position errors mean for rotations and the root; no number is negative, so that all of it is monotone.

    Attributes:
        angle: (22, 3) degrees, and degrees per metre expected of the joint itself and of its children, or where it has
            none of its parent.
        across: (2,) m, and m per m of the joints' mean.
        along: (2,) m, and m per m of the pelvis.
    """

    angle: np.ndarray
    across: np.ndarray
    along: np.ndarray

    def __call__(self, position: np.ndarray) -> ExpectedError:
        """The errors to expect.

        Args:
            position: (..., 22) m expected of the joints and, for the pelvis, of its distance.
        """
        angle = np.einsum("...jf,jf->...j", angle_terms(position), self.angle)
        root = [across_terms(position) @ self.across, along_terms(position) @ self.along]
        return ExpectedError(position, np.minimum(angle, LARGEST_DEG), np.stack(root, axis=-1))

    @classmethod
    def load(cls, path: Path) -> "ErrorMap":
        """Read the file that `scripts/fit_expected_error.py` wrote.

        Raises:
            VtmError: It is missing or damaged.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            rows = [found["angle_deg"][name] for name in JOINT_NAMES]
            root = found["root_m"]
            numbers = cls(*(np.array(part, float) for part in (rows, root["across"], root["along"])))
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise VtmError(f"{path} is missing or damaged; {_REMEDY}") from fault
        parts = numbers.angle, numbers.across, numbers.along
        if [part.shape for part in parts] != [(NUM_JOINTS, 3), (2,), (2,)] or not all((p >= 0).all() for p in parts):
            raise VtmError(f"{path} is damaged; {_REMEDY}")
        return numbers


def expected_error(confidence: np.ndarray) -> ExpectedError:
    """The errors to expect of motion by the shipped network with these confidences, (..., 22) in 0..1."""
    position = HALF_SURE_M * (1 / np.maximum(np.asarray(confidence, np.float64), _LEAST_CONFIDENCE) - 1)
    return _shipped()(position)


@cache
def _shipped() -> ErrorMap:
    return ErrorMap.load(models_folder() / FILE)


def angle_terms(position: np.ndarray) -> np.ndarray:
    """(..., 22) -> (..., 22, 3): 1, the error of the joint, the mean error of its children or that of its parent."""
    beside = np.stack([position[..., joints].mean(-1) for joints in _NEXT], axis=-1)
    return np.stack([np.ones_like(position), position, beside], axis=-1)


def across_terms(position: np.ndarray) -> np.ndarray:
    """(..., 22) -> (..., 2): 1, the mean error of all joints but the pelvis."""
    mean = position[..., 1:].mean(-1)
    return np.stack([np.ones_like(mean), mean], axis=-1)


def along_terms(position: np.ndarray) -> np.ndarray:
    """(..., 22) -> (..., 2): 1, the error of the pelvis."""
    return np.stack([np.ones_like(position[..., 0]), position[..., 0]], axis=-1)
