"""What can be said of a motion file without knowing the truth, as numbers and as one page to read."""
