"""The nodes, and how they run as programs."""
