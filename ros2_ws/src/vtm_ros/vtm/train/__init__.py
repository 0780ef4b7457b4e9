"""Training: losses, optimiser, checkpoints and the export of the network."""
