"""Where pictures come from: video files, cameras and streams."""
