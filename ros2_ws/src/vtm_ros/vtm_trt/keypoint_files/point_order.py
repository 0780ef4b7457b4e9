"""Which point of a keypoint file is which: what the file does not say of it, and whether what it says can be true."""

import numpy as np

from vtm.body.conventions import BY_COUNT, CONVENTIONS, Convention
from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES
from vtm.errors import VtmError
from vtm_trt.keypoint_files.reading import SEEN

LONGEST_TREE = 1.85
"""The limbs of a body are hardly longer than the shortest tree that joins its points; those of mixed-up points are."""
_LIMBS = [
    (KEYPOINT_INDEX[one], KEYPOINT_INDEX[other])
    for one, other in (
        ("nose", "left_eye"), ("nose", "right_eye"), ("left_eye", "left_ear"), ("right_eye", "right_ear"),
        ("left_shoulder", "right_shoulder"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
        ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
        ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
    )
]  # fmt: skip
_JOINED = sorted({point for limb in _LIMBS for point in limb})
LOOKED_AT = 60
SURE_OF_FACES = "mediapipe33"
"""Its network is as sure of the face of those who turn their backs: whether somebody is in a mirror it cannot tell."""


def convention_of(count: int, asked: str | None, told: Convention | str | None) -> tuple[Convention, str]:
    """The convention of a file, and in words how it was guessed.

    Args:
        count: How many points a person has.
        asked: The name that the user gives.
        told: What the file says.

    Raises:
        VtmError: Nobody knows it, or the number of points is another.
    """
    if asked is not None:
        if asked not in CONVENTIONS:
            raise VtmError(f"there is no convention '{asked}'; choose one of: {', '.join(CONVENTIONS)}")
        if CONVENTIONS[asked].count != count:
            raise VtmError(f"has {count} keypoints; {asked} has {CONVENTIONS[asked].count}")
        return CONVENTIONS[asked], ""
    if isinstance(told, str):
        return CONVENTIONS[told], f"{count} keypoints, taken for {CONVENTIONS[told].title}"
    return _by_count(count) if told is None else _by_names(count, told)


def _by_names(count: int, told: Convention) -> tuple[Convention, str]:
    usual = CONVENTIONS.get(BY_COUNT.get(count, ""))
    if told.count > count and usual and told.names[:count] == usual.names:
        told = usual  # Human-Art names points that only its own network has
    if told.count != count:
        raise VtmError(f"names {told.count} points and has {count}; the file is damaged")
    if sum(name in KEYPOINT_INDEX for name in told.names) < 10:
        raise VtmError("gives its points names that are not understood; choose with --convention")
    return told, f"{count} keypoints, by the names that the file gives them"


def _by_count(count: int) -> tuple[Convention, str]:
    if count in BY_COUNT:
        name = BY_COUNT[count]
        usual = CONVENTIONS[name]
        is_ours = usual.names == KEYPOINT_NAMES
        return usual, "" if is_ours else f"{count} keypoints, taken for {usual.title} (--convention {name})"
    fitting = [name for name, convention in CONVENTIONS.items() if convention.count == count]
    known = ", ".join(map(str, sorted(BY_COUNT)))
    what = f"networks of {known} keypoints are understood; bring yours into such an order"
    if fitting:
        what = f"they may come in several orders; say which with --convention {' or '.join(fitting)}"
    raise VtmError(f"has {count} keypoints; {what}")


def check_order(points: np.ndarray, convention: Convention, asked: bool) -> str:
    """Refuse keypoints (T, 23, 3) whose limbs are those of no body, or of one in a mirror; in words what is odd.

    Args:
        points: Of one person.
        convention: Of the file.
        asked: Whether the user named it: who stands on the head in all of a clip is believed only then.

    Raises:
        VtmError: The points come in another order, or their axes are others.
    """
    if convention.names == KEYPOINT_NAMES:
        _check_middles(points)
        return ""
    whole = (points[:, _JOINED, 2] > SEEN).sum(-1) >= 12
    frames = np.flatnonzero(whole)
    if not len(frames):
        return ""
    frames = frames[np.linspace(0, len(frames) - 1, min(LOOKED_AT, len(frames))).astype(int)]
    lengths = [_tree(points[frame]) for frame in frames]
    if float(np.median(lengths)) > LONGEST_TREE:
        raise VtmError(
            f"read as {convention.title} the keypoints are no body: its limbs cross from end to end; say in which "
            f"order they come with --convention, one of: {', '.join(CONVENTIONS)}"
        )
    return _check_upright(points[frames], asked, convention is not CONVENTIONS[SURE_OF_FACES])


def _check_upright(points: np.ndarray, asked: bool, shows_face: bool) -> str:
    """Refuse whole people (T, 23, 3) who stand on the head, or lie, in a mirror; in words what is odd."""
    upright = points[:, [KEYPOINT_INDEX[name] for name in ("nose", "left_ankle", "right_ankle")]]
    known = (upright[..., 2] > SEEN).all(-1)
    if np.count_nonzero(known) < 5:
        return ""
    mirrored = _mirrored(points) if shows_face else None
    across, down = (upright[known, 1:, :2].mean(1) - upright[known, 0, :2]).T
    if float((down < 0).mean()) > 0.9:
        odd = "the head is below the feet in nearly every frame: does y go up, or do the points come in another order?"
        if mirrored or (mirrored is None and not asked):
            sure = "" if mirrored else ", or name the --convention where it is so"
            raise VtmError(f"{odd} write the height minus y{sure}")
        return odd
    if float((np.abs(across) > 2 * np.abs(down)).mean()) > 0.9:
        if mirrored:
            raise VtmError(
                "the person lies on the side, and left is right though the face is seen, in nearly every frame: "
                "y comes before x; write x first, or give --convention movenet where the points are MoveNet's"
            )
        return "the person lies on the side in nearly every frame: does y come before x? x must come first"
    if mirrored:
        return "left is right though the face is seen, in nearly every frame: is it mirrored? text in the film tells"
    return ""


def _mirrored(points: np.ndarray) -> bool | None:
    """Whether people (T, 23, 3) who show their faces are seen in a mirror, which no turn of the camera does.

    None where hardly a face is seen, or they turn round.
    """
    pairs = [[KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("eye", "shoulder", "hip")]
    seen = (points[:, np.ravel(pairs), 2] > SEEN).all(-1)
    places = points[seen, :, :2]
    if len(places) < 5:
        return None
    down = places[:, KEYPOINT_INDEX["mid_hip"]] - places[:, KEYPOINT_INDEX["neck"]]
    across = np.stack([places[:, left] - places[:, right] for left, right in pairs])
    mirrored = down[:, 0] * across[..., 1] - down[:, 1] * across[..., 0] > 0
    if mirrored.all(0).mean() > 0.9:
        return True
    return False if (~mirrored).all(0).mean() > 0.9 else None


def _check_middles(points: np.ndarray) -> None:
    """Refuse 23 keypoints whose `neck` is not between the shoulders: COCO's 17 and the feet are 23, too."""
    neck, left, right, hip = (KEYPOINT_INDEX[name] for name in ("neck", "left_shoulder", "right_shoulder", "left_hip"))
    seen = points[(points[:, [neck, left, right, hip], 2] > SEEN).all(-1), :, :2]
    if len(seen) < 3:
        return
    away = np.linalg.norm(seen[:, neck] - seen[:, [left, right]].mean(1), axis=-1)
    trunk = np.linalg.norm(seen[:, [left, right]].mean(1) - seen[:, hip], axis=-1)
    if float(np.median(away / np.maximum(trunk, 1e-9))) > 0.5:
        raise VtmError(
            "of its 23 keypoints the last, the neck, is not between the shoulders; bring them into our order, or say "
            "--convention coco23 for COCO's 17 and the feet"
        )


def _tree(points: np.ndarray) -> float:
    """Length of the limbs over that of the shortest tree which joins the same points."""
    seen = points[:, 2] > SEEN
    limbs = [(one, other) for one, other in _LIMBS if seen[one] and seen[other]]
    joined = sorted({point for limb in limbs for point in limb})
    places = points[joined, :2]
    length = sum(float(np.linalg.norm(points[one, :2] - points[other, :2])) for one, other in limbs)
    ways = np.linalg.norm(places[:, None] - places[None], axis=-1)
    nearest, shortest = ways[0].copy(), 0.0
    nearest[0] = np.inf
    for _ in range(len(joined) - 1):
        chosen = int(np.argmin(nearest))
        shortest += float(nearest[chosen])
        visited = nearest == np.inf
        nearest = np.minimum(nearest, ways[chosen])
        nearest[visited] = nearest[chosen] = np.inf
    return length / max(shortest, 1e-9)
