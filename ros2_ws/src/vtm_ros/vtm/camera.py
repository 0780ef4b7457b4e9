"""The pinhole camera: intrinsics, rays, person box and back-projection.

Optical axes: x right, y down, z forward (REP-103 suffix `_optical`).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vtm.errors import VtmError

SEEN = 0.1
"""Keypoints below this confidence do not shape the person's box."""
SMALLEST_SIDE = 0.02
"""Side of the smallest box, normalised coordinates."""


@dataclass(frozen=True)
class Intrinsics:
    """Pinhole intrinsics in pixels with OpenCV distortion.

    Attributes:
        width: Of the image, pixels.
        height: Of the image, pixels.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: x of the optical axis, pixels.
        cy: y of the optical axis, pixels.
        distortion: OpenCV's (k1, k2, p1, p2[, k3, ...]) or empty.

    Raises:
        VtmError: A number is not finite, or a focal length or size is not positive.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()

    def __post_init__(self):
        values = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        if not np.all(np.isfinite(values)) or min(self.fx, self.fy) <= 0 or min(self.width, self.height) <= 0:
            raise VtmError(
                f"camera intrinsics {self} are unusable: focal lengths and size must be positive and finite; "
                "calibrate the camera, or leave them out to assume a field of view"
            )

    @classmethod
    def from_fov(cls, width: int, height: int, fov_deg: float = 60.0) -> "Intrinsics":
        """Assume square pixels and the optical axis in the middle of the image.

        Args:
            width: Pixels.
            height: Pixels.
            fov_deg: Field of view along the longer side, degrees.

        Raises:
            VtmError: The field of view is outside 1..170 degrees.
        """
        if not 1.0 <= fov_deg <= 170.0:
            raise VtmError(f"field of view {fov_deg} degrees is outside 1..170; give that of the longer image side")
        focal = max(width, height) / 2 / np.tan(np.radians(fov_deg) / 2)
        return cls(width, height, focal, focal, width / 2, height / 2)

    @property
    def matrix(self) -> np.ndarray:
        """K, (3, 3) float64."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], dtype=np.float64)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """Undistorted normalised image coordinates (x/z, y/z), (..., 2) float32, of `pixels` (..., 2)."""
        pixels = np.asarray(pixels, dtype=np.float64)
        if any(self.distortion):
            flat = cv2.undistortPoints(pixels.reshape(-1, 1, 2), self.matrix, np.asarray(self.distortion))
            return flat.reshape(pixels.shape).astype(np.float32)
        return ((pixels - (self.cx, self.cy)) / (self.fx, self.fy)).astype(np.float32)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) float64 of `points` (..., 3) in optical axes, distortion included."""
        points = np.asarray(points, dtype=np.float64)
        if any(self.distortion):
            flat, _ = cv2.projectPoints(
                points.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), self.matrix, np.asarray(self.distortion)
            )
            return flat.reshape(*points.shape[:-1], 2)
        return points[..., :2] / points[..., 2:] * (self.fx, self.fy) + (self.cx, self.cy)


def keypoint_box(rays: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """The square box round the keypoints that are seen.

    Args:
        rays: (..., K, 2), normalised coordinates.
        confidence: (..., K).

    Returns:
        (..., 3) float32, centre x, centre y and side, normalised coordinates. Without a seen keypoint it is the unit
        box on the optical axis.
    """
    seen = (confidence > SEEN)[..., None]
    nobody = ~seen.any(-2)
    low = np.where(nobody, -0.5, np.where(seen, rays, np.inf).min(-2))
    high = np.where(nobody, 0.5, np.where(seen, rays, -np.inf).max(-2))
    side = np.maximum((high - low).max(-1, keepdims=True), SMALLEST_SIDE)
    return np.concatenate([(low + high) / 2, side], -1).astype(np.float32)


def detector_box(intrinsics: Intrinsics, box: np.ndarray) -> np.ndarray:
    """The square box of `keypoint_box` round a detector's box.

    Args:
        intrinsics: Of the image.
        box: (4,) pixels x, y of the corner, width, height.

    Returns:
        (3,) float32.
    """
    corner = np.asarray(box[:2], dtype=np.float64)
    low, high = intrinsics.rays(np.stack([corner, corner + box[2:]]))
    return np.array([*(low + high) / 2, max((high - low).max(), SMALLEST_SIDE)], dtype=np.float32)
