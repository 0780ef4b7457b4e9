"""What a film of several people shows of each, exactly: the file beside a rendered scene."""

from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from vtm.body.skeleton import NUM_JOINTS
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file


@dataclass(frozen=True, eq=False)
class CrowdTruth:
    """What T pictures show of N people, in the camera's optical axes.

    Attributes:
        lens: (6,) width, height, fx, fy, cx, cy in pixels.
        seconds: (T,).
        joints: (N, T, 22, 3) m.
        rotations: (N, T, 22, 3, 3), global.
        ratio: (N, 21) bone lengths over the virtual skeleton's.
        keypoints: (N, T, 23, 2) pixels, where the shipped 2D network puts them.
        visible: (N, T) share of the body that the picture shows.
        covered: (N, T) share of it that is in the picture, but behind somebody or something.
    """

    lens: np.ndarray
    seconds: np.ndarray
    joints: np.ndarray
    rotations: np.ndarray
    ratio: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    covered: np.ndarray

    @property
    def intrinsics(self) -> Intrinsics:
        """Of every frame."""
        width, height, *rest = self.lens.tolist()
        return Intrinsics(int(width), int(height), *rest)

    def save(self, path: Path) -> None:
        """Write an npz."""
        single = {name: values.astype(np.float32) for name, values in vars(self).items() if name != "seconds"}
        with atomic_file(path) as part, part.open("wb") as file:
            np.savez_compressed(file, seconds=self.seconds, **single)

    @classmethod
    def load(cls, path: Path) -> "CrowdTruth":
        """Read what `save` wrote.

        Raises:
            VtmError: It is no such file.
        """
        try:
            with np.load(path, allow_pickle=False) as archive:
                truth = cls(**{field.name: archive[field.name].astype(np.float64) for field in fields(cls)})
            if truth.joints.shape != (*truth.visible.shape, NUM_JOINTS, 3) or truth.lens.shape != (6,):
                raise ValueError("its arrays do not fit each other")
        except (OSError, KeyError, ValueError, EOFError, BadZipFile) as fault:
            raise VtmError(
                f"{path} does not say what a scene of people shows ({fault}); make scenes with scripts/render_people.py"
            ) from fault
        return truth
