"""What a stage leaves of the content."""
