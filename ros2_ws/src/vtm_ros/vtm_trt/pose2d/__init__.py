"""Keypoints of people in images, and which of them are left and which are right."""
