"""Scenes of two to four people whose paths cross, by name; who they are and how they walk follows from a seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtm.body.skeleton import person_scale
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.mocap.clip_file import read_clips, read_index
from vtm.samples import staging
from vtm.samples.renders.anny_body import Person, random_person
from vtm.samples.renders.crowd import RenderedCrowd
from vtm.samples.renders.film import Shot
from vtm.samples.renders.scene import random_look
from vtm.samples.staging import Gait, Move

WALKERS = ("cc_007_03", "cc_007_07", "expmap_train_walking_3", "cc_007_10", "cc_007_05")
FIGHTER, PLAYER = "dance_martial_06_s1", "cc_006_12_s2"
"""Held-out recordings of cmu_clips.npz."""
EYE, AIM, FOCAL = np.array([0.0, 0.0, 1.4]), np.array([5.0, 0.0, 0.9]), 0.95
"""Of the camera, metres, and its focal length over the width of the picture."""
TOWARDS_CAMERA = np.pi
SHORTEST_WALK_M = 0.7
"""To what is nearer one moves without a step."""
Station = tuple[tuple[float, float], float, str, float]
"""A place on the ground, the heading there, the posture, and for how many seconds."""


@dataclass(frozen=True, eq=False)
class Cast:
    """Who plays.

    Attributes:
        people: Their bodies.
        gaits: How each walks.
        acts: What else can be done, by name of the recording.
        fps: Frames/s.
        seconds: (T,).
        seed: Of the postures' swaying.
    """

    people: Sequence[Person]
    gaits: Sequence[Gait]
    acts: dict[str, Move]
    fps: float
    seconds: np.ndarray
    seed: int

    def size(self, who: int) -> float:
        """Of a person, over the virtual skeleton's."""
        return float(person_scale(self.people[who].rig.ratio))

    def walks(self, who: int, path: np.ndarray) -> Move:
        """Along a closed path (K, 2) all the time."""
        return staging.walk(self.gaits[who], path, len(self.seconds), self.size(who), start=7 * who)

    def does(self, who: int, act: str, place: tuple[float, float], heading: float) -> Move:
        """A recorded act, to and fro."""
        return staging.act(self.acts[act], place, heading, len(self.seconds), self.size(who))

    def keeps(self, who: int, posture: str, place: tuple[float, float], heading: float) -> Move:
        """A posture, all the time."""
        return staging.keep(posture, place, heading, self.seconds, self.size(who), self.seed + who)

    def visits(self, who: int, stations: Sequence[Station]) -> Move:
        """One station after another, straight on between them; at the last one to the end."""
        parts, step = [], self.gaits[who].pace * self.size(who)
        for number, (place, heading, posture, lasting) in enumerate(stations):
            if number and (way := np.linalg.norm(np.subtract(place, stations[number - 1][0]))) > SHORTEST_WALK_M:
                line = np.linspace(stations[number - 1][0], place, 50)
                path = np.concatenate([line, [line[-1] + (line[-1] - line[0])]])
                frames = max(round(way / step), round(2 * staging.BLEND_S * self.fps))
                parts.append(staging.walk(self.gaits[who], path, frames, self.size(who)))
            last = number == len(stations) - 1
            frames = len(self.seconds) if last else round((lasting + 2 * staging.BLEND_S) * self.fps)
            seconds = np.arange(frames) / self.fps
            parts.append(staging.keep(posture, place, heading, seconds, self.size(who), self.seed + 10 * who + number))
        local, root = staging.joined_up(parts, self.fps)
        return local[: len(self.seconds)], root[: len(self.seconds)]

    def apart(self, others: Sequence[Move], made: Callable[[float], Move]) -> Move:
        """The one of 24, `made` with a share of a path to begin at, that comes least near to the others."""
        candidates = [made(share) for share in np.arange(24) / 24]
        ways = [other[1][:, :2] for other in others]
        return max(candidates, key=lambda move: min(np.linalg.norm(move[1][:, :2] - way, axis=1).min() for way in ways))


Things = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Scene:
    """What happens.

    Attributes:
        people: How many.
        lasting: Seconds.
        play: What they do, and the furniture they need.
    """

    people: int
    lasting: float
    play: Callable[[Cast], tuple[list[Move], Things]]


def oval(middle: tuple[float, float], radii: tuple[float, float], share: float = 0.0, way: int = 1) -> np.ndarray:
    """A closed path (240, 2) m, begun at some `share` of it, to the left (1) or to the right (-1)."""
    angle = way * 2 * np.pi * (np.arange(240) / 240 + share)
    return np.asarray(middle) + np.stack([np.cos(angle), np.sin(angle)], axis=-1) * radii


def _cross(cast: Cast) -> tuple[list[Move], Things]:
    near = cast.walks(0, oval((4.3, 0), (0.35, 1.7)))
    return [near, cast.walks(1, oval((5.5, 0), (0.35, 1.9), 0.3, -1))], []


def _circle(cast: Cast) -> tuple[list[Move], Things]:
    outer = cast.walks(0, oval((5.4, 0), (1.5, 1.6)))
    inner = cast.apart([outer], lambda share: cast.walks(1, oval((5.4, 0), (0.8, 0.8), share, -1)))
    deep = cast.apart([outer, inner], lambda share: cast.walks(2, oval((5.6, 0.1), (1.9, 0.4), share)))
    return [outer, inner, deep], []


def _hug(cast: Cast) -> tuple[list[Move], Things]:
    left, right = np.pi / 2, -np.pi / 2
    one: list[Station] = [
        ((5, -1.8), left, "stand", 0.5),
        ((5, -0.2), left, "arms ahead", 3.0),
        ((4.9, -0.3), TOWARDS_CAMERA, "wave", 2.0),
        ((4.6, -1.2), left, "stand", 0.5),
        ((4.8, 0.1), 0.0, "arms ahead", 3.0),
        ((4.4, -1.5), TOWARDS_CAMERA, "stand", 1.0),
    ]
    other: list[Station] = [
        ((5, 1.8), right, "stand", 0.5),
        ((5, 0.2), right, "arms ahead", 3.0),
        ((5, 0.25), TOWARDS_CAMERA, "arms crossed", 2.0),
        ((5.8, 0.9), right, "stand", 0.5),
        ((5.25, 0.1), TOWARDS_CAMERA, "arms ahead", 3.0),
        ((5, 1.6), left, "stand", 1.0),
    ]
    return [cast.visits(0, one), cast.visits(1, other)], []


def _sit(cast: Cast) -> tuple[list[Move], Things]:
    place = (5.0, 0.3)
    sitting = cast.keeps(0, "sit", place, TOWARDS_CAMERA + 0.4)
    seat = np.array([0.42, 0.5, float(sitting[1][0, 2]) - 0.11])
    under = np.eye(4)
    under[:3, 3] = *place, seat[2] / 2
    return [sitting, cast.walks(1, oval(place, (0.95, 1.9)))], [(under, seat)]


def _leave(cast: Cast) -> tuple[list[Move], Things]:
    stays = cast.does(0, FIGHTER, (6.4, 0.3), TOWARDS_CAMERA)
    long_away = cast.walks(1, oval((4.8, 2.2), (0.45, 3.0), 0.6))
    short_away = cast.walks(2, oval((4.3, -1.75), (0.35, 1.6), 0.3))
    return [stays, long_away, short_away], []


def _bystander(cast: Cast) -> tuple[list[Move], Things]:
    return [cast.does(0, PLAYER, (4.6, -0.6), np.pi / 2), cast.walks(1, oval((17, 1.5), (0.5, 2.5)))], []


def _four(cast: Cast) -> tuple[list[Move], Things]:
    near = cast.walks(0, oval((4.6, 0.2), (0.4, 1.8)))
    middle = cast.walks(1, oval((5.9, -0.2), (0.45, 2.4), 0.4, -1))
    far = cast.walks(2, oval((7.3, 0), (0.45, 2.8), 0.7))
    return [near, middle, far, cast.keeps(3, "arms crossed", (8.6, 1.0), TOWARDS_CAMERA)], []


SCENES: dict[str, Scene] = {
    "cross": Scene(2, 15, _cross),
    "circle": Scene(3, 15, _circle),
    "hug": Scene(2, 15, _hug),
    "sit": Scene(2, 12, _sit),
    "leave": Scene(3, 16, _leave),
    "bystander": Scene(2, 8, _bystander),
    "four": Scene(4, 12, _four),
}


def film_scene(name: str, clips: Path, seed: int, size: tuple[int, int], fps: float) -> RenderedCrowd:
    """A scene, ready to be drawn.

    Args:
        name: Of `SCENES`.
        clips: The file of recordings; its `val` split has those that are played.
        seed: Of people, clothes, room and light.
        size: Width and height of the picture.
        fps: Frames/s.

    Raises:
        VtmError: The file lacks a recording.
    """
    scene = SCENES[name]
    seconds = np.arange(round(scene.lasting * fps)) / fps
    people = [random_person(seed + 10 * number) for number in range(scene.people)]
    wanted = (*WALKERS, FIGHTER, PLAYER)
    held_out = {row["clip"] for row in read_index(clips) if row["split"] == "val"}
    if missing := sorted(set(wanted) - held_out):
        raise VtmError(f"{clips}: no clip {', '.join(missing)} in its split val; scenes play those of cmu_clips.npz")
    moves = {name: staging.recorded(clip, fps) for name, clip in zip(wanted, read_clips(clips, wanted), strict=True)}
    gaits = [staging.gait(moves[name], fps) for name in WALKERS]
    first = seed % len(gaits)
    cast = Cast(people, [*gaits[first:], *gaits[:first]], moves, fps, seconds, seed)
    played, things = scene.play(cast)
    lens = Intrinsics(*size, FOCAL * size[0], FOCAL * size[0], size[0] / 2, size[1] / 2)
    look = random_look(np.random.default_rng(seed))
    return RenderedCrowd(played, people, seconds, standing_shot(lens, len(seconds)), look, seed, things)


def standing_shot(lens: Intrinsics, frames: int, eye: np.ndarray = EYE, aim: np.ndarray = AIM) -> Shot:
    """A camera that stands at `eye` (3,) m and looks at `aim` (3,) m."""
    forward = (aim - eye) / np.linalg.norm(aim - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return Shot(lens, np.tile(rotation, (frames, 1, 1)), np.tile(eye, (frames, 1)))
