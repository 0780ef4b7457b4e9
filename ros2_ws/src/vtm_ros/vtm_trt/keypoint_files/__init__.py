"""Keypoints as 2D networks write them: files of every kind, read as one person over a clip."""
