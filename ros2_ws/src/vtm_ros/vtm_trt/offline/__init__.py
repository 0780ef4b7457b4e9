"""What only a whole recording allows."""
