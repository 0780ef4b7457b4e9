"""What the node `fuse` hears of several capture nodes, and makes of it."""
