"""The engine: runs the networks frame by frame. Knows no ROS and imports no torch at run time."""
