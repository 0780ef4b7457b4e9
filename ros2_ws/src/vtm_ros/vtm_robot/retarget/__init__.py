"""From the pose of a person to the next command of a robot, frame by frame."""
