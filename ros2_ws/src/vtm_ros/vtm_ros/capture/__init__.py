"""From an arriving image to a motion."""
