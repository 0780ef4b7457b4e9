"""Bundle adjustment of a recording: small turns of all joints in all frames, one skeleton, the pelvis' way.

[ours] What the network says is the prior. Robust least squares weigh it against the keypoints, against jerky motion,
against bones of odd lengths and against feet that slide (`terms`). It is bundle adjustment [Triggs 1999] with a body in
place of the points, as SMPLify [Bogo 2016] fits one. The frames are solved together by Gauss-Newton (`piece`, `band`),
in overlapping pieces (`pieces`), so that time and memory grow with the length alone.

Keypoints that no body can follow are left alone, and their frames keep what the network says.
"""

from vtm_trt.bundle_adjustment.pieces import adjust
from vtm_trt.bundle_adjustment.records import Adjusted, Recording

__all__ = ["Adjusted", "Recording", "adjust"]
