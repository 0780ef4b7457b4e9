"""VTM, the Video-to-Motion Generator: the method. Knows neither a runtime engine nor ROS."""
