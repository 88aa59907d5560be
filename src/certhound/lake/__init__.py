"""The lake: what was read, as tables that any engine can ask, and what could not be read."""
