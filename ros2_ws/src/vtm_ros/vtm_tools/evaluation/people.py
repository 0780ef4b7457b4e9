"""Films of several people whose truth is known, through the program: who was followed as whom, and how accurately."""

import typing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.skeleton import PARENTS, person_scale, scaled_offsets
from vtm.errors import VtmError
from vtm.files.crowd_file import CrowdTruth
from vtm.metrics.people import CLEAR, NOBODY, Counts, Followed, Seen, count, follow
from vtm.metrics.score import Errors, Protocol, evaluate, summary
from vtm.metrics.track import Track
from vtm.types import Frame, Motion
from vtm_tools.evaluation.streamed import track_of_motions
from vtm_trt.sources.video import Video

SCORES = ("mpjpe_mm", "pa_mpjpe_mm", "mpjae_deg", "mpjae_local_deg")


class Follower(typing.Protocol):
    """What follows several people."""

    def reset(self) -> None:
        """Forget everybody."""

    def step(self, frame: Frame) -> Sequence[Motion]:
        """The motion of everybody who is seen in a frame, each with a `person_id` that stays."""


@dataclass(frozen=True, eq=False)
class Watched:
    """What the program said of T frames.

    Attributes:
        stamps: T of them, nanoseconds.
        motions: By frame, of everybody who was seen.
        frame_ms: Milliseconds that each took.
    """

    stamps: list[int]
    motions: list[Sequence[Motion]]
    frame_ms: list[float]

    @property
    def seen(self) -> list[Seen]:
        """The numbers and keypoints."""
        return [_seen(motions) for motions in self.motions]

    def tracks(self, followed: Followed) -> list[Track]:
        """Of each true person, the motions with which he was followed, whatever their numbers."""
        found = []
        for rows in followed.row.T.tolist():
            motions = [self.motions[frame][row] for frame, row in enumerate(rows) if row != NOBODY]
            found.append(track_of_motions(motions, self.stamps))
        return found


@dataclass(frozen=True, eq=False)
class Scene:
    """A film of N people.

    Attributes:
        name: Of the scene.
        video: The film.
        truth: What it shows.
        alone: By person, the film without the others.
    """

    name: str
    video: Path
    truth: CrowdTruth
    alone: dict[int, Path]

    def frames(self, video: Path | None = None) -> Iterator[Frame]:
        """Those of its film, or of another one of the same length.

        Raises:
            VtmError: It is shorter than the truth.
        """
        film = Video(video or self.video)
        for second in self.truth.seconds.tolist():
            image = film.read()
            if image is None:
                raise VtmError(
                    f"{film.source} is shorter than its truth; make the scenes again with scripts/render_people.py"
                )
            yield Frame(image, round(second * 1e9), self.truth.intrinsics)
        film.close()

    @property
    def fps(self) -> float:
        """Frames per second."""
        return float(1 / np.diff(self.truth.seconds).mean())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.truth.intrinsics.width, self.truth.intrinsics.height


@dataclass(eq=False)
class Judged:
    """What the program made of a scene of N people and T frames.

    Attributes:
        scene: The scene.
        seen: T frames.
        followed: Who was followed as whom.
        counts: Of matches and faults.
        tracks: Of each person, the motion with which he was followed.
        errors: Of each person, None for one who was never followed.
        frame_ms: Of each frame, milliseconds that it took.
        beside_alone: Of each person who has a film alone, the scores of the frames in which he is followed in both:
            `together` and `alone`, and of those in which he is clearly visible `together_clear` and `alone_clear`.
    """

    scene: Scene
    seen: list[Seen]
    followed: Followed
    counts: Counts
    tracks: list[Track]
    errors: list[Errors | None]
    frame_ms: list[float]
    beside_alone: dict[int, dict[str, dict[str, float]]]


def scenes_in(folder: Path) -> list[Scene]:
    """The scenes that `scripts/render_people.py` put into a folder, by name.

    Raises:
        VtmError: There is none.
    """
    found = []
    for path in sorted(folder.glob("*.npz")):
        alone = {int(one.stem.rpartition("alone")[2]) - 1: one for one in folder.glob(f"{path.stem}.alone[1-9].mp4")}
        found.append(Scene(path.stem, path.with_suffix(".mp4"), CrowdTruth.load(path), dict(sorted(alone.items()))))
    if not found:
        raise VtmError(f"there is no scene of people in {folder}; make some with scripts/render_people.py")
    return found


def watch(stream: Follower, frames: Iterable[Frame]) -> Watched:
    """Run a film through the program."""
    stream.reset()
    watched = Watched([], [], [])
    for frame in frames:
        began = perf_counter()
        watched.motions.append(list(stream.step(frame)))
        watched.frame_ms.append((perf_counter() - began) * 1e3)
        watched.stamps.append(frame.stamp_ns)
    return watched


def judge(stream: Follower, scene: Scene) -> Judged:
    """Run a scene, and the films of its people alone, through the program."""
    truth = scene.truth
    watched = watch(stream, scene.frames())
    seen, followed = watched.seen, follow(watched.seen, truth.keypoints, scene.size)
    tracks, true = watched.tracks(followed), [true_track(truth, who) for who in range(len(truth.joints))]
    judged = Judged(
        scene, seen, followed, count(seen, followed, truth.visible, scene.fps), tracks,
        [_errors(*pair, scene.fps) for pair in zip(tracks, true, strict=True)], watched.frame_ms, {},
    )  # fmt: skip
    for who, video in scene.alone.items():
        watched = watch(stream, scene.frames(video))
        (by_himself,) = watched.tracks(follow(watched.seen, truth.keypoints[[who]], scene.size))
        both = known(tracks[who]) & known(by_himself)
        scores = judged.beside_alone[who] = {}
        for ending, counted in (("", both), ("_clear", both & (truth.visible[who] >= CLEAR))):
            rows = np.where(counted, np.arange(len(counted)), -1)
            for case, track in (("together", tracks[who]), ("alone", by_himself)):
                scores[case + ending] = scores_of([_errors(track.frames(rows), true[who], scene.fps)])
    return judged


def scores_of(errors: Sequence[Errors | None]) -> dict[str, float]:
    """The means over all frames of all people who were followed."""
    known = [one for one in errors if one is not None]
    scores = summary(known) if known else {}
    return {name: scores[name] for name in SCORES if name in scores}


def true_track(truth: CrowdTruth, who: int) -> Track:
    """The motion of one person at the size of the virtual skeleton: a picture cannot tell it from any other."""
    scale = person_scale(truth.ratio[who])
    rotations = truth.rotations[who]
    local = np.swapaxes(rotations[:, [0, *PARENTS[1:]]], -1, -2) @ rotations
    local[:, 0] = rotations[:, 0]
    joints = truth.joints[who] / scale
    return Track(joints, local, np.broadcast_to(scaled_offsets(truth.ratio[who] / scale), joints.shape))


def _seen(motions: Sequence[Motion]) -> Seen:
    ids = np.array([motion.person_id for motion in motions], int)
    keypoints = np.reshape([motion.observation.keypoints for motion in motions], (-1, NUM_KEYPOINTS, 2))
    return Seen(ids, keypoints.astype(float))


def known(track: Track) -> np.ndarray:
    """In which frames (T,) all joints are known."""
    return np.isfinite(track.joints).all((1, 2))


def _errors(track: Track, true: Track, fps: float) -> Errors | None:
    return evaluate(track, true, fps, Protocol()) if known(track).any() else None
