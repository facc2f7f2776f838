"""The manner a film is drawn in: palette before, treatment after."""
