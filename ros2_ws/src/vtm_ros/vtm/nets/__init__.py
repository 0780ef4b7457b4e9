"""The networks of VTM, in PyTorch."""
