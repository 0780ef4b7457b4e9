"""Recording what the capture node publishes."""
