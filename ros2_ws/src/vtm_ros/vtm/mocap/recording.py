"""A motion capture recording as its file has it: any skeleton, any axes, any unit."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Recording:
    """J joints, parents before children, over T frames.

    Attributes:
        names: Of the joints, "" for the tip of a last bone.
        parents: (J,) index, -1 for the root.
        offsets: (J, 3) place in the parent's frame at rest.
        local: (T, J, 3, 3) rotation relative to the parent, identity at rest.
        places: (T, 3) for each joint that also moves in its parent's frame, the root in the world.
        fps: Frames/s, None where the file does not say.
        metres: Per unit of length, None where the file does not say.
        remarks: What of the file was read otherwise than it says.
        title: Of this recording, if its file may hold several.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    local: np.ndarray
    places: dict[int, np.ndarray]
    fps: float | None
    metres: float | None = None
    remarks: tuple[str, ...] = ()
    title: str = ""

    def pose(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (T, J, 3, 3) and positions (T, J, 3) in the file's world."""
        rotation, position = np.empty_like(self.local), np.empty(self.local.shape[:3])
        for joint, parent in enumerate(self.parents):
            place = self.places.get(joint, self.offsets[joint])
            if parent < 0:
                rotation[:, joint], position[:, joint] = self.local[:, joint], place
            else:
                rotation[:, joint] = rotation[:, parent] @ self.local[:, joint]
                moved = np.einsum("tij,...j->ti" if place.ndim == 1 else "tij,tj->ti", rotation[:, parent], place)
                position[:, joint] = position[:, parent] + moved
        return rotation, position

    def rest(self) -> np.ndarray:
        """Positions (J, 3) with every rotation the identity."""
        position = np.array(self.offsets)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                position[joint] += position[parent]
        return position

    def path(self, joint: int) -> list[int]:
        """The joints from the root to `joint`, both included."""
        chain = [joint]
        while self.parents[chain[0]] >= 0:
            chain.insert(0, self.parents[chain[0]])
        return chain
