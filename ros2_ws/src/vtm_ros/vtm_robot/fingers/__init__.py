"""A robot's fingers after the person's."""
