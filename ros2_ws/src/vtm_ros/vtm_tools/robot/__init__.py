"""Robots beside the people they follow: poses out of motion files, pictures and films."""
