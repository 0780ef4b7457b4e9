"""Films of captured motion: the person over the video, beside views of the body from three directions."""
