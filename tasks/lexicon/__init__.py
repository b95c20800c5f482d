"""The tables of words that the rooms know, each row with an example that a test reads."""
