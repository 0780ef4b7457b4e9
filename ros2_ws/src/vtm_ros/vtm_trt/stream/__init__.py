"""One person followed from frame to frame: keypoints in, motions out."""
