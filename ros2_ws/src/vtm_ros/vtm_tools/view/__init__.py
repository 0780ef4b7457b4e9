"""Motion in the Rerun viewer, live or recorded. Needs the extra `view`."""
