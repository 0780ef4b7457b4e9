"""A person drawn over a picture."""
