"""Videos: what is in a file, and its frames."""
