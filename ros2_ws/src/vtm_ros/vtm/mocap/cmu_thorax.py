"""The bone that CMU's motion lacks as BVH.

The files in circulation, of 31 joints, begin neck and both collars at the chest joint itself; the original ASF has the
thorax between. Without it, head and arms sit 12 cm too low.
"""

from dataclasses import replace

import numpy as np

from vtm.mocap.recording import Recording

_CHEST, _ABOVE = "spine1", ("neck", "leftshoulder", "rightshoulder")
_CMU_JOINT = "lhipjoint"
"""CMU's own skeletons have this joint."""
_LENGTH = 1.02
"""Of the thorax, relative to the bone below it: 2.065 of CMU's units in the skeleton that most files share."""


def with_thorax(recording: Recording) -> Recording:
    """The recording with its thorax put back, along the y axis of the chest; any other as it is."""
    joints = {name.lower(): index for index, name in enumerate(recording.names) if name}
    if not {_CMU_JOINT, _CHEST, *_ABOVE} <= set(joints):
        return recording
    chest, above = joints[_CHEST], [joints[name] for name in _ABOVE]
    length = np.linalg.norm(recording.offsets[chest])
    starts_there = [
        recording.parents[joint] == chest
        and joint not in recording.places
        and np.linalg.norm(recording.offsets[joint]) < 1e-3 * length
        for joint in above
    ]
    if not all(starts_there):
        return recording
    offsets = recording.offsets.copy()
    offsets[above] = [0.0, _LENGTH * length, 0.0]
    return replace(recording, offsets=offsets)
