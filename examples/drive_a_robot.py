"""A video drives a robot: its URDF is all that is needed. Prints joint angles; send them to a controller of yours."""

import sys

import cv2
import numpy as np

from vtm_robot.profile.model import draft_robot
from vtm_robot.retarget.person import person_pose
from vtm_robot.retarget.retargeter import Retargeter
from vtm_trt import Capture

robot, guessed = draft_robot(sys.argv[2])
print(*guessed, sep="\n")
video, capture = cv2.VideoCapture(sys.argv[1]), Capture(pose_model="lite")
rate = video.get(cv2.CAP_PROP_FPS)
retargeter = Retargeter(robot, rate, min_confidence=0.3)
for frame in range(10**9):
    read, image = video.read()
    if not read:
        break
    motion = capture.frame(image, frame / rate)
    command = retargeter.step(person_pose(motion) if motion else None)
    print(f"{frame:4d} {command.state.value:6s}", np.round(command.positions, 2))
