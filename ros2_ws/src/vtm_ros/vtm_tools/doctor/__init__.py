"""What this machine has, what will be used, and what is missing: the parts of `vtm doctor`."""
