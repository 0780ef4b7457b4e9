"""What the renderer draws: triangles, each vertex moved by bones and painted with one paint of a palette."""

from dataclasses import dataclass

import numpy as np

PLAIN, STRIPES, CHECKS, NOISE, GRADIENT = range(5)
PATTERNS = (PLAIN, STRIPES, CHECKS, NOISE, GRADIENT)


@dataclass(frozen=True)
class Paint:
    """Two RGB colours in 0..1 mixed by a pattern with about `scale` repetitions per metre."""

    first: tuple[float, float, float]
    second: tuple[float, float, float]
    pattern: int = PLAIN
    scale: float = 1.0

    @classmethod
    def random(
        cls, rng: np.random.Generator, patterns: tuple[int, ...] = PATTERNS, scale: float = 10.0, vivid: float = 1.0
    ) -> "Paint":
        """Colours from dull to vivid.

        Args:
            rng: The random numbers.
            patterns: Those to choose from.
            scale: Repetitions per metre, which are within a factor of three of it.
            vivid: Strength of the colours.
        """
        grey = rng.uniform(0.1, 1.0, (2, 1))
        first, second = np.clip(grey + (rng.random((2, 3)) - 0.5) * rng.choice([0.1, 0.5, 1.2]) * vivid, 0.02, 0.98)
        return cls(
            tuple(first), tuple(second), int(rng.choice(patterns)), float(scale * np.exp(rng.uniform(-1.1, 1.1)))
        )


@dataclass(frozen=True)
class Mesh:
    """V vertices, each moved by bones and painted.

    Attributes:
        vertices: (V, 3) m.
        normals: (V, 3).
        faces: (F, 3) indices of vertices.
        bones: (V, 4) that move them.
        weights: (V, 4), how much.
        paint: (V,) index into the palette.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    bones: np.ndarray
    weights: np.ndarray
    paint: np.ndarray


_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2
_SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
_NORMALS = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1.0]])


def boxes(frames: np.ndarray, sizes: np.ndarray, paints: np.ndarray, bone: int, inside: bool = False) -> Mesh:
    """N boxes as one mesh.

    Args:
        frames: (N, 4, 4) where they are.
        sizes: (N, 3) m.
        paints: (N, 6) of their sides.
        bone: That moves them.
        inside: A room seen from within.
    """
    count = len(frames)
    corners = (_CORNERS * sizes[:, None])[:, _SIDES].reshape(count, 24, 3)
    normals = np.repeat(_NORMALS, 4, axis=0) * (-1 if inside else 1)
    turn = frames[:, :3, :3].transpose(0, 2, 1)
    quads = np.arange(count * 6)[:, None] * 4
    return Mesh(
        (corners @ turn + frames[:, None, :3, 3]).reshape(-1, 3),
        (normals @ turn).reshape(-1, 3),
        np.concatenate([quads + [0, 1, 2], quads + [0, 2, 3]]).astype(np.int32),
        np.full((count * 24, 4), bone, np.int32),
        np.tile([1.0, 0.0, 0.0, 0.0], (count * 24, 1)),
        np.repeat(paints.reshape(-1), 4),
    )


def joined(meshes: list[Mesh]) -> Mesh:
    """All of them as one."""
    first = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = np.concatenate([mesh.faces + start for mesh, start in zip(meshes, first, strict=False)])
    rest = {
        name: np.concatenate([getattr(mesh, name) for mesh in meshes])
        for name in ("vertices", "normals", "bones", "weights", "paint")
    }
    return Mesh(faces=faces, **rest)
