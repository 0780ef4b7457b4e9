"""The files of several people, beside each other: m.npz becomes m.person_1.npz, m.person_2.npz and m.people.json."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.draw.people import person_colour


def person_file(path: Path, number: int) -> Path:
    """The file of the person with this number, from that of all, as given by the user."""
    return path.with_name(f"{path.stem}.person_{number}{path.suffix}")


def people_file(path: Path) -> Path:
    """The file that says who is in the motion files."""
    return path.with_name(f"{path.stem}.people.json")


def numbered(clips: Sequence[MotionClip]) -> dict[int, MotionClip]:
    """The motions of people in one video by their numbers, or, where two have the same, by their places in this list.

    Raises:
        VtmError: Somebody is never seen, or a clip is of another video.
    """
    if any(len(clip.valid) != len(clips[0].valid) for clip in clips):
        raise VtmError("the motions have different numbers of frames; give those of one video")
    if not all(clip.valid.any() for clip in clips):
        raise VtmError("one of the motions shows nobody in any frame; leave it out")
    numbers = [int(clip.person_id[0]) for clip in clips]
    if len(set(numbers)) < len(numbers) or min(numbers) < 1:
        numbers = list(range(1, len(clips) + 1))
    return dict(zip(numbers, clips, strict=True))


def who_is_who(video: Path, out: Path, people: Mapping[int, MotionClip]) -> dict[str, Any]:
    """What `people_file` holds.

    Args:
        video: Where they were seen.
        out: The motion file of all, as given by the user.
        people: The motion of each, by number.
    """
    clip = next(iter(people.values()))
    return {
        "video": video.name,
        "frames": len(clip.stamps),
        "fps": float(clip.fps),
        "people": [_entry(number, person_file(out, number), clip) for number, clip in people.items()],
    }


def _entry(number: int, path: Path, clip: MotionClip) -> dict[str, Any]:
    seen = clip.stamps[np.flatnonzero(clip.valid)] - clip.stamps[0]
    return {
        "number": number,
        "file": path.name,
        "colour": person_colour(number),
        "first_seen_s": round(float(seen[0]), 3),
        "last_seen_s": round(float(seen[-1]), 3),
        "seen_percent": round(100 * float(clip.valid.mean()), 1),
    }
