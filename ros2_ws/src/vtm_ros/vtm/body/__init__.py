"""The body: joints, bones, rotations and keypoints."""
