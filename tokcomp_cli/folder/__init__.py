"""One budget for many files."""
