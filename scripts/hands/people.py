"""People whose right hand has fingers: Anny's body moved by our 22 joints, its right forearm and fingers by more."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from vtm.body.hand import BASES, FINGERS, finger_rotations
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_joint_angles
from vtm.body.skeleton import JOINT_INDEX, person_scale, scaled_offsets
from vtm.samples.renders.anny_body import OUR_AXES, Person, make_person, random_phenotypes, vertex_normals

ELBOW, WRIST = JOINT_INDEX["right_elbow"], JOINT_INDEX["right_wrist"]
FOREARM, FIRST_FINGER, BONES = 23, 24, 39
"""Bones beyond the 22 joints and the one that stands still: the forearm next to the wrist, and the fingers."""
ANNY_FINGERS = dict(zip(FINGERS, (2, 3, 5, 4, 1), strict=True))
MIRROR = np.array([1.0, -1.0, 1.0])
PULP = 0.9
"""Where the tip is between the last joint and the end of the mesh."""


@cache
def _anny():
    import warnings

    from anny import Anny

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Anny(rig="anny", phenotypes="all").float()


@cache
def _owners() -> tuple[np.ndarray, np.ndarray]:
    """Shares of each vertex: of the right fingers (V, 15); of the forearm, what its half next to the wrist has (V,)."""
    model = _anny()
    number = {name: bone for bone, name in enumerate(model.bone_labels)}
    indices, weights = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    dense = np.zeros((len(indices), len(number)))
    np.add.at(dense, (np.arange(len(indices))[:, None], indices), weights)
    fingers = [number[f"finger{ANNY_FINGERS[finger]}-{k}.R"] for finger in FINGERS for k in (1, 2, 3)]
    near, far = dense[:, number["lowerarm01.R"]], dense[:, number["lowerarm02.R"]]
    return dense[:, fingers], far / np.maximum(near + far, 1e-6)


@dataclass(frozen=True)
class Hander:
    """A person with a right hand.

    Attributes:
        person: The body.
        anchor: (16, 3) m, wrist and finger joints in Anny's rest pose.
        align: (16, 3, 3), turns hand and finger bones from Anny's rest pose into the flat hand.
        offsets: (15, 3) m of the finger joints in the flat right hand.
        tips: (5, 3) m.
        rest_pronation: rad, of Anny's rest hand.
    """

    person: Person
    anchor: np.ndarray
    align: np.ndarray
    offsets: np.ndarray
    tips: np.ndarray
    rest_pronation: float

    @property
    def scale(self) -> float:
        """Size over the virtual skeleton's."""
        return float(person_scale(self.person.rig.ratio))

    def move(self, local: np.ndarray, root: np.ndarray, arm: np.ndarray, angles: np.ndarray) -> dict[str, np.ndarray]:
        """The person in T poses.

        Args:
            local: (T, 22, 3, 3) of the body.
            root: (T, 3), virtual-skeleton metres.
            arm: (T, 3) rad: pronation, wrist flexion, wrist deviation.
            angles: (T, 21) rad.

        Returns:
            bones (T, 39, 4, 4), joints (T, 22, 3), hand (T, 3, 3), elbow (T, 3, 3), points (T, 21, 3).
        """
        rotations, joints = forward_kinematics(local, scaled_offsets(self.person.rig.ratio), root * self.scale)
        elbow = rotations[:, ELBOW]
        hand = elbow @ matrix_from_joint_angles(arm, "yxz")
        bones = np.tile(np.eye(4), (len(local), BONES, 1, 1))
        bones[:, :22] = self.person.skin_matrices(rotations, joints)
        for bone, share in ((ELBOW, 0.2), (FOREARM, 0.8)):
            turn = share * (arm[:, 0] - self.rest_pronation)
            about = matrix_from_joint_angles(np.stack([turn, 0 * turn, 0 * turn], -1), "yxz")
            _place(
                bones[:, bone],
                elbow @ about @ self.person.rig.align[ELBOW],
                joints[:, ELBOW],
                self.person.rig.anchor[ELBOW],
            )
        _place(bones[:, WRIST], hand @ self.align[0], joints[:, WRIST], self.anchor[0])
        fingers = finger_rotations(angles, "right").reshape(-1, 5, 3, 3, 3)
        turn, at, chain = np.repeat(hand[:, None], 5, 1), np.repeat(joints[:, WRIST][:, None], 5, 1), []
        for knuckle in range(3):
            at = at + (turn @ self.offsets[knuckle::3, :, None])[..., 0]
            turn = turn @ fingers[:, :, knuckle]
            chain.append(at)
            numbers = np.arange(knuckle, 15, 3)
            for finger, number in enumerate(numbers):
                target = bones[:, FIRST_FINGER + number]
                _place(target, turn[:, finger] @ self.align[1 + number], at[:, finger], self.anchor[1 + number])
        chain.append(at + (turn @ self.tips[..., None])[..., 0])
        points = np.stack(chain, 2)[:, [4, 0, 1, 3, 2]].reshape(len(local), 20, 3)
        points = np.concatenate([joints[:, WRIST, None], points], 1)
        return {"bones": bones, "joints": joints, "hand": hand, "elbow": elbow, "points": points}


def _place(target: np.ndarray, turn: np.ndarray, at: np.ndarray, anchor: np.ndarray) -> None:
    target[:, :3, :3] = turn
    target[:, :3, 3] = at - turn @ anchor


def random_hander(seed: int, rng: np.random.Generator) -> Hander:
    """A random person, whose hand is a little larger, wider or slimmer than the body model alone makes hands."""
    phenotype = {name: float(value[0]) for name, value in random_phenotypes(1, seed).items()}
    person, model = make_person(phenotype), _anny()
    with torch.no_grad():
        rest = model(phenotype_kwargs={name: torch.tensor([value]) for name, value in phenotype.items()})
    heads = rest["rest_bone_heads"][0].numpy().astype(float) @ OUR_AXES.T
    bones = OUR_AXES @ rest["rest_bone_poses"][0, :, :3, :3].numpy().astype(float)
    number = {name: bone for bone, name in enumerate(model.bone_labels)}
    left = [number[f"finger{ANNY_FINGERS[finger]}-{k}.L"] for finger in FINGERS for k in (1, 2, 3)]
    knuckles, axes, wrist = heads[left], bones[left], heads[number["wrist.L"]]
    along = knuckles[3] - wrist
    along /= np.linalg.norm(along)
    across = knuckles[0] - knuckles[6]
    across = across - along * (along @ across)
    across /= np.linalg.norm(across)
    frame = np.stack([across, along, np.cross(across, along)], -1)
    align = np.concatenate([frame.T[None], BASES @ axes.transpose(0, 2, 1)])
    align = MIRROR[:, None] * align * MIRROR

    fingers, far = _owners()
    dense = np.zeros((len(person.bones), BONES))
    np.add.at(dense, (np.arange(len(dense))[:, None], person.bones), person.weights)
    dense *= 1 - fingers.sum(1, keepdims=True)
    dense[:, FIRST_FINGER:] = fingers
    dense[:, FOREARM], dense[:, ELBOW] = dense[:, ELBOW] * far, dense[:, ELBOW] * (1 - far)
    order = np.argsort(-dense, 1, kind="stable")[:, :4]
    strongest = np.take_along_axis(dense, order, 1)

    size = np.exp(rng.normal(0, 0.05)) * np.exp(rng.normal(0, [0.05, 0.04, 0.06]))
    base = wrist * MIRROR
    turned = MIRROR[:, None] * frame * MIRROR
    stretch = turned @ np.diag(size) @ turned.T
    belongs = np.clip(dense[:, WRIST] + fingers.sum(1), 0, 1)[:, None]
    vertices = person.vertices + belongs * ((person.vertices - base) @ (stretch - np.eye(3)).T)
    anchor = np.concatenate([base[None], base + (knuckles * MIRROR - base) @ stretch.T])
    offsets, tips = np.zeros((15, 3)), np.zeros((5, 3))
    for finger in range(5):
        straight = BASES[3 * finger][:, 1] * MIRROR
        joints = anchor[1 + 3 * finger : 4 + 3 * finger]
        offsets[3 * finger] = turned.T @ (joints[0] - base)
        offsets[3 * finger + 1 : 3 * finger + 3] = straight * np.linalg.norm(np.diff(joints, axis=0), axis=1)[:, None]
        last = (joints[2] - joints[1]) / np.linalg.norm(joints[2] - joints[1])
        end = ((vertices[fingers[:, 3 * finger + 2] > 0.6] - joints[2]) @ last).max()
        tips[finger] = straight * end * PULP
    elbow = person.rig.align[ELBOW] @ turned
    person = Person(vertices, vertex_normals(vertices, person.faces), person.faces, order.astype(np.int32),
                    strongest / strongest.sum(1, keepdims=True), person.label, person.rig)  # fmt: skip
    return Hander(person, anchor, align, offsets, tips, float(np.arctan2(elbow[0, 2], elbow[2, 2])))
