"""The robot: its tree, where its bodies are, and the capsules round them."""
