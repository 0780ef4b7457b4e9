"""Motion capture archives on the skeleton of this project."""
