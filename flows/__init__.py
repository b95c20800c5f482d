"""The flows: what calls the rooms, in which order."""
