"""After the network: motion in, better motion out. Each stage is `Motion -> Motion` with a small state and `reset`."""
