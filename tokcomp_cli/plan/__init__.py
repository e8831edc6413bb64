"""What is asked for, checked before any file is opened."""
