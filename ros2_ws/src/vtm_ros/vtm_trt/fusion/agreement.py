"""Whether cameras agree as well as their keypoints let them; exchanged cameras, for instance, do not.

Two rays nearly meet somewhere in any case, and left and right can be exchanged until they do. But then each camera's
own motion faces elsewhere than the body that was drawn onto the rays.
"""

from collections.abc import Sequence

import numpy as np

from vtm_trt.fusion.fusion import Fused

FAR_OFF_M = 0.045
"""Of one ray: keypoints alone are off by 25 to 40 mm, those of two exchanged cameras by 60."""
FAR_TURNED = float(np.radians(40))
"""A camera alone is mistaken by 5 to 20 degrees."""


def disagreement(fused: Sequence[Fused]) -> str:
    """How the cameras contradict each other in most of these instants, in words; empty where they do not."""
    told = [one for one in fused if np.isfinite(one.off_m)]
    if not told:
        return ""
    off, turned = (float(np.median([getattr(one, name) for one in told])) for name in ("off_m", "turned_rad"))
    rays = np.array([2 * len(one.heard) for one in told])
    alone = float(np.median([one.off_m for one in told] * np.sqrt(rays / (rays - 3))))  # the others draw it to them
    said = [f"rays pass {1e3 * off:.0f} mm off"] if max(alone / FAR_OFF_M, turned / FAR_TURNED) > 1 else []
    if turned > FAR_TURNED:
        said.append(f"what one camera sees faces {np.degrees(turned):.0f} degrees elsewhere")
    return ", ".join(said)
