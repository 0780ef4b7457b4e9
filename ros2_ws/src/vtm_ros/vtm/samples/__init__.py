"""Windows of motion as a camera sees them: what the network learns from and is judged by."""
