"""Errors against a known truth."""
