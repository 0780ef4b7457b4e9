"""The 2D landmarks of both hands, found from the body's, followed from frame to frame."""
