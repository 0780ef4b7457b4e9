"""Archives of videos to motion files: which are missing, who captures them, and what became of each."""
