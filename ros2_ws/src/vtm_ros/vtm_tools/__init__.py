"""Commands for people: what `vtm` does beside running the stream."""
