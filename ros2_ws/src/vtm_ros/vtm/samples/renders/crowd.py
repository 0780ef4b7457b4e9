"""Several rendered people in one picture, each in front of or behind the others, and exactly what it shows of each."""

import copy
from collections.abc import Sequence

import numpy as np
import torch

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import BODY, person_scale, scaled_offsets
from vtm.files.crowd_file import CrowdTruth
from vtm.nets.body import keypoints_on_body
from vtm.samples.renders.anny_body import Person
from vtm.samples.renders.film import Film, Shot
from vtm.samples.renders.mesh import Mesh, Paint, boxes, joined
from vtm.samples.renders.renderer import Renderer, clip_space
from vtm.samples.renders.scene import Look, random_set
from vtm.samples.renders.wardrobe import dress

FLAT = Look(np.array([0.0, 0.0, 1.0]), np.zeros(3), np.ones(3), np.ones(3), 0.0, 0.0, 0.5)
"""The light in which a paint looks everywhere the same."""
MOST_PEOPLE = 4
LOOKED_EVERY = 3
"""Frames from one look at what can be seen of the people to the next; between them it changes evenly."""


class RenderedCrowd(Film):
    """Up to four people in one room, another body and other clothes each. Everything follows from the arguments.

    Args:
        moves: Of each person, rotations (T, 22, 3, 3) relative to the parent, the pelvis in world axes (z up), and the
            pelvis (T, 3) m.
        people: Their bodies.
        seconds: (T,).
        shot: The camera.
        look: Light and camera.
        seed: Of clothes and room.
        things: More furniture, the place (4, 4) of each and its size (3,) m.

    Attributes:
        truth: What the pictures show.
    """

    def __init__(
        self,
        moves: Sequence[tuple[np.ndarray, np.ndarray]],
        people: Sequence[Person],
        seconds: np.ndarray,
        shot: Shot,
        look: Look,
        seed: int,
        things: Sequence[tuple[np.ndarray, np.ndarray]] = (),
    ):
        assert len(moves) == len(people) <= MOST_PEOPLE
        rng = np.random.default_rng(seed)
        self._still = BODY.count * len(people)
        bones = np.tile(np.eye(4), (len(seconds), self._still + 1, 1, 1))
        meshes: list[Mesh] = []
        paints: list[Paint] = []
        in_world, turns = [], []
        for number, ((local, root), person) in enumerate(zip(moves, people, strict=True)):
            rotations, joints = forward_kinematics(local, scaled_offsets(person.rig.ratio), root)
            bones[:, self._of(number)] = person.skin_matrices(rotations, joints)
            body, palette = dress(person, rng)
            meshes.append(_moved_on(body, BODY.count * number, len(paints)))
            paints += palette
            in_world.append(joints)
            turns.append(rotations)
        room, more = random_set(np.concatenate(in_world, axis=1), shot.centre, len(paints), False, rng)
        paints += more
        for place, size in things:
            room = joined([room, boxes(place[None], size[None], np.full((1, 6), len(paints)), self._still)])
            paints.append(Paint.random(rng, scale=8.0))
        room = Mesh(**{**vars(room), "bones": np.full_like(room.bones, self._still)})
        self._whose = np.repeat(np.arange(len(people) + 1), [len(mesh.vertices) for mesh in (*meshes, room)])
        super().__init__(joined([*meshes, room]), paints, bones, shot, look, seed)
        ratio = np.stack([person.rig.ratio for person in people])
        joints = np.stack([shot.in_camera(one) for one in in_world])
        rotations = shot.rotation[:, None] @ np.stack(turns)
        visible, covered = self._shown()
        lens = shot.intrinsics
        self.truth = CrowdTruth(
            np.array([lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy]), seconds, joints, rotations, ratio,
            lens.project(_in_front(keypoints_of(rotations, joints, ratio))), visible, covered,
        )  # fmt: skip

    def alone(self, number: int) -> Film:
        """The same pictures without the other people."""
        film = copy.copy(self)
        film._bones = self._only(number, self._still)
        return film

    def _of(self, number: int) -> slice:
        """The bones of one person."""
        return slice(BODY.count * number, BODY.count * (number + 1))

    def _only(self, number: int, *others: int) -> np.ndarray:
        """All bones but those of one person, and `others`, shrunk into a point, which is not drawn."""
        bones = np.zeros_like(self._bones)
        for kept in (self._of(number), list(others)):
            bones[:, kept] = self._bones[:, kept]
        return bones

    def _shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Shares (N, T) of each body that the picture shows, and that it would show if nothing stood in front.

        Told by the pixels of a picture with half the resolution and twice the field of view.
        """
        people = int(self._whose[-1])
        width, height = self.size
        lens = self.shot.intrinsics.matrix / 2
        lens[:, 2] = lens[0, 2] + width / 4, lens[1, 2] + height / 4, 1
        view = clip_space(lens, width, height, self.shot.rotation, self.shot.centre)
        inside = np.zeros((height, width), bool)
        inside[height // 4 : height - height // 4, width // 4 : width - width // 4] = True
        codes = [*range(1, people + 1), 0]
        paints = [Paint(*2 * ((float(code & 1), float(code >> 1 & 1), float(code >> 2)),)) for code in codes]
        marked = Mesh(**{**vars(self._mesh), "paint": self._whose})
        frames = np.unique(np.append(np.arange(0, len(self), LOOKED_EVERY), len(self) - 1))
        shown = np.zeros((3, people, len(frames)))
        bodies = [self._only(number) for number in range(people)]
        renderer = Renderer(width, height, bones=self._bones.shape[1])
        try:
            renderer.load(marked, paints, FLAT)
            for row, frame in enumerate(frames):
                all_of_them = renderer.draw(self._bones[frame], view[frame]) > 127
                whose = all_of_them @ [1, 2, 4] - 1
                for number, bones in enumerate(bodies):
                    body = (renderer.draw(bones[frame], view[frame]) > 127).any(-1)
                    shown[:, number, row] = body.sum(), (body & inside).sum(), ((whose == number) & inside).sum()
        finally:
            renderer.close()
        whole, within, seen = shown
        shares = np.stack([seen, within - seen]) / np.maximum(whole, 1)
        visible, covered = np.apply_along_axis(lambda known: np.interp(np.arange(len(self)), frames, known), -1, shares)
        return visible, covered


def _moved_on(body: Mesh, bones: int, paints: int) -> Mesh:
    return Mesh(**{**vars(body), "bones": body.bones + bones, "paint": body.paint + paints})


def _in_front(points: np.ndarray) -> np.ndarray:
    """`points` (..., 3), those behind the camera moved before it: they project far outside the picture."""
    return np.concatenate([points[..., :2], np.maximum(points[..., 2:], 0.1)], axis=-1)


def keypoints_of(rotations: np.ndarray, joints: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Where the 2D network's keypoints are on bodies.

    Args:
        rotations: (N, T, 22, 3, 3), global.
        joints: (N, T, 22, 3) m.
        ratio: (N, 21) bone lengths over the virtual skeleton's.

    Returns:
        (N, T, 23, 3) m.
    """
    scale = person_scale(ratio)[:, None, None, None]
    points = keypoints_on_body(torch.from_numpy(rotations).float(), torch.from_numpy(joints / scale).float())
    return points.double().numpy() * scale
