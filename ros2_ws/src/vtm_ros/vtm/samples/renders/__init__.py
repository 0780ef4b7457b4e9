"""Rendered people with exact truth: what a 2D network does is measured on them, and the whole program is tested."""
