"""The camera: intrinsics, rays, person box and back-projection.

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
LENGTHS = (0, 4, 5, 8, 12, 14)
"""Numbers of coefficients of OpenCV's distortions: 12 with thin prisms, 14 with a tilted sensor as well."""
WIDEST = 1.45
"""Radians from the optical axis beyond which a fisheye's rays are not told apart: at a right angle x/z has no value."""
_CLOSELY = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-9)


@dataclass(frozen=True)
class Intrinsics:
    """Intrinsics in pixels with OpenCV's distortion.

    Attributes:
        width: Of the image, pixels.
        height: Of the image, pixels.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: x of the optical axis, pixels.
        cy: y of the optical axis, pixels.
        distortion: OpenCV's (k1, k2, p1, p2[, k3, ...]) or empty; of a fisheye (k1, k2, k3, k4).
        fisheye: Whether the lens is one, OpenCV's `cv2.fisheye` and ROS' equidistant, and no pinhole.

    Raises:
        VtmError: A number is not finite, a focal length or size is not positive, or the number of coefficients is not
            one of OpenCV's.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()
    fisheye: bool = False

    def __post_init__(self):
        if len(self.distortion) not in ((4,) if self.fisheye else LENGTHS):
            raise VtmError(
                f"distortion has {len(self.distortion)} coefficients; "
                + ("a fisheye has 4" if self.fisheye else f"OpenCV's are {', '.join(map(str, LENGTHS[:-1]))} or 14")
            )
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
        if any(self.distortion) and not self.fisheye:
            same = np.eye(3)
            flat = cv2.undistortPointsIter(
                pixels.reshape(-1, 1, 2), self.matrix, np.asarray(self.distortion), same, same, _CLOSELY
            )
            return flat.reshape(pixels.shape).astype(np.float32)
        places = (pixels - (self.cx, self.cy)) / (self.fx, self.fy)
        return (self._straightened(places) if self.fisheye else places).astype(np.float32)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) float64 of `points` (..., 3) in optical axes, distortion included."""
        points = np.asarray(points, dtype=np.float64)
        if self.fisheye:
            aside = np.linalg.norm(points[..., :2], axis=-1)
            angle = np.arctan2(aside, points[..., 2])
            scale = self._bent(angle) / np.maximum(aside, 1e-12)
            return points[..., :2] * scale[..., None] * (self.fx, self.fy) + (self.cx, self.cy)
        if any(self.distortion):
            flat, _ = cv2.projectPoints(
                points.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), self.matrix, np.asarray(self.distortion)
            )
            return flat.reshape(*points.shape[:-1], 2)
        return points[..., :2] / points[..., 2:] * (self.fx, self.fy) + (self.cx, self.cy)

    def _bent(self, angle: np.ndarray) -> np.ndarray:
        """Where a fisheye sees what is `angle` from its axis: the distance from the centre in focal lengths."""
        square = angle**2
        return angle * np.polyval([*self.distortion[::-1], 1.0], square)

    def _straightened(self, places: np.ndarray) -> np.ndarray:
        """The inverse, by Newton's method: x/z, y/z of fisheye places (..., 2) in focal lengths."""
        reach = np.linalg.norm(places, axis=-1)
        slope = np.polyder([*np.column_stack([self.distortion[::-1], np.zeros(4)]).ravel(), 1.0, 0.0])
        angle = np.clip(reach, 0.0, WIDEST)
        for _ in range(12):
            angle = np.clip(angle - (self._bent(angle) - reach) / np.maximum(np.polyval(slope, angle), 0.1), 0, WIDEST)
        scale = np.where(reach > 1e-9, np.tan(angle) / np.maximum(reach, 1e-9), 1.0)
        return places * scale[..., None]


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
