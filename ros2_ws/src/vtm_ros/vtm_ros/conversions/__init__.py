"""Between messages of ROS 2 and our types."""
