"""The motion of the person in a video file, as arrays and as a motion file."""

import sys

from vtm_trt import Capture

captured = Capture().video(sys.argv[1])
captured.save(sys.argv[2])
clip = captured.clip
print(f"{clip.valid.sum()} of {len(clip.valid)} frames show the person")
print(f"joints {clip.joints_cam.shape} in metres, rotations {clip.quat_local.shape} as quaternions xyzw")
