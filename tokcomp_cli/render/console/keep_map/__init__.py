"""A keep-map on a terminal."""
