"""People of every build: the body model Anny (Apache-2.0, its shapes CC0) moved by our 22 joints."""

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS
from vtm.errors import VtmError
from vtm.samples.renders.rig import BONES, Rig, fit_rig

ADULT_YEARS, CHILD_YEARS, CHILDREN = (18.0, 75.0), (5.0, 18.0), 0.08
OUR_AXES = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Anny looks along -y with its left at +x; we look along +x with our left at +y."""


@dataclass(frozen=True)
class Person:
    """One person in Anny's rest pose, body axes (x forward, y left, z up), metres.

    Attributes:
        vertices: (V, 3).
        normals: (V, 3).
        faces: (F, 3) indices of vertices.
        bones: (V, 4), which of our 22 joints move a vertex.
        weights: (V, 4), how much.
        label: (V,) the name of Anny's bone that moves a vertex most.
        rig: Our joints in it.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    bones: np.ndarray
    weights: np.ndarray
    label: np.ndarray
    rig: Rig

    def skin_matrices(self, rotations: np.ndarray, joints: np.ndarray) -> np.ndarray:
        """Matrices (..., 22, 4, 4) from rest vertices to a pose.

        The joints are those of a skeleton with the bones `rig.ratio`; each joint of the mesh falls on its own.

        Args:
            rotations: (..., 22, 3, 3), global.
            joints: (..., 22, 3) m.
        """
        matrices = np.zeros((*joints.shape[:-1], 4, 4))
        matrices[..., :3, :3] = rotations @ self.rig.align
        matrices[..., :3, 3] = joints - (matrices[..., :3, :3] @ self.rig.anchor[..., None])[..., 0]
        matrices[..., 3, 3] = 1
        return matrices

    def pose(self, rotations: np.ndarray, joints: np.ndarray) -> np.ndarray:
        """The skin (V, 3) m in one pose, as the renderer draws it.

        Args:
            rotations: (22, 3, 3), global.
            joints: (22, 3) m.
        """
        matrices = np.einsum("vk,vkij->vij", self.weights, self.skin_matrices(rotations, joints)[self.bones])
        return (matrices[:, :3, :3] @ self.vertices[..., None])[..., 0] + matrices[:, :3, 3]


@cache
def _anny():
    try:
        from anny import Anny
    except ImportError as fault:
        raise VtmError(
            f"rendering people needs the package {fault.name}: pip install --no-deps -r requirements/render.txt"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about faster skinning, which the renderer does itself
        return Anny(rig="cmu_mb", phenotypes="all").float()


@cache
def _skin() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The skin weights of Anny's bones gathered on our joints: bones (V, 4) int32, weights (V, 4), label (V,)."""
    model = _anny()
    labels = list(model.bone_labels)
    joint = {bone: JOINT_INDEX[name] for name, bones in BONES.items() for bone in bones}
    weights, indices = model.vertex_bone_weights.numpy(), model.vertex_bone_indices.numpy()
    gathered = np.zeros((len(weights), NUM_JOINTS))
    np.add.at(
        gathered, (np.arange(len(weights))[:, None], np.array([joint[name] for name in labels])[indices]), weights
    )
    bones = np.argsort(-gathered, axis=1, kind="stable")[:, :4]
    strongest = np.take_along_axis(gathered, bones, 1)
    label = np.array(labels)[np.take_along_axis(indices, weights.argmax(1)[:, None], 1)[:, 0]]
    return bones.astype(np.int32), strongest / strongest.sum(1, keepdims=True), label


def random_phenotypes(count: int, seed: int, children: float = CHILDREN) -> dict[str, torch.Tensor]:
    """Random people: sizes as in the WHO's statistics for their age, mostly adults.

    Args:
        count: Number of people.
        seed: Of the random numbers.
        children: Share of children.

    Returns:
        Anny's parameters, (count,) each.
    """
    model = _anny()
    from anny.shape_distribution import SimpleShapeDistribution

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        gender = torch.distributions.Beta(torch.tensor(0.3), torch.tensor(0.3))
        drawn = []
        for low, high in (ADULT_YEARS, CHILD_YEARS):
            age = torch.distributions.Uniform(torch.tensor(low), torch.tensor(high))
            drawn.append(SimpleShapeDistribution(model, age, gender).sample(count)[1])
        child = torch.rand(count) < children
    return {name: torch.where(child, drawn[1][name], drawn[0][name]) for name in drawn[0]}


def rest_bodies(phenotypes: dict[str, torch.Tensor]) -> tuple[np.ndarray, list[Rig]]:
    """Rest vertices (N, V, 3) and rigs of N people with these `phenotypes` (N,) each."""
    model = _anny()
    with torch.no_grad():
        rest = model(phenotype_kwargs=phenotypes)
    vertices = rest["rest_vertices"].numpy() @ OUR_AXES.T
    heads = rest["rest_bone_heads"].numpy() @ OUR_AXES.T
    rigs = []
    for points, starts in zip(vertices, heads, strict=True):
        crown = points[points[:, 2].argmax()] * (1, 0, 1)
        rigs.append(fit_rig(dict(zip(model.bone_labels, starts, strict=True)), crown))
    return vertices, rigs


def make_person(phenotype: dict[str, float]) -> Person:
    """The person with Anny's parameters `phenotype`, each in 0..1; those that are left out are average."""
    vertices, rigs = rest_bodies({name: torch.tensor([float(value)]) for name, value in phenotype.items()})
    faces = np.asarray(_anny().faces, dtype=np.int32)
    bones, weights, label = _skin()
    return Person(vertices[0], vertex_normals(vertices[0], faces), faces, bones, weights, label, rigs[0])


def random_person(seed: int) -> Person:
    """A random person; the same one for the same seed."""
    return make_person({name: float(value[0]) for name, value in random_phenotypes(1, seed).items()})


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3), the area-weighted mean of the faces round each vertex."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], np.cross(b - a, c - a))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
