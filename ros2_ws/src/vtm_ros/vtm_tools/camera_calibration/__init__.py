"""A camera's intrinsics from pictures of a board [Zhang: A flexible new technique for camera calibration, 2000]."""
