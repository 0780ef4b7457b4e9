"""The three records that travel one way through the product: Frame -> Observation -> Motion.

Time comes in with the frame as integer nanoseconds and goes out unchanged: no stage reads a clock.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vtm.camera import Intrinsics


@dataclass(frozen=True, eq=False)
class CameraPose:
    """Where a camera is, in world axes that do not move, z up.

    Attributes:
        rotation: (3, 3) float64, turns optical axes into world axes.
        position: (3,) m; of a camera whose place nobody knows, any point that stays.
        floor: World height of the ground that the person stands on, metres.
        source: What told it, in a word: "tf", "imu", "calibration" for a file of it, "contacts" for feet that stand,
            "assumed" for nothing yet.
    """

    rotation: np.ndarray
    position: np.ndarray
    floor: float = 0.0
    source: str = "tf"


@dataclass(frozen=True)
class Frame:
    """One camera image.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        stamp_ns: Time of exposure in nanoseconds.
        intrinsics: Of this image.
        camera: The camera's pose at that time, None where it is not known.
        camera_id: Which camera took it, empty where there is but one.
    """

    image: np.ndarray
    stamp_ns: int
    intrinsics: Intrinsics
    camera: CameraPose | None = None
    camera_id: str = ""


@dataclass(frozen=True, eq=False)
class HandLandmarks:
    """What the hand network saw of one hand, 21 points in MediaPipe's order: the wrist, then thumb to little finger.

    Attributes:
        pixels: (21, 2) float32 in the image.
        depth: (21,) float32 relative to the wrist, pixels, away from the camera.
        world: (21, 3) float32 m from the middle of the hand, axes of the camera (x right, y down, z forward).
        presence: How sure it is that this is a hand, 0 to 1.
        right: How sure it is that this is a right hand, 0 to 1.
    """

    pixels: np.ndarray
    depth: np.ndarray
    world: np.ndarray
    presence: float
    right: float


Hands = tuple[HandLandmarks | None, HandLandmarks | None]
"""The left and the right hand, None for one that is not seen."""


@dataclass(frozen=True)
class Observation:
    """What the 2D pose network saw of the person in one frame.

    Attributes:
        stamp_ns: Time of exposure in nanoseconds.
        intrinsics: Of the image.
        keypoints: (23, 2) float32 pixels in canonical order, as seen in the (distorted) image.
        confidence: (23,) float32 in 0..1; 0 means missing.
        box: (4,) pixels x, y of the corner, width, height round the person; None takes it from the keypoints.
        image: (C,) float32, features of the person's image for the image branch (`vtm.nets.image_features`); None
            without.
        keypoint_convention: Where the keypoints from shoulders to ankles lie, from 0, on the joints themselves, to 1,
            where the shipped 2D network puts them.
        camera: That of the frame.
        exchanged: Bits of `vtm_trt.pose2d.exchange.GROUPS` whose left and right the detector had exchanged; here they
            are put right.
        doubted: The same bits, of groups whose left and right may as well be the other way round.
        camera_id: That of the frame.
        hands: None where nobody looked for them.
        looked: At which of the two hands somebody looked in this very frame.
    """

    stamp_ns: int
    intrinsics: Intrinsics
    keypoints: np.ndarray
    confidence: np.ndarray
    box: np.ndarray | None = None
    image: np.ndarray | None = None
    keypoint_convention: float = 0.0
    camera: CameraPose | None = None
    exchanged: int = 0
    doubted: int = 0
    camera_id: str = ""
    hands: Hands | None = None
    looked: tuple[bool, bool] = (True, True)

    @cached_property
    def rays(self) -> np.ndarray:
        """The keypoints as undistorted normalised image coordinates, (23, 2) float32."""
        return self.intrinsics.rays(self.keypoints)


@dataclass(frozen=True, eq=False)
class Forecast:
    """How the body will have moved some time after an instant, as the camera will see it: one that moves has its part.

    Attributes:
        seconds: The time.
        rotation_delta: (22, 3) rotation vectors about each joint's own axes, the pelvis' relative to the camera.
        translation_delta: (3,) m of the pelvis, optical axes.
    """

    seconds: float
    rotation_delta: np.ndarray
    translation_delta: np.ndarray


@dataclass(frozen=True, eq=False)
class HandPoses:
    """How the fingers of both hands are bent, those of the left one first.

    Attributes:
        angles: (2, 21) float32 rad, those of `vtm.body.hand.ANGLE_NAMES`.
        confidence: (2,) float32 in 0..1; a hand with 0 was not seen, and rests.
    """

    angles: np.ndarray
    confidence: np.ndarray


HALF_SURE_M = 0.1
"""The position error, metres, that is expected where a joint's confidence is 0.5."""


@dataclass(frozen=True)
class Motion:
    """The person's complete motion at one instant.

    Attributes:
        stamp_ns: Time of exposure of its frame, nanoseconds.
        quat_local: (22, 4) float32 unit quaternions xyzw, relative to the parent; the pelvis relative to the camera's
            optical axes (x right, y down, z forward).
        root_cam: (3,) float32 m, the pelvis in optical axes.
        bone_ratio: (21,) float32, bone lengths over the virtual skeleton's, in the person's metric scale.
        confidence: (22,) float32 in 0..1 per joint.
        contacts: (4,) float32 probabilities that the left heel, left toe, right heel and right toe stand still.
        observation: The 2D evidence of the same instant.
        camera: The camera's pose, None where nothing told it.
        forecast: What follows, None where it was not asked for.
        adjusted: Whether the adjustment of a recording brought it closer to its keypoints.
        person_id: A number of whom it belongs to; another person has another one.
        hands: None where nobody looked at them.
    """

    stamp_ns: int
    quat_local: np.ndarray
    root_cam: np.ndarray
    bone_ratio: np.ndarray
    confidence: np.ndarray
    contacts: np.ndarray
    observation: Observation
    camera: CameraPose | None = None
    forecast: Forecast | None = None
    adjusted: bool = False
    person_id: int = 0
    hands: HandPoses | None = None
