"""The rotated square that is cut out of the image for the landmark network, and the filter that keeps it steady."""

from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin

import cv2
import numpy as np

MARGIN = 1.25
"""Side of the square over the diameter of the circle round the person, as BlazePose was trained."""


@dataclass(frozen=True)
class Roi:
    """A square region of the image.

    Attributes:
        x: Of its centre, pixels.
        y: Of its centre, pixels.
        side: Pixels.
        angle: Radians, 0 where the person is upright.
        mirrored: Whether left and right of the crop are exchanged.
    """

    x: float
    y: float
    side: float
    angle: float
    mirrored: bool = False

    @classmethod
    def around(cls, points: np.ndarray) -> "Roi":
        """From BlazePose's alignment points (2, 2) in pixels: mid-hip, and a point on the circle above the head."""
        (x, y), (top_x, top_y) = points.tolist()
        radius = hypot(top_x - x, top_y - y)
        return cls(x, y, 2 * radius * MARGIN, atan2(top_x - x, y - top_y))

    @property
    def rotation(self) -> np.ndarray:
        """Turns, and mirrors, vectors of the crop into the image's axes, (2, 2) float32."""
        right = -1.0 if self.mirrored else 1.0
        sine, cosine = sin(self.angle), cos(self.angle)
        return np.array([[right * cosine, -sine], [right * sine, cosine]], np.float32)

    def to_image(self, size: int) -> np.ndarray:
        """Affine map (2, 3) float64 from pixels of the `size` x `size` crop to pixels of the image."""
        linear = self.rotation.astype(np.float64) * (self.side / size)
        return np.c_[linear, (self.x, self.y) - linear @ (size / 2, size / 2)]

    def crop(self, image: np.ndarray, out: np.ndarray, border: int = cv2.BORDER_REPLICATE) -> None:
        """Cut this region out of an image.

        Args:
            image: (H, W, 3) uint8, BGR, contiguous.
            out: (S, S, 3) uint8, RGB, filled.
            border: What OpenCV takes beyond the image.
        """
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, self.to_image(len(out)), out.shape[:2], out, flags, border)
        cv2.cvtColor(out, cv2.COLOR_BGR2RGB, out)


class SteadyPoints:
    """The 1-euro filter (Casiez et al. 2012) on the alignment points, with MediaPipe's constants.

    A person who stands still keeps the very same crop, so the landmarks do not tremble with it; the crop of a moving
    person follows at once. Speed is measured in diameters of the person's circle per second.
    """

    CUTOFF_HZ = 0.01
    CUTOFF_PER_SPEED = 10.0
    SPEED_CUTOFF_HZ = 1.0

    def __init__(self):
        self._stamp_ns: int | None = None
        self._raw: np.ndarray = np.zeros((2, 2))
        self._steady: np.ndarray = self._raw
        self._speed: np.ndarray = self._raw

    @classmethod
    def of_memory(cls, memory: np.ndarray, stamp_ns: int) -> "SteadyPoints":
        """One that goes on where another one was.

        Args:
            memory: Of the other one, (3, 2, 2).
            stamp_ns: Of the points that it was given last, nanoseconds.
        """
        steady = cls()
        steady._stamp_ns, (steady._raw, steady._steady, steady._speed) = stamp_ns, np.array(memory)
        return steady

    @property
    def memory(self) -> np.ndarray:
        """(3, 2, 2): the points that were given last, what was made of them, pixels, and their speed."""
        return np.stack([self._raw, self._steady, self._speed])

    @property
    def points(self) -> np.ndarray:
        """(2, 2): what was made of the points that were given last."""
        return self._steady

    @property
    def velocity(self) -> np.ndarray:
        """Of the first point, (2,) pixels per second, over about the last sixth of a second."""
        diameter = 2 * float(np.linalg.norm(self._raw[1] - self._raw[0]))
        return self._speed[0] * diameter

    def __call__(self, points: np.ndarray, stamp_ns: int) -> np.ndarray:
        """Filtered alignment points; the first points, and points whose stamp does not advance, start anew.

        Args:
            points: (2, 2) pixels.
            stamp_ns: Nanoseconds.
        """
        points = np.asarray(points, dtype=np.float64)
        if self._stamp_ns is None or stamp_ns <= self._stamp_ns:
            self._steady, self._speed = points, np.zeros((2, 2))
        else:
            seconds = (stamp_ns - self._stamp_ns) * 1e-9
            diameter = max(2 * float(np.linalg.norm(points[1] - points[0])), 1e-6)
            speed = (points - self._raw) / (diameter * seconds)
            self._speed = _low_pass(self._speed, speed, self.SPEED_CUTOFF_HZ, seconds)
            cutoff = self.CUTOFF_HZ + self.CUTOFF_PER_SPEED * np.abs(self._speed)
            self._steady = _low_pass(self._steady, points, cutoff, seconds)
        self._stamp_ns, self._raw = stamp_ns, points
        return self._steady


def _low_pass(state: np.ndarray, value: np.ndarray, cutoff_hz: float | np.ndarray, seconds: float) -> np.ndarray:
    gain = 1 / (1 + 1 / (2 * pi * cutoff_hz * seconds))
    return state + gain * (value - state)
