"""How fast the pipeline is on this machine, and how much memory it takes: the parts of `vtm bench`."""
