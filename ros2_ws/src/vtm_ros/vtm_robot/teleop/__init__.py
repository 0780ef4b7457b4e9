"""Driving a real robot live: when it may move, when it has to stand, and how it comes from the one to the other."""
