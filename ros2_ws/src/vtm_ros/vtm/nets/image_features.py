"""The sources of TPVE's image branch, by the name that the configuration gives.

Whatever the source, the branch gets a vector per frame, (B, T, channels), and zeros where there is none.
"""

from dataclasses import dataclass

from vtm.body.pose_features import POSE_CHANNELS
from vtm.errors import VtmError
from vtm.nets.resnet18 import RESNET18_CHANNELS


@dataclass(frozen=True)
class ImageFeatures:
    """A source of image features.

    Attributes:
        channels: Length of the vector per frame.
        what: One sentence for people.
    """

    channels: int
    what: str


IMAGE_FEATURES = {
    "none": ImageFeatures(0, "keypoints only, no image branch"),
    "pose": ImageFeatures(
        POSE_CHANNELS, "the 2D pose network's own keypoints in space (`vtm.body.pose_features`), at no extra cost"
    ),
    "resnet18": ImageFeatures(
        RESNET18_CHANNELS, "a frozen ResNet18 on the person's crop (`vtm.nets.resnet18`), as in the paper"
    ),
}


def image_features(name: str) -> ImageFeatures:
    """The source of that name.

    Raises:
        VtmError: There is none.
    """
    if name not in IMAGE_FEATURES:
        raise VtmError(f"unknown image features '{name}'; choose one of: {', '.join(IMAGE_FEATURES)}")
    return IMAGE_FEATURES[name]
