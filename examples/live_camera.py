"""A camera, live: where the person's pelvis is, and how far the left elbow is bent. Give a device, or a file to try."""

import sys
import time

import cv2
import numpy as np

from vtm.body.rotations import matrix_from_quat, rotvec_from_matrix
from vtm.body.skeleton import JOINT_INDEX
from vtm_trt import Capture

source = sys.argv[1] if len(sys.argv) > 1 else "0"
camera = cv2.VideoCapture(int(source) if source.isdigit() else source)
capture = Capture(pose_model="lite")
while True:
    read, image = camera.read()
    if not read:
        break
    motion = capture.frame(image, time.monotonic())
    if motion is None:
        print("nobody")
        continue
    elbow = rotvec_from_matrix(matrix_from_quat(motion.quat_local[JOINT_INDEX["left_elbow"]]))
    x, y, z = motion.root_cam
    sure = motion.confidence[JOINT_INDEX["left_elbow"]]
    print(
        f"pelvis {x:5.2f} {y:5.2f} {z:5.2f} m, left elbow {np.degrees(np.linalg.norm(elbow)):3.0f}° ({sure:.0%} sure)"
    )
