"""Names and colours of the plotted curves: left blue, right orange, as everywhere, a shade for each curve of a side."""

from collections.abc import Sequence

import numpy as np
import rerun as rr

from vtm.body.body_shape import CONTACT_NAMES
from vtm.body.hand import FINGERS, SIDES
from vtm.body.joint_angles import ANGLE_NAMES
from vtm.body.skeleton import JOINT_NAMES
from vtm_tools.draw.stick_figure import COLOURS

BONES = {"thigh": "knee", "shin": "ankle", "upper_arm": "elbow", "forearm": "wrist"}
"""The bones that are plotted, and the joint in which each ends."""
LIMBS = [f"{side}_{joint}" for side in SIDES for joint in BONES.values()]
"""The joints in which those of both sides end."""


def styles() -> dict[str, rr.SeriesLines]:
    """How the curves of each entity below the plots look; of the trunk's joints the viewer chooses the colours."""
    looks = {}
    for joint in JOINT_NAMES[1:]:
        names = [name for name in ANGLE_NAMES if name.rsplit("_", 1)[0] == joint]
        looks[f"angles/{joint}"] = rr.SeriesLines(names=[f"{name} [deg]" for name in names], colors=_shades(joint, 3))
    for side in SIDES:
        bends = [f"{side}_{finger} [deg]" for finger in FINGERS]
        looks[f"angles/{side}_fingers"] = rr.SeriesLines(names=bends, colors=_shades(side, len(bends)))
        looks[f"hands/{side}"] = rr.SeriesLines(names=side, colors=_shades(side, 3)[1])
        bones, contacts = list(BONES.items()), [name for name in CONTACT_NAMES if name.startswith(side)]
        for (bone, joint), shade in zip(bones, _shades(side, len(bones)), strict=True):
            looks[f"bones/to_{side}_{joint}"] = rr.SeriesLines(names=f"{side}_{bone}", colors=shade)
        for name, shade in zip(contacts, _shades(side, len(contacts)), strict=True):
            looks[f"contacts/{name}"] = rr.SeriesLines(names=name, colors=shade)
    return looks


def _shades(name: str, count: int) -> Sequence[tuple[int, ...]]:
    """Dark to bright RGB of the side that `name` begins with; none of the middle."""
    side = name.split("_")[0]
    if side not in COLOURS:
        return []
    colour = np.frombuffer(bytes.fromhex(COLOURS[side].removeprefix("#")), np.uint8).astype(float)
    mixes = np.linspace(-0.45, 0.5, count)
    return [tuple((colour * (1 + mix) if mix < 0 else colour + (255 - colour) * mix).astype(int)) for mix in mixes]
