#!/usr/bin/env python3
"""Print OFFSETS and TIPS of `vtm.body.hand`: the flattened left hand of the average Anny (the shapes are CC0).

.venv/bin/pip install --no-deps -r requirements/render.txt
.venv/bin/python scripts/measure_hand.py
"""

import numpy as np
import torch
from anny import Anny

from vtm.body.hand import BASES
from vtm.body.skeleton import VIRTUAL_OFFSETS

OUR_AXES = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
BONES = ("finger2", "finger3", "finger5", "finger4", "finger1")
"""Anny's names of FINGERS."""
PULP = 0.9
"""Where the tip is between the last joint and the end of the mesh: MediaPipe's is on the pulp, not the nail's edge."""


def main() -> None:
    """Measure and print."""
    model = Anny(rig="anny", phenotypes="all").float()
    rest = model(phenotype_kwargs={name: torch.tensor([0.5]) for name in model.phenotype_labels})
    heads, vertices = (rest[key][0].numpy() @ OUR_AXES.T for key in ("rest_bone_heads", "rest_vertices"))
    along = (OUR_AXES @ rest["rest_bone_poses"][0, :, :3, :3].numpy())[:, :, 1]
    number = {name: bone for bone, name in enumerate(model.bone_labels)}
    weights = np.zeros((len(vertices), len(number)))
    owners = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    np.add.at(weights, (np.arange(len(vertices))[:, None], owners[0]), owners[1])

    wrist, elbow = heads[number["wrist.L"]], heads[number["lowerarm01.L"]]
    index, middle, little = (heads[number[f"finger{finger}-1.L"]] - wrist for finger in (2, 3, 5))
    y = middle / np.linalg.norm(middle)
    x = (index - little) - y * (y @ (index - little))
    x /= np.linalg.norm(x)
    frame = np.stack([x, y, np.cross(x, y)], -1)
    scale = np.linalg.norm(VIRTUAL_OFFSETS[20]) / np.linalg.norm(wrist - elbow)
    for finger, name in enumerate(BONES):
        bones = [number[f"{name}-{knuckle}.L"] for knuckle in (1, 2, 3)]
        straight = BASES[3 * finger][:, 1]
        lengths = [np.linalg.norm(heads[bones[k + 1]] - heads[bones[k]]) for k in (0, 1)]
        end = ((vertices[weights[:, bones[2]] > 0.6] - heads[bones[2]]) @ along[bones[2]]).max() * PULP
        rows = [(heads[bones[0]] - wrist) @ frame, *(straight * length for length in lengths), straight * end]
        print(name, np.round(np.array(rows) * scale, 4).tolist())


if __name__ == "__main__":
    main()
