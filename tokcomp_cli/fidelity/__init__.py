"""What is lost."""
