"""The ROS 2 surface: nodes, parameters, message builders."""
