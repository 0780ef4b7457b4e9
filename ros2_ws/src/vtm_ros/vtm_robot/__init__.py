"""From a person to a robot: any URDF follows a captured motion within its limits."""
