"""What tells one person from another in pictures: the colours of the clothes and the proportions of the limbs."""

from itertools import product

import numpy as np

from vtm_trt.pose2d.landmarks import NUM_LANDMARKS, Landmarks

PARTS = {
    "chest": [((11, 12, 23, 24), 0.1, 0.5)],
    "belly": [((11, 12, 23, 24), 0.5, 0.9)],
    "thighs": [((23, 23, 25, 25), 0.2, 0.85), ((24, 24, 26, 26), 0.2, 0.85)],
    "shins": [((25, 25, 27, 27), 0.15, 0.8), ((26, 26, 28, 28), 0.15, 0.8)],
}
"""What is looked at: patches between two landmarks above and two below, from one share of the way down to another."""
DOWN, ACROSS = 5, (0.25, 0.4, 0.5, 0.6, 0.75)
"""Pixels of a patch: rows, and places in each from one side to the other."""
LIMBS = {
    "torso": ((11, 23), (12, 24)), "shoulders": ((11, 12),), "hips": ((23, 24),), "upper arms": ((11, 13), (12, 14)),
    "forearms": ((13, 15), (14, 16)), "thighs": ((23, 25), (24, 26)), "shins": ((25, 27), (26, 28)),
}  # fmt: skip
COLOURS = np.array([[1, 1, 1], [-1, 2, -1], [-2, 0, 2]]) / [[3], [2], [2]]
"""Brightness, green against the rest, and red against blue, from blue, green and red."""
LEAST_SPREAD = np.r_[np.tile([14.0, 7.0, 9.0], len(PARTS)), np.full(len(LIMBS), 0.12)]
"""Standard deviations that any feature has at least: light changes, and limbs are seen from all sides."""
_IN_GROUP = np.equal.outer(
    np.r_[np.repeat(np.arange(len(PARTS)), 3), np.full(len(LIMBS), len(PARTS))], np.arange(len(PARTS) + 1)
)
"""Which features (19, 5) belong to each part, and to the limbs."""
SEEN = 0.5
FOLLOWS = 40
"""Views after which the last ones count for more."""
STRANGE = 3.0
"""Standard deviations; a feature that is further off says no more than that."""


def _samples() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of the landmarks in each pixel (S, 33), of the pixels in each part (P, S), and what each part needs."""
    shares, part_of = [], []
    for part, patches in enumerate(PARTS.values()):
        for corners, start, end in patches:
            for down, across in product(np.linspace(start, end, DOWN), ACROSS):
                row = np.zeros(NUM_LANDMARKS)
                np.add.at(row, list(corners), np.outer((1 - down, down), (1 - across, across)).ravel())
                shares.append(row)
                part_of.append(part)
    members = np.equal.outer(np.arange(len(PARTS)), part_of)
    return np.array(shares), members / members.sum(1, keepdims=True), members @ (np.array(shares) > 0) > 0


_WEIGHTS, _MEANS, _NEEDS = _samples()
_ENDS = np.array([pair for pairs in LIMBS.values() for pair in pairs])
_OF_LIMB = np.equal.outer(np.arange(len(LIMBS)), [limb for limb, pairs in enumerate(LIMBS.values()) for _ in pairs])
_OF_LIMB = _OF_LIMB / _OF_LIMB.sum(1, keepdims=True)


def features(image: np.ndarray, landmarks: Landmarks) -> np.ndarray:
    """What one picture tells of a person.

    Args:
        image: (H, W, 3) uint8, BGR.
        landmarks: The person's in it.

    Returns:
        Colours of the parts and logs of the limbs' proportions, (19,); NaN for what is not seen.
    """
    height, width = image.shape[:2]
    places = np.rint(_WEIGHTS @ landmarks.pixels).astype(np.intp)
    inside = ((places >= 0) & (places < (width, height))).all(-1)
    x, y = np.clip(places, 0, (width - 1, height - 1)).T
    colours = _MEANS @ image[y, x] @ COLOURS.T
    sure = landmarks.confidence > SEEN
    colours[(_NEEDS & ~sure).any(1) | (_MEANS @ inside < 1 - 1e-9)] = np.nan
    ends = landmarks.world[_ENDS].astype(np.float64)
    lengths = _OF_LIMB @ np.linalg.norm(ends[:, 0] - ends[:, 1], axis=-1)
    limbs = np.log(np.maximum(lengths, 1e-6))
    limbs -= limbs.mean()
    limbs[(_OF_LIMB @ sure[_ENDS].all(1) < 1 - 1e-9) | (sure.mean() < SEEN)] = np.nan
    return np.r_[colours.ravel(), limbs]


class Look:
    """The features of one person, as they were seen up to now.

    Attributes:
        views: The number of pictures.
    """

    def __init__(self) -> None:
        size = len(LEAST_SPREAD)
        self.views = 0
        self._mean, self._variance, self._told = np.zeros(size), np.zeros(size), np.zeros(size)

    @property
    def told(self) -> float:
        """Share of the features that were seen."""
        return float((self._told > 0).mean())

    def learn(self, seen: np.ndarray) -> None:
        """Take the `features` of one more picture."""
        told = np.isfinite(seen)
        self.views += 1
        self._told += told
        share = told / np.clip(self._told, 1, FOLLOWS)
        off = np.where(told, seen - self._mean, 0.0)
        self._mean = self._mean + share * off
        self._variance = (1 - share) * (self._variance + share * off * off)

    def distance(self, other: "Look") -> float:
        """How little the person of `other` looks like this one: about 1 if it is, up to 9; 1 if nothing tells.

        One part that is another one, such as a shirt, says more than all that are alike.
        """
        told = (self._told > 0) & (other._told > 0)
        if not told.any():
            return 1.0
        spread = LEAST_SPREAD**2 + (self._variance + other._variance) / 2
        off = np.minimum((self._mean - other._mean) ** 2 / spread, STRANGE**2) * told
        known = told.astype(float) @ _IN_GROUP
        groups = (off @ _IN_GROUP)[known > 0] / known[known > 0]
        return float(np.sqrt((groups * groups).mean()))

    @classmethod
    def of(cls, seen: np.ndarray) -> "Look":
        """That of a single picture, by its `features`."""
        look = cls()
        look.learn(seen)
        return look
