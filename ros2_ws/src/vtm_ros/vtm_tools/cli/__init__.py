"""The commands of `vtm`."""
