"""What of a robot answers to what of a person: drafted from the URDF, kept as a short YAML file."""
