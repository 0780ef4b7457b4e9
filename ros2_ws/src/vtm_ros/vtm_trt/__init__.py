"""The engine and the stream: runs the networks frame by frame. Knows no ROS and imports no torch at run time.

`Capture` is all that most programs need.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vtm_trt.capture import Capture
    from vtm_trt.offline.captured import Captured

__all__ = ["Capture", "Captured"]


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: rooms below must not load what is built on them."""
    if name == "Capture":
        from vtm_trt.capture import Capture

        return Capture
    if name == "Captured":
        from vtm_trt.offline.captured import Captured

        return Captured
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
