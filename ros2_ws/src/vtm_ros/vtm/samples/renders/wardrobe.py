"""Skin, hair and clothes of a person: which paint each vertex wears and how far cloth and hair stand off."""

import numpy as np

from vtm.samples.renders.anny_body import Person, vertex_normals
from vtm.samples.renders.mesh import CHECKS, NOISE, PLAIN, STRIPES, Mesh, Paint

SKIN, HAIR, SHIRT, TROUSERS, SHOES, LIPS, WHITE, IRIS = range(8)
_TONES = np.array([[0.93, 0.76, 0.66], [0.87, 0.68, 0.55], [0.76, 0.57, 0.43], [0.55, 0.38, 0.27], [0.35, 0.23, 0.17]])
_HAIR = np.array([[0.06, 0.05, 0.05], [0.2, 0.12, 0.07], [0.45, 0.3, 0.16], [0.75, 0.6, 0.35], [0.6, 0.6, 0.6]])
_CLOTH = (PLAIN, PLAIN, STRIPES, CHECKS, NOISE)


def dress(person: Person, rng: np.random.Generator) -> tuple[Mesh, list[Paint]]:
    """Dress a person in random clothes.

    Args:
        person: Who is dressed.
        rng: The random numbers.

    Returns:
        The mesh, and the palette of eight paints that its `paint` indexes.
    """
    where = _features(person)
    paint = np.full(len(person.vertices), SKIN)
    paint[where["lips"]] = LIPS
    if rng.random() < 0.92:
        paint[where["hair"]] = HAIR
        paint[where["brows"]] = HAIR
    sleeve, trouser = rng.choice([0.4, 0.9, 1.9]), rng.choice([0.5, 1.0, 1.9])
    paint[where["torso"] | (where["arm"] < sleeve) & (where["arm"] > -1)] = SHIRT
    paint[where["hips"] | (where["leg"] < trouser) & (where["leg"] > -1)] = TROUSERS
    if rng.random() < 0.85:
        paint[where["foot"]] = SHOES
    paint[where["eye"]] = WHITE
    paint[where["iris"]] = IRIS

    loose = np.zeros(8)
    loose[[SHIRT, TROUSERS, HAIR, SHOES]] = rng.uniform([0.002, 0.002, 0.005, 0.002], [0.018, 0.02, 0.03, 0.012])
    vertices = person.vertices + person.normals * loose[paint][:, None]
    skin = _between(_TONES, rng)
    palette = [
        _plain(skin), Paint(*2 * (_rgb(_between(_HAIR, rng)),), PLAIN),
        Paint.random(rng, _CLOTH, 12.0), Paint.random(rng, _CLOTH, 12.0), Paint.random(rng, (PLAIN,)),
        _plain(skin * (0.85, 0.6, 0.6)), _plain(np.array([0.92, 0.92, 0.9])), _plain(rng.random(3) * 0.3),
    ]  # fmt: skip
    mesh = Mesh(vertices, vertex_normals(vertices, person.faces), person.faces, person.bones, person.weights, paint)
    return mesh, palette


def _features(person: Person) -> dict[str, np.ndarray]:
    """Masks (V,) of features; arm and leg: how far down the limb, 1 at elbow or knee, -1 elsewhere."""
    v, label, rig = person.vertices, person.label, person.rig
    head = np.isin(label, ["Head", "Neck1"])
    eyes = _eyes(person)
    eye = v[eyes]
    centre = (eye.max(0) + eye.min(0)) / 2
    size = np.ptp(v[label == "Head"][:, 2]) / 0.2
    behind, above = (centre[0] - v[:, 0]) / size, (v[:, 2] - centre[2]) / size
    side = np.abs(v[:, 1]) / size
    hair = head & ((above > 0.055) | (behind > 0.075) & (above > -0.07) & ~((side > 0.06) & (above < 0.02)))
    front = behind < 0.01
    iris_centre = np.array([eye[:, 0].max(), np.ptp(eye[:, 1]) / 2 - 0.014 * size, centre[2]])
    return {
        "hair": hair & ~eyes,
        "brows": head & front & (np.abs(above - 0.024) < 0.006) & (side > 0.012) & (side < 0.048) & ~eyes,
        "lips": head & (behind < -0.005) & (np.abs(above + 0.068) < 0.009) & (side < 0.026),
        "eye": eyes,
        "iris": eyes
        & (np.linalg.norm((v - iris_centre * (1, 0, 1)) * (1, 0, 1), axis=1) < 0.0075 * size)
        & (behind < 0),
        "torso": np.isin(label, ["Spine", "Spine1", "LeftShoulder", "RightShoulder", "LowerBack"]),
        "hips": np.isin(label, ["Hips", "LHipJoint", "RHipJoint"]),
        "foot": np.isin(label, ["LeftFoot", "RightFoot", "LeftToeBase", "RightToeBase"]),
        "arm": _along(v, label, rig.anchor, (16, 18, 20), "Arm", "ForeArm"),
        "leg": _along(v, label, rig.anchor, (1, 4, 7), "UpLeg", "Leg"),
    }


def _along(v, label, anchor, chain, upper: str, lower: str) -> np.ndarray:
    result = np.full(len(v), -1.0)
    for side, shift in (("Left", 0), ("Right", 1)):
        for start, bone in ((0, upper), (1, lower)):
            mask = label == side + bone
            a, b = anchor[chain[start] + shift], anchor[chain[start + 1] + shift]
            result[mask] = start + np.clip((v[mask] - a) @ (b - a) / ((b - a) @ (b - a)), 0, 0.999)
    return result


def _eyes(person: Person) -> np.ndarray:
    """The eyeballs: the two smallest separate pieces of the mesh."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, edges = len(person.vertices), np.concatenate([person.faces[:, [0, 1]], person.faces[:, [1, 2]]])
    graph = coo_array((np.ones(len(edges)), edges.T), shape=(count, count))
    piece = connected_components(graph, directed=False)[1]
    return np.isin(piece, np.argsort(np.bincount(piece), kind="stable")[:2])


def _between(table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random colour between two neighbours of a `table` (N, 3)."""
    place = rng.uniform(0, len(table) - 1)
    low = int(place)
    return table[low] + (table[min(low + 1, len(table) - 1)] - table[low]) * (place - low)


def _rgb(colour: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in colour)
    return red, green, blue


def _plain(colour: np.ndarray) -> Paint:
    return Paint(_rgb(colour), _rgb(colour))
