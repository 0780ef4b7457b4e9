"""The same motion twice: clips whose joints bend as those of another clip do, or of a part of it.

Public recordings circulate in many conversions. Flexion of knees, elbows and hips tells them, whatever the skeleton,
the heading, the first frame, and the zero of each angle; a mirrored motion is another one.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX
from vtm.mocap.clip_file import Clip

_HZ = 20.0
_ALIKE = 0.15
"""Difference of two curves over their own spread, up to which they show the same motion: conversions of one recording
mostly differ by 0.04 to 0.15, two short walks of one person by 0.17 and more."""
_MOVES = 4.0
"""Least spread of the curves, degrees: clips that move less resemble all others and are not compared."""
_LEAST = 20
"""Least number of samples: shorter clips resemble parts of many others and are not compared."""
_COVERED = 2 / 3
"""The share of a clip that must have been seen before."""
_HINGES = [
    [JOINT_INDEX[f"{side}_{part}"] for part in parts]
    for parts in (("knee", "ankle"), ("elbow", "wrist"))
    for side in ("left", "right")
]
_HIPS = [JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]
_DOWN = np.array([0.0, 0.0, -1.0])

Match = tuple[int, int, int]
"""A clip, another at least as long, and the sample of that one at which the first begins."""


def duplicates(clips: Sequence[Clip]) -> dict[int, int]:
    """The clips that show what earlier ones show already, and for each the earlier one that shows most of it."""
    curves = [_curves(clip) for clip in clips]
    earlier: dict[int, list[tuple[int, slice]]] = defaultdict(list)
    for short, long, start in _matches(curves):
        first, later = min(short, long), max(short, long)
        seen = slice(start, start + len(curves[short])) if later == long else slice(None)
        earlier[later].append((first, seen))
    again: dict[int, int] = {}
    for later in sorted(earlier):
        covered = np.zeros(len(curves[later]), bool)
        shares = {}
        for first, seen in earlier[later]:
            if first not in again:
                covered[seen] = True
                shares[first] = len(covered[seen])
        if covered.mean() >= _COVERED:
            again[later] = max(shares, key=shares.__getitem__)
    return again


def _curves(clip: Clip) -> np.ndarray:
    """Flexion (S, 6) of knees, elbows and hips in degrees, at 20 samples/s, about its mean."""
    local = matrix_from_quat(np.asarray(clip.quat, dtype=np.float64))
    angles = []
    for hinge, end in _HINGES:
        bone, tip = clip.offsets[hinge], local[:, hinge] @ clip.offsets[end]
        cosine = tip @ bone / (np.linalg.norm(bone) * np.linalg.norm(clip.offsets[end]))
        angles.append(np.arccos(np.clip(cosine, -1, 1)))
    for hip in _HIPS:
        thigh = local[:, hip] @ _DOWN
        angles.append(np.unwrap(np.arctan2(thigh[:, 0], -thigh[:, 2])))
    step = max(round(clip.fps / _HZ), 1)
    samples = len(local) // step
    curves = np.degrees(np.stack(angles, 1))[: samples * step].reshape(samples, step, len(angles)).mean(1)
    return curves - curves.mean(0) if samples else curves


def _matches(curves: Sequence[np.ndarray]) -> list[Match]:
    """All pairs of clips of which one runs as the whole of the other, or a part of it, does.

    Each clip is slid over all others at once: the squared difference is the sum of both squares less twice the
    correlation, which Fourier transforms give for all places.
    """
    lengths = np.array([len(curve) for curve in curves], dtype=int)
    if lengths.sum() < _LEAST:
        return []
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(curves)), lengths)
    stream = np.concatenate(curves).astype(np.float32)
    size = next_fast_len(len(stream), real=True)
    spectrum = rfft(stream.T, size)
    sums = np.concatenate([np.zeros((1, stream.shape[1])), np.cumsum(stream, 0, dtype=np.float64)])
    squares = np.append(0, np.cumsum((stream**2).sum(1), dtype=np.float64))
    found = []
    for short, curve in enumerate(curves):
        count, power = len(curve), float((curve**2).sum())
        if count < _LEAST or power < _MOVES**2 * curve.size:
            continue
        product = irfft((spectrum * rfft(curve.T.astype(np.float32), size).conj()).sum(0), size)
        last = len(stream) - count + 1
        mean = (sums[count:] - sums[:-count]) ** 2
        difference = squares[count:] - squares[:-count] - mean.sum(1) / count + power - 2 * product[:last]
        near = owner[:last][difference < (2 * _ALIKE) ** 2 * power]
        for long in np.unique(near):
            if lengths[long] < count or (lengths[long] == count and long >= short):
                continue
            within = difference[starts[long] : starts[long] + lengths[long] - count + 1] / power
            least, place = _lowest(within)
            if least < _ALIKE**2:
                found.append((short, int(long), place))
    return found


def _lowest(values: np.ndarray) -> tuple[float, int]:
    """The lowest of `values` and where: that of the parabola through it and its neighbours, between samples."""
    place = int(values.argmin())
    if not 0 < place < len(values) - 1:
        return float(values[place]), place
    before, here, after = values[place - 1 : place + 2]
    return float(here - (after - before) ** 2 / (8 * max(before - 2 * here + after, 1e-9))), place
