"""What the nodes subscribe to, beside the image itself."""
